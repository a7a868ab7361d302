// Reads Span messages, with their events, links and status.

import { RECORD_FIELDS_MAX } from "../../../../core/limits.ts";
import { FieldCursor } from "../../../../core/protobuf/index.ts";
import { Scope } from "../../../../policy/fields.ts";
import type { Evaluation } from "../../../../policy/record-port.ts";
import { ReadingParts, type RecordReader } from "./record-reader.ts";
import { EventTag, LinkTag, SPAN_TYPES, SpanTag, StatusTag } from "./tags.ts";

export class SpanReader implements RecordReader {
  private readonly parts: ReadingParts;
  private readonly child = new FieldCursor();
  private readonly attributesNode: number;
  private readonly eventNode: number;
  private readonly nameSlot: number;
  private readonly traceIdSlot: number;
  private readonly spanIdSlot: number;
  private readonly parentSpanIdSlot: number;
  private readonly traceStateSlot: number;
  private readonly kindSlot: number;
  private readonly statusSlot: number;
  private readonly statusMessageSlot: number;
  private readonly eventNameSlot: number;
  private readonly linkTraceIdSlot: number;
  private readonly asksEvents: boolean;
  /** Of the current span. */
  private status = 0;
  private messageAt = 0;
  private messageEnd = 0;

  constructor(evaluation: Evaluation) {
    const parts = new ReadingParts(evaluation);
    this.parts = parts;
    this.attributesNode = evaluation.fields.paths.root(Scope.record);
    this.eventNode = evaluation.fields.paths.root(Scope.event);
    this.nameSlot = parts.slot("name");
    this.traceIdSlot = parts.slot("trace_id");
    this.spanIdSlot = parts.slot("span_id");
    this.parentSpanIdSlot = parts.slot("parent_span_id");
    this.traceStateSlot = parts.slot("trace_state");
    this.kindSlot = parts.slot("span_kind");
    this.statusSlot = parts.slot("span_status");
    this.statusMessageSlot = parts.slot("status_message");
    this.eventNameSlot = parts.slot("event_name");
    this.linkTraceIdSlot = parts.slot("link_trace_id");
    this.asksEvents = this.eventNode >= 0 || this.eventNameSlot >= 0;
  }

  read(bytes: Uint8Array, start: number, end: number): boolean {
    const { parts } = this;
    const { cursor } = parts;
    // The last occurrence of a field counts, so ranges are noted first and put at the end.
    let traceAt = 0;
    let traceEnd = 0;
    let spanAt = 0;
    let spanEnd = 0;
    let stateAt = 0;
    let stateEnd = 0;
    let parentAt = 0;
    let parentEnd = 0;
    let nameAt = 0;
    let nameEnd = 0;
    let kind = 0;
    this.status = this.messageAt = this.messageEnd = 0;
    parts.hex.clear();
    let fieldsLeft = RECORD_FIELDS_MAX;
    parts.attributes.begin();
    cursor.open(bytes, start, end);
    while (cursor.next()) {
      if (--fieldsLeft < 0) return false;
      switch (cursor.tag) {
        case SpanTag.traceId:
          traceAt = cursor.start;
          traceEnd = cursor.stop;
          break;
        case SpanTag.spanId:
          spanAt = cursor.start;
          spanEnd = cursor.stop;
          break;
        case SpanTag.traceState:
          stateAt = cursor.start;
          stateEnd = cursor.stop;
          break;
        case SpanTag.parentSpanId:
          parentAt = cursor.start;
          parentEnd = cursor.stop;
          break;
        case SpanTag.name:
          nameAt = cursor.start;
          nameEnd = cursor.stop;
          break;
        case SpanTag.kind:
          kind = cursor.lo;
          break;
        default:
          if (!this.readChild(bytes, cursor.tag, cursor.start, cursor.stop)) return false;
      }
    }
    if (cursor.fault >= 0) return false;
    if (!parts.putId(this.traceIdSlot, bytes, traceAt, traceEnd)) return false;
    if (!parts.putId(this.spanIdSlot, bytes, spanAt, spanEnd)) return false;
    if (!parts.putId(this.parentSpanIdSlot, bytes, parentAt, parentEnd)) return false;
    parts.putText(this.traceStateSlot, bytes, stateAt, stateEnd);
    parts.putText(this.nameSlot, bytes, nameAt, nameEnd);
    parts.putText(this.statusMessageSlot, bytes, this.messageAt, this.messageEnd);
    parts.putEnum(this.kindSlot, kind);
    return this.putEvents(bytes, start, end);
  }

  private readChild(bytes: Uint8Array, tag: number, start: number, end: number): boolean {
    const { attributes } = this.parts;
    if (tag === SpanTag.attributes) {
      const node = this.attributesNode;
      return node < 0 || attributes.readEntry(bytes, start, end, node, 0);
    }
    if (tag === SpanTag.links) return this.readLink(bytes, start, end);
    // They are read at last; here only to count them before there are too many.
    if (tag === SpanTag.events && this.asksEvents) return attributes.takePart();
    if (tag !== SpanTag.status) return !SPAN_TYPES.isMistyped(tag);
    return this.readStatus(bytes, start, end);
  }

  private readStatus(bytes: Uint8Array, start: number, end: number): boolean {
    const { child } = this;
    if (this.statusSlot < 0 && this.statusMessageSlot < 0) return true;
    child.open(bytes, start, end);
    while (child.next()) {
      if (child.tag === StatusTag.code) this.status = child.lo;
      else if (child.tag === StatusTag.message) {
        this.messageAt = child.start;
        this.messageEnd = child.stop;
      }
    }
    return child.fault < 0;
  }

  private readLink(bytes: Uint8Array, start: number, end: number): boolean {
    const { child } = this;
    if (this.linkTraceIdSlot < 0) return true;
    if (!this.parts.attributes.takePart()) return false;
    let idAt = 0;
    let idEnd = 0;
    child.open(bytes, start, end);
    while (child.next()) {
      if (child.tag !== LinkTag.traceId) continue;
      idAt = child.start;
      idEnd = child.stop;
    }
    return this.parts.putId(this.linkTraceIdSlot, bytes, idAt, idEnd) && child.fault < 0;
  }

  /** Puts the status, which is 0 when it is absent, and what is asked of the events. */
  private putEvents(bytes: Uint8Array, start: number, end: number): boolean {
    const { parts, statusSlot, status } = this;
    if (statusSlot >= 0) parts.values.putInt(statusSlot, status >> 31, status);
    if (!this.asksEvents) return true;
    // A second walk, because each event's attributes are a list of their own.
    const { cursor } = parts;
    cursor.open(bytes, start, end);
    while (cursor.next()) {
      if (cursor.tag !== SpanTag.events) continue;
      if (!this.readEvent(bytes, cursor.start, cursor.stop)) return false;
    }
    return true;
  }

  private readEvent(bytes: Uint8Array, start: number, end: number): boolean {
    const { parts, child, eventNode } = this;
    const { attributes } = parts;
    let nameAt = 0;
    let nameEnd = 0;
    attributes.beginPart();
    child.open(bytes, start, end);
    while (child.next()) {
      if (child.tag === EventTag.name) {
        nameAt = child.start;
        nameEnd = child.stop;
      } else if (child.tag === EventTag.attributes && eventNode >= 0) {
        if (!attributes.readEntry(bytes, child.start, child.stop, eventNode, 0)) return false;
      }
    }
    parts.putText(this.eventNameSlot, bytes, nameAt, nameEnd);
    return child.fault < 0;
  }
}
