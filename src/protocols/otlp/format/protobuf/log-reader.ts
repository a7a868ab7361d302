// Reads LogRecord messages. Budget: a record of 500 bytes in well under a microsecond, nothing
// allocated.

import { RECORD_FIELDS_MAX } from "../../../../core/limits.ts";
import { joinPayloads } from "../../../../core/protobuf/index.ts";
import { Scope } from "../../../../policy/fields.ts";
import type { Evaluation } from "../../../../policy/record-port.ts";
import { ReadingParts, type RecordReader } from "./record-reader.ts";
import { LOG_TYPES, LogTag } from "./tags.ts";

export class LogReader implements RecordReader {
  private readonly parts: ReadingParts;
  private readonly attributesNode: number;
  private readonly bodySlot: number;
  private readonly severityTextSlot: number;
  private readonly severityNumberSlot: number;
  private readonly traceIdSlot: number;
  private readonly spanIdSlot: number;
  private readonly eventNameSlot: number;

  constructor(evaluation: Evaluation) {
    const parts = new ReadingParts(evaluation);
    this.parts = parts;
    this.attributesNode = evaluation.fields.paths.root(Scope.record);
    this.bodySlot = parts.slot("body");
    this.severityTextSlot = parts.slot("severity_text");
    this.severityNumberSlot = parts.slot("severity_number");
    this.traceIdSlot = parts.slot("trace_id");
    this.spanIdSlot = parts.slot("span_id");
    this.eventNameSlot = parts.slot("event_name");
  }

  read(bytes: Uint8Array, start: number, end: number): boolean {
    const { parts, attributesNode } = this;
    const { cursor, attributes } = parts;
    // The last occurrence of a field counts, so ranges are noted first and put at the end.
    let bodies = 0;
    let bodyAt = 0;
    let bodyEnd = 0;
    let severityNumber = 0;
    let severityAt = 0;
    let severityEnd = 0;
    let traceAt = 0;
    let traceEnd = 0;
    let spanAt = 0;
    let spanEnd = 0;
    let eventAt = 0;
    let eventEnd = 0;
    parts.hex.clear();
    let fieldsLeft = RECORD_FIELDS_MAX;
    parts.attributes.begin();
    cursor.open(bytes, start, end);
    while (cursor.next()) {
      if (--fieldsLeft < 0) return false;
      switch (cursor.tag) {
        case LogTag.attributes:
          if (attributesNode < 0) break;
          if (!attributes.readEntry(bytes, cursor.start, cursor.stop, attributesNode, 0)) {
            return false;
          }
          break;
        case LogTag.severityNumber:
          severityNumber = cursor.lo;
          break;
        case LogTag.severityText:
          severityAt = cursor.start;
          severityEnd = cursor.stop;
          break;
        case LogTag.body:
          bodies++;
          bodyAt = cursor.start;
          bodyEnd = cursor.stop;
          break;
        case LogTag.traceId:
          traceAt = cursor.start;
          traceEnd = cursor.stop;
          break;
        case LogTag.spanId:
          spanAt = cursor.start;
          spanEnd = cursor.stop;
          break;
        case LogTag.eventName:
          eventAt = cursor.start;
          eventEnd = cursor.stop;
          break;
        default:
          if (LOG_TYPES.isMistyped(cursor.tag)) return false;
      }
    }
    if (cursor.fault >= 0) return false;
    parts.putText(this.severityTextSlot, bytes, severityAt, severityEnd);
    parts.putEnum(this.severityNumberSlot, severityNumber);
    if (!parts.putId(this.traceIdSlot, bytes, traceAt, traceEnd)) return false;
    if (!parts.putId(this.spanIdSlot, bytes, spanAt, spanEnd)) return false;
    parts.putText(this.eventNameSlot, bytes, eventAt, eventEnd);
    if (this.bodySlot < 0 || bodies === 0) return true;
    if (bodies === 1) return attributes.putField(this.bodySlot, bytes, bodyAt, bodyEnd);
    const joined = joinPayloads(bytes, start, end, LogTag.body);
    return joined !== undefined && attributes.putField(this.bodySlot, joined, 0, joined.length);
  }
}
