// How much may still be done on one object, in nanoseconds that were estimated beforehand: what
// copies it, or reads all of its parts, says so before it begins. Counted, not measured, so that
// one long step is refused before it holds others up, and a busy machine refuses nothing more.

/** Thrown before what would be too much is begun. */
export class TooMuchWorkError extends Error {}

/** Estimates: a byte of a text that is copied and read again, and one patch of it. */
export const COPIED_BYTE_NS = 1;
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

  /** So much is going to be done. */
  spend(ns: number): void {
    if (ns > this.leftNs) {
      this.leftNs = 0;
      throw new TooMuchWorkError();
    }
    this.leftNs -= ns;
  }
}
