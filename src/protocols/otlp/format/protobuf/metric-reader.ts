// Reads Metric messages: names, the kind of the metric, and the attributes of all of its data
// points.

import { RECORD_FIELDS_MAX } from "../../../../core/limits.ts";
import { FieldCursor } from "../../../../core/protobuf/index.ts";
import { Scope } from "../../../../policy/fields.ts";
import type { Evaluation } from "../../../../policy/record-port.ts";
import { PointCounter } from "./point-counter.ts";
import { ReadingParts, type RecordReader } from "./record-reader.ts";
import { METRIC_TYPES, MetricTag, PointsTag, PointTag } from "./tags.ts";

/**
 * The policy spec's number of the metric type that a data field stands for; 0: not a data field.
 */
export function metricTypeOf(tag: number): number {
  switch (tag) {
    case MetricTag.gauge:
      return 1;
    case MetricTag.sum:
      return 2;
    case MetricTag.histogram:
      return 3;
    case MetricTag.exponentialHistogram:
      return 4;
    case MetricTag.summary:
      return 5;
    default:
      return 0;
  }
}

/** Tag of the attributes in the data points of a data field. */
export function attributesTagOf(tag: number): number {
  if (tag === MetricTag.histogram) return PointTag.histogramAttributes;
  if (tag === MetricTag.exponentialHistogram) return PointTag.exponentialAttributes;
  return PointTag.numberAttributes;
}

function hasTemporality(tag: number): boolean {
  return tag !== MetricTag.gauge && tag !== MetricTag.summary;
}

export class MetricReader implements RecordReader {
  /** Data points of the metric that was read last. */
  pointCount = 0;
  private readonly parts: ReadingParts;
  private readonly counter = new PointCounter();
  private readonly points = new FieldCursor();
  private readonly point = new FieldCursor();
  /** That the metric may still have, those of its data included. */
  private fieldsLeft = 0;
  private readonly attributesNode: number;
  private readonly nameSlot: number;
  private readonly descriptionSlot: number;
  private readonly unitSlot: number;
  private readonly typeSlot: number;
  private readonly temporalitySlot: number;
  private readonly monotonicSlot: number;

  constructor(evaluation: Evaluation) {
    const parts = new ReadingParts(evaluation);
    this.parts = parts;
    this.attributesNode = evaluation.fields.paths.root(Scope.record);
    this.nameSlot = parts.slot("name");
    this.descriptionSlot = parts.slot("description");
    this.unitSlot = parts.slot("unit");
    this.typeSlot = parts.slot("metric_type");
    this.temporalitySlot = parts.slot("aggregation_temporality");
    this.monotonicSlot = parts.slot("is_monotonic");
  }

  read(bytes: Uint8Array, start: number, end: number): boolean {
    const { counter, parts } = this;
    const { cursor } = parts;
    let nameAt = 0;
    let nameEnd = 0;
    let descriptionAt = 0;
    let descriptionEnd = 0;
    let unitAt = 0;
    let unitEnd = 0;
    // The data fields are a oneof: the last kind wins, and its occurrences in a row merge.
    let kind = 0;
    let rowAt = 0;
    counter.begin();
    this.fieldsLeft = RECORD_FIELDS_MAX;
    parts.attributes.begin();
    cursor.open(bytes, start, end);
    while (cursor.next()) {
      if (--this.fieldsLeft < 0) return false;
      const tag = cursor.tag;
      if (tag === MetricTag.name) {
        nameAt = cursor.start;
        nameEnd = cursor.stop;
      } else if (tag === MetricTag.description) {
        descriptionAt = cursor.start;
        descriptionEnd = cursor.stop;
      } else if (tag === MetricTag.unit) {
        unitAt = cursor.start;
        unitEnd = cursor.stop;
      } else if (metricTypeOf(tag) !== 0) {
        if (tag !== kind) {
          kind = tag;
          rowAt = cursor.fieldAt;
          counter.count = 0;
        }
        counter.add(bytes, cursor.start, cursor.stop);
      } else if (METRIC_TYPES.isMistyped(tag)) return false;
    }
    if (cursor.fault >= 0) return false;
    this.pointCount = counter.count;
    parts.putText(this.nameSlot, bytes, nameAt, nameEnd);
    parts.putText(this.descriptionSlot, bytes, descriptionAt, descriptionEnd);
    parts.putText(this.unitSlot, bytes, unitAt, unitEnd);
    if (kind === 0) return true;
    parts.putEnum(this.typeSlot, metricTypeOf(kind));
    return !this.asksRow(kind) || this.readRow(bytes, rowAt, end, kind);
  }

  /** Whether anything is asked of the data fields `kind`. */
  private asksRow(kind: number): boolean {
    if (this.attributesNode >= 0 || (this.monotonicSlot >= 0 && kind === MetricTag.sum))
      return true;
    return this.temporalitySlot >= 0 && hasTemporality(kind);
  }

  /** Reads the data fields `kind` from `start` on. */
  private readRow(bytes: Uint8Array, start: number, end: number, kind: number): boolean {
    const { parts, points } = this;
    const { cursor } = parts;
    const attributesTag = attributesTagOf(kind);
    let temporality = 0;
    let monotonic = 0;
    cursor.open(bytes, start, end);
    while (cursor.next()) {
      if (cursor.tag !== kind) continue;
      points.open(bytes, cursor.start, cursor.stop);
      while (points.next()) {
        if (--this.fieldsLeft < 0) return false;
        if (points.tag === PointsTag.points) {
          if (this.attributesNode < 0) continue;
          if (!this.readPoint(bytes, points.start, points.stop, attributesTag)) return false;
        } else if (points.tag === PointsTag.temporality) temporality = points.lo;
        else if (points.tag === PointsTag.monotonic) monotonic = points.lo;
      }
      if (points.fault >= 0) return false;
    }
    if (hasTemporality(kind)) parts.putEnum(this.temporalitySlot, temporality);
    if (this.monotonicSlot >= 0 && kind === MetricTag.sum && monotonic !== 0) {
      parts.values.putBool(this.monotonicSlot, true);
    }
    return true;
  }

  private readPoint(bytes: Uint8Array, start: number, end: number, attributesTag: number): boolean {
    const { attributes } = this.parts;
    const { point, attributesNode } = this;
    if (!attributes.takePart()) return false;
    attributes.beginPart();
    point.open(bytes, start, end);
    while (point.next()) {
      if (point.tag !== attributesTag) continue;
      if (!attributes.readEntry(bytes, point.start, point.stop, attributesNode, 0)) return false;
    }
    return point.fault < 0;
  }
}
