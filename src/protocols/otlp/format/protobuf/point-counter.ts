// Counts the data points of one metric in protobuf when nothing else is asked of them. It ignores
// whatever else is in the metric's data, and whether that is valid. Must not look at more than it
// has a bound for, because it does not run in steps.

import { FieldCursor } from "../../../../core/protobuf/index.ts";
import { POINTS_COUNTED_MAX } from "../../../../core/limits.ts";
import { PointsTag } from "./tags.ts";

export class PointCounter {
  /** Points so far; at most POINTS_COUNTED_MAX. */
  count = 0;
  /** Fields that are still looked at, points or not. */
  private left = 0;
  private readonly others = new FieldCursor();

  /** Begins a metric. */
  begin(): void {
    this.count = 0;
    this.left = POINTS_COUNTED_MAX;
  }

  /** Adds the points of one of its data fields. Most are of usual lengths, and go a short way. */
  add(bytes: Uint8Array, start: number, stop: number): void {
    let { count, left } = this;
    let at = start;
    for (; at + 2 < stop && left > 0; left--) {
      const size = bytes[at + 1] as number;
      const more = bytes[at + 2] as number;
      if (bytes[at] !== PointsTag.points || (size > 0x7f && more > 0x7f)) {
        const { others } = this;
        others.open(bytes, at, stop);
        if (!others.next()) break;
        if (others.tag === PointsTag.points) count++;
        at = others.at;
      } else {
        at += size < 0x80 ? 2 + size : 3 + (size & 0x7f) + (more << 7);
        if (at > stop) break;
        count++;
      }
    }
    // An empty point.
    const isLast = at + 2 === stop && bytes[at] === PointsTag.points && bytes[at + 1] === 0;
    if (isLast && left > 0) {
      count++;
      left--;
    }
    this.count = count;
    this.left = left;
  }
}
