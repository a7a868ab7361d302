// Finds the labels of a stream in a JSON push: in one place, or in several if the member is
// repeated, of which the last one counts. It does not read them.

import { failAt } from "../../../core/json/index.ts";
import { OWNER_MEMBERS_MAX } from "../../../core/limits.ts";
import type { Rewriter } from "../../../core/rewriter.ts";

interface Place {
  readonly start: number;
  readonly end: number;
  /** Where it begins in the output. */
  readonly position: number;
}

/** What becomes of labels that others hide, when those are edited. */
const HIDDEN = Uint8Array.of(0x7b, 0x7d);

export class LabelPlaces {
  private readonly places: Place[] = [];

  clear(): void {
    this.places.length = 0;
  }

  get count(): number {
    return this.places.length;
  }

  /** Of the labels that count, which are there. */
  get start(): number {
    return this.places.at(-1)?.start ?? 0;
  }
  get end(): number {
    return this.places.at(-1)?.end ?? 0;
  }

  /** The look ahead notes those behind the entries once, the walk again, with their position. */
  note(bytes: Uint8Array, start: number, end: number, position: number): void {
    const { places } = this;
    const known = places.findIndex((place) => place.start === start);
    if (known >= 0) places[known] = { start, end, position };
    else if (places.length < OWNER_MEMBERS_MAX) places.push({ start, end, position });
    else failAt(bytes, start, "less labels");
  }

  /** Puts `text` in the place of the labels that count, and empties the others. */
  replace(rewriter: Rewriter, text: Uint8Array): void {
    const { places } = this;
    const isOne = places.length === 1;
    if (!isOne && !rewriter.isBeyond(this.end)) rewriter.copyTo(this.end);
    // From the last one on, so that the positions of the others stay.
    for (let i = places.length - 1; i >= 0; i--) {
      const { end, position, start } = places[i] as Place;
      const to = i === places.length - 1 ? text : HIDDEN;
      if (rewriter.isBeyond(start)) rewriter.splice(position, end - start, to, 0, to.length);
      else rewriter.replace(start, end, to, 0, to.length);
    }
  }
}
