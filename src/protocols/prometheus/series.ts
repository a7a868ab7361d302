// The labels of a sample of an exposition, and of a metric of one in protobuf. For looking at few
// samples.

import { FieldCursor, tagOf, WireType } from "../../core/protobuf/index.ts";
import { fnv32 } from "../../core/hash.ts";
import { decodeUtf8 } from "../../core/utf8.ts";
import type { SeriesOf } from "../protocol.ts";
import { LABEL_WIDTH, LabelAt, LineKind, LineParser } from "./format/line-parser.ts";

const METRIC_TAG = tagOf(4, WireType.bytes);
const LABEL_TAG = tagOf(1, WireType.bytes);
const NAME_TAG = tagOf(1, WireType.bytes);
const VALUE_TAG = tagOf(2, WireType.bytes);

/** Names and values are as they are written: escapes make no two of them one. */
export function textSeries(): SeriesOf {
  const parser = new LineParser();
  return ({ bytes }, take) => {
    if (parser.parse(bytes, 0, bytes.length) !== LineKind.sample) return;
    const names: string[] = [];
    const values: number[] = [];
    for (let at = 0; at < parser.labelCount * LABEL_WIDTH; at += LABEL_WIDTH) {
      const offset = (which: number): number => parser.labels[at + which] as number;
      names.push(decodeUtf8(bytes, offset(LabelAt.nameStart), offset(LabelAt.nameEnd)));
      values.push(fnv32(bytes, offset(LabelAt.valueStart), offset(LabelAt.valueEnd)));
    }
    take(names, values);
  };
}

/** Of a family with one metric. */
export const protobufSeries: SeriesOf = ({ bytes }, take) => {
  const [family, metric, label] = [new FieldCursor(), new FieldCursor(), new FieldCursor()];
  family.open(bytes, 0, bytes.length);
  while (family.next()) {
    if (family.tag !== METRIC_TAG) continue;
    const names: string[] = [];
    const values: number[] = [];
    metric.open(bytes, family.start, family.stop);
    while (metric.next()) {
      if (metric.tag !== LABEL_TAG) continue;
      let name = "";
      let value = 0;
      label.open(bytes, metric.start, metric.stop);
      while (label.next()) {
        if (label.tag === NAME_TAG) name = decodeUtf8(bytes, label.start, label.stop);
        else if (label.tag === VALUE_TAG) value = fnv32(bytes, label.start, label.stop);
      }
      names.push(name);
      values.push(value);
    }
    take(names, values);
  }
};
