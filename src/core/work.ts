// How much work may still be done on one object, in nanoseconds that are estimated beforehand: code
// that copies the object, or reads all of its parts, announces it before it begins. The work is
// counted and not measured, so that a long step is refused before it holds others up, and a busy
// machine refuses no more than an idle one.

/** Thrown before what would be too much is begun. */
export class TooMuchWorkError extends Error {}

/** Estimates: a byte that is passed, and one that is copied and read again; a patch. */
export const PASSED_BYTE_NS = 0.5;
export const COPIED_BYTE_NS = 1;
/** One that is put elsewhere: into a store that grows, and from there into the output. */
export const MOVED_BYTE_NS = 3;
export const PATCH_NS = 200;
/** A value of a tree that is read, walked through and written. */
export const NODE_NS = 250;
/** A field, or a pair, in a list that is walked through and written. */
export const FIELD_NS = 100;

/** What may still be done on one object; refuses with a TooMuchWorkError. */
export class Work {
  private leftNs = Infinity;

  /** So much may be done from here on. */
  allow(ns: number): void {
    this.leftNs = ns;
  }

  get left(): number {
    return this.leftNs;
  }

  /** So much is going to be done. */
  spend(ns: number): void {
    if (ns > this.leftNs) {
      this.leftNs = 0;
      throw new TooMuchWorkError();
    }
    this.leftNs -= ns;
  }
}
