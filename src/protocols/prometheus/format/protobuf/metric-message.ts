// Reads one Metric of io.prometheus.client: its labels, and the parts of its value that can be
// removed separately: buckets and quantiles. Yields offsets only.

import { grownInts } from "../../../../core/bytes.ts";
import { UndecodableError } from "../../../../core/errors.ts";
import { FAMILY_FIELDS_MAX, SAMPLE_PARTS_MAX } from "../../../../core/limits.ts";
import { FieldCursor, tagOf, WireType } from "../../../../core/protobuf/index.ts";
import { FamilyType, type FamilyTypeIndex } from "../family-type.ts";
import type { SampleParts } from "../field-accessor.ts";
import { LABEL_WIDTH, LabelAt } from "../line-parser.ts";

const LABEL = tagOf(1, WireType.bytes);
const SUMMARY = tagOf(4, WireType.bytes);
const HISTOGRAM = tagOf(7, WireType.bytes);
const LABEL_NAME = tagOf(1, WireType.bytes);
const LABEL_VALUE = tagOf(2, WireType.bytes);
/** Field 3 in both Summary and Histogram: Quantile or Bucket. */
const PART = tagOf(3, WireType.bytes);
/** In a Quantile, its quantile; in a Bucket, its upper bound. */
const PART_KEYS = [tagOf(1, WireType.fixed64), tagOf(2, WireType.fixed64)] as const;
/**
 * From this field on, up to its positive counts, the fields of a Histogram belong to a native one.
 */
const FIRST_NATIVE_FIELD = 5;
const LAST_NATIVE_FIELD = 14;

/** How many numbers describe one bucket or quantile in `parts`. */
export const PART_WIDTH = 5;
export const PartAt = {
  fieldAt: 0,
  end: 1,
  /** For the enclosing histogram or summary: its length, and its payload. */
  valueLengthAt: 2,
  valueStart: 3,
  valueEnd: 4,
} as const;

export class MetricMessage implements SampleParts {
  nameBytes: Uint8Array = new Uint8Array(0);
  nameStart = 0;
  nameEnd = 0;
  labels = new Int32Array(LABEL_WIDTH * 32);
  labelCount = 0;
  /** Buckets or quantiles, PART_WIDTH numbers each, and what each stands for. */
  parts = new Int32Array(PART_WIDTH * 32);
  partCount = 0;
  keys = new Float64Array(32);
  /** Whether it has the buckets of a native histogram. */
  isNative = false;
  /** Whether one of its buckets has no upper bound. */
  hasLastBucket = false;
  private fieldCount = 0;
  private readonly double = new Float64Array(1);
  private readonly doubleBytes = new Uint8Array(this.double.buffer);
  private readonly cursor = new FieldCursor();
  private readonly inner = new FieldCursor();
  private readonly innermost = new FieldCursor();

  /** Reads the metric bytes[start, end) of a family of this type. Throws UndecodableError. */
  read(bytes: Uint8Array, start: number, end: number, type: FamilyTypeIndex): void {
    const { cursor } = this;
    this.labelCount = 0;
    this.partCount = 0;
    this.isNative = false;
    this.hasLastBucket = false;
    this.fieldCount = 0;
    const valueTag = valueTagOf(type);
    cursor.open(bytes, start, end);
    while (cursor.next()) {
      this.countField(cursor);
      if (cursor.tag === LABEL) this.readLabel(bytes, cursor.start, cursor.stop);
      else if (cursor.tag === valueTag) this.readValue(bytes, cursor);
    }
    cursor.check();
  }

  /** Throws UndecodableError if there are too many fields to read in one step. */
  private countField({ fieldAt }: FieldCursor): void {
    if (++this.fieldCount > FAMILY_FIELDS_MAX) throw new UndecodableError("a metric", fieldAt);
  }

  private readLabel(bytes: Uint8Array, start: number, end: number): void {
    if (this.labelCount === SAMPLE_PARTS_MAX) throw new UndecodableError("labels", start);
    const at = this.labelCount++ * LABEL_WIDTH;
    if (at === this.labels.length) this.labels = grownInts(this.labels, this.labels.length * 2);
    const { labels, inner } = this;
    labels.fill(0, at, at + LABEL_WIDTH);
    inner.open(bytes, start, end);
    while (inner.next()) {
      if (inner.tag === LABEL_NAME) {
        labels[at + LabelAt.nameStart] = inner.start;
        labels[at + LabelAt.nameEnd] = inner.stop;
      } else if (inner.tag === LABEL_VALUE) {
        labels[at + LabelAt.valueStart] = inner.start;
        labels[at + LabelAt.valueEnd] = inner.stop;
      }
    }
    inner.check();
  }

  private readValue(bytes: Uint8Array, value: FieldCursor): void {
    const { inner } = this;
    const isHistogram = value.tag === HISTOGRAM;
    inner.open(bytes, value.start, value.stop);
    while (inner.next()) {
      this.countField(inner);
      const field = inner.tag >>> 3;
      if (inner.tag === PART) this.addPart(bytes, value, isHistogram);
      else if (isHistogram && field >= FIRST_NATIVE_FIELD && field <= LAST_NATIVE_FIELD) {
        this.isNative = true;
      }
    }
    inner.check();
  }

  private addPart(bytes: Uint8Array, value: FieldCursor, isHistogram: boolean): void {
    const { inner, innermost } = this;
    if (this.partCount === SAMPLE_PARTS_MAX) throw new UndecodableError("buckets", inner.fieldAt);
    const number = this.partCount++;
    const at = number * PART_WIDTH;
    if (at === this.parts.length) {
      this.parts = grownInts(this.parts, this.parts.length * 2);
      const keys = new Float64Array(this.keys.length * 2);
      keys.set(this.keys);
      this.keys = keys;
    }
    const { parts, keys } = this;
    parts[at + PartAt.fieldAt] = inner.fieldAt;
    parts[at + PartAt.end] = inner.stop;
    parts[at + PartAt.valueLengthAt] = value.lengthAt;
    parts[at + PartAt.valueStart] = value.start;
    parts[at + PartAt.valueEnd] = value.stop;
    const keyTag = PART_KEYS[isHistogram ? 1 : 0];
    keys[number] = 0;
    innermost.open(bytes, inner.start, inner.stop);
    while (innermost.next()) {
      if (innermost.tag === keyTag) keys[number] = this.doubleAt(bytes, innermost.start);
    }
    innermost.check();
    if (keys[number] === Number.POSITIVE_INFINITY) this.hasLastBucket = true;
  }

  /** Little-endian, like all machines on which this runs. */
  private doubleAt(bytes: Uint8Array, at: number): number {
    for (let i = 0; i < 8; i++) this.doubleBytes[i] = bytes[at + i] as number;
    return this.double[0] as number;
  }
}

function valueTagOf(type: FamilyTypeIndex): number {
  if (type === FamilyType.summary) return SUMMARY;
  return type === FamilyType.histogram || type === FamilyType.gaugehistogram ? HISTOGRAM : -1;
}
