// How much work may still be done on one object, in nanoseconds that are estimated in advance: code
// that copies the object, or reads all of its parts, announces this before it begins. Work is
// counted, not measured, so that a long step is refused before it holds others up, and a busy
// machine refuses no more than an idle one.

/** Thrown before too much work is begun. */
export class TooMuchWorkError extends Error {}

/** Estimates: for a byte that is passed, for one that is copied and read again, and for a patch. */
export const PASSED_BYTE_NS = 0.5;
export const COPIED_BYTE_NS = 1;
/** For a byte that is moved: into a store that grows, and from there into the output. */
export const MOVED_BYTE_NS = 3;
export const PATCH_NS = 200;
/** For a value of a tree that is read, walked through and written. */
export const NODE_NS = 250;
/** For a field, or a pair, in a list that is walked through and written. */
export const FIELD_NS = 100;

/** The work that may still be done on one object; refuses more with a TooMuchWorkError. */
export class Work {
  private leftNs = Infinity;

  /** Allows so much work from here on. */
  allow(ns: number): void {
    this.leftNs = ns;
  }

  get left(): number {
    return this.leftNs;
  }

  /** Announces so much work. */
  spend(ns: number): void {
    if (ns > this.leftNs) {
      this.leftNs = 0;
      throw new TooMuchWorkError();
    }
    this.leftNs -= ns;
  }
}
