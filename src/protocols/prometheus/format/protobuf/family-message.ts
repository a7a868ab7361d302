// Reads one MetricFamily of io.prometheus.client: what it says of itself, and its metrics one after
// the other. Offsets only; the last of repeated singular fields counts, as in protobuf.

import { FieldCursor, tagOf, WireType } from "../../../../core/protobuf/index.ts";
import { FamilyType, type FamilyTypeIndex } from "../family-type.ts";

const Tag = {
  name: tagOf(1, WireType.bytes),
  help: tagOf(2, WireType.bytes),
  type: tagOf(3, WireType.varint),
  metric: tagOf(4, WireType.bytes),
  unit: tagOf(5, WireType.bytes),
} as const;

/** By the number of MetricType; others have no meaning here. */
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
  private readonly cursor = new FieldCursor();

  /** Reads all but the metrics. Throws UndecodableError. */
  open(bytes: Uint8Array): void {
    const { cursor } = this;
    this.name = this.help = this.unit = NOTHING;
    // Absent, a proto2 enum is its first value.
    this.type = FamilyType.counter;
    this.metrics = 0;
    cursor.open(bytes, 0, bytes.length);
    while (cursor.next()) this.read(cursor);
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

  private read({ tag, start, stop, lo, hi }: FieldCursor): void {
    switch (tag) {
      case Tag.metric:
        this.metrics++;
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
