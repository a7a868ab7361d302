// Reads one MetricFamily of io.prometheus.client: its own fields, then its metrics one after the
// other. Yields offsets only; if a singular field is repeated, the last one counts, as in protobuf.

import { copyBytes } from "../../../../core/bytes.ts";
import { UndecodableError } from "../../../../core/errors.ts";
import { FAMILY_FIELDS_MAX } from "../../../../core/limits.ts";
import { bytesField, FieldCursor, tagOf, WireType } from "../../../../core/protobuf/index.ts";
import { FamilyType, type FamilyTypeIndex } from "../family-type.ts";

const Tag = {
  name: tagOf(1, WireType.bytes),
  help: tagOf(2, WireType.bytes),
  type: tagOf(3, WireType.varint),
  metric: tagOf(4, WireType.bytes),
  unit: tagOf(5, WireType.bytes),
} as const;

/** By the number of MetricType; other types have no meaning here. */
const TYPES: readonly FamilyTypeIndex[] = [
  FamilyType.counter,
  FamilyType.gauge,
  FamilyType.summary,
  FamilyType.none,
  FamilyType.histogram,
  FamilyType.gaugehistogram,
];

/** A range of bytes. */
export type Span = readonly [start: number, end: number];
const NOTHING: Span = [0, 0];

export class FamilyMessage {
  name = NOTHING;
  help = NOTHING;
  unit = NOTHING;
  type: FamilyTypeIndex = FamilyType.counter;
  metrics = 0;
  /** Where the tag, the length and the payload of the current metric are. */
  fieldAt = 0;
  lengthAt = 0;
  start = 0;
  end = 0;
  /** Bytes of all metrics, with their tags. */
  private metricsBytes = 0;
  private readonly cursor = new FieldCursor();
  private readonly fields = new FieldCursor();

  /**
   * Reads everything but the metrics. Throws UndecodableError, also if there are too many fields.
   */
  open(bytes: Uint8Array): void {
    const { cursor } = this;
    this.name = this.help = this.unit = NOTHING;
    // If absent, a proto2 enum has its first value.
    this.type = FamilyType.counter;
    this.metrics = 0;
    this.metricsBytes = 0;
    cursor.open(bytes, 0, bytes.length);
    for (let fields = 0; cursor.next(); fields++) {
      if (fields === FAMILY_FIELDS_MAX) throw new UndecodableError("fields", cursor.fieldAt);
      this.read(cursor);
    }
    cursor.check();
    cursor.open(bytes, 0, bytes.length);
  }

  /** Goes to the next metric. */
  nextMetric(): boolean {
    const { cursor } = this;
    while (cursor.next()) {
      if (cursor.tag !== Tag.metric) continue;
      this.fieldAt = cursor.fieldAt;
      this.lengthAt = cursor.lengthAt;
      this.start = cursor.start;
      this.end = cursor.stop;
      return true;
    }
    return false;
  }

  /** The family with only the current metric. */
  withOneMetric(bytes: Uint8Array): Uint8Array {
    const { fields } = this;
    const metric = bytesField(Tag.metric, bytes.subarray(this.start, this.end));
    const out = new Uint8Array(bytes.length - this.metricsBytes + metric.length);
    let at = 0;
    fields.open(bytes, 0, bytes.length);
    while (fields.next()) {
      if (fields.tag !== Tag.metric) at = copyBytes(bytes, fields.fieldAt, fields.stop, out, at);
    }
    out.set(metric, at);
    return out;
  }

  private read({ tag, fieldAt, start, stop, lo, hi }: FieldCursor): void {
    switch (tag) {
      case Tag.metric:
        this.metrics++;
        this.metricsBytes += stop - fieldAt;
        return;
      case Tag.type:
        this.type = (hi === 0 ? TYPES[lo] : undefined) ?? FamilyType.none;
        return;
      case Tag.name:
        this.name = [start, stop];
        return;
      case Tag.help:
        this.help = [start, stop];
        return;
      case Tag.unit:
        this.unit = [start, stop];
    }
  }
}
