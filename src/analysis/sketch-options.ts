// The options that all sketches take.

export interface SketchOptions {
  /** Makes hashes of one run tell nothing to another; sketches that are merged share it. */
  readonly seed: number;
  /** Things that are told apart; see space-saving.ts. */
  readonly placesMax: number;
  /** Records that have to be seen of something before its words are held. */
  readonly shownMin: number;
}
