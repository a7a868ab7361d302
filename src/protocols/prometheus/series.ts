// The labels of a sample of an exposition, or of a metric of a protobuf exposition. Meant for
// looking at a few samples, not at all of them.

import { FieldCursor, tagOf, WireType } from "../../core/protobuf/index.ts";
import { fnv32 } from "../../core/hash.ts";
import type { SeriesOf } from "../protocol.ts";
import { LABEL_WIDTH, LabelAt, LineKind, LineParser } from "./format/line-parser.ts";

const METRIC_TAG = tagOf(4, WireType.bytes);
const LABEL_TAG = tagOf(1, WireType.bytes);
const NAME_TAG = tagOf(1, WireType.bytes);
const VALUE_TAG = tagOf(2, WireType.bytes);

/** Names and values are hashed as written: no two of them become equal by their escapes. */
export function textSeries(): SeriesOf {
  const parser = new LineParser();
  return ({ bytes }, taker) => {
    if (parser.parse(bytes, 0, bytes.length) !== LineKind.sample) return;
    for (let at = 0; at < parser.labelCount * LABEL_WIDTH; at += LABEL_WIDTH) {
      const offset = (which: number): number => parser.labels[at + which] as number;
      const value = fnv32(bytes, offset(LabelAt.valueStart), offset(LabelAt.valueEnd));
      taker.labelAt(bytes, offset(LabelAt.nameStart), offset(LabelAt.nameEnd), value);
    }
    taker.series();
  };
}

/** For a family with one metric. */
export const protobufSeries: SeriesOf = ({ bytes }, taker) => {
  const [family, metric, label] = [new FieldCursor(), new FieldCursor(), new FieldCursor()];
  family.open(bytes, 0, bytes.length);
  while (family.next()) {
    if (family.tag !== METRIC_TAG) continue;
    metric.open(bytes, family.start, family.stop);
    while (metric.next()) {
      if (metric.tag !== LABEL_TAG) continue;
      let start = 0;
      let stop = 0;
      let value = 0;
      label.open(bytes, metric.start, metric.stop);
      while (label.next()) {
        if (label.tag === NAME_TAG) {
          start = label.start;
          stop = label.stop;
        } else if (label.tag === VALUE_TAG) value = fnv32(bytes, label.start, label.stop);
      }
      taker.labelAt(bytes, start, stop, value);
    }
    taker.series();
  }
};
