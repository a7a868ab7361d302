// Reads the fields of one Datadog log: a first pass over its JSON text looks for all names that are
// asked for. Tags, the document inside the message, and the attributes of the request are searched
// only for the names that are still missing.

import { MESSAGE_DOCUMENT_BYTES_MAX, TAGS_BYTES_MAX } from "../../../core/limits.ts";
import {
  CLOSE_ARRAY,
  enterContainer,
  failAt,
  nextInContainer,
  OPEN_OBJECT,
  QUOTE,
  scanString,
  skipValue,
  skipSpace,
  Scratch,
  unescapeToScratch,
  releaseScratch,
} from "../../../core/json/index.ts";
import { Field, Level } from "../../../policy/fields.ts";
import type { Evaluation, FieldTable, FieldValues } from "../../../policy/record-port.ts";
import { UndecodableError } from "../../../core/errors.ts";
import { RequestedAttributes } from "../../dotted/requested-attributes.ts";
import { DocumentScanner, type MemberMarks } from "../../dotted/document-scanner.ts";
import { type ScanResult, Found } from "../../dotted/scan-result.ts";
import { looksLikeObject } from "./looks-like-object.ts";
import {
  aliasesOf,
  BODY_NAMES,
  HOST_NAME,
  INNER_BODY_NAMES,
  STATUS_NAMES,
  TAGS_NAME,
} from "./log-names.ts";
import { putFound, ResolvedValues } from "../../dotted/resolved-values.ts";
import { severityNumber } from "../../dotted/severity.ts";
import { CountedService } from "./counted-service.ts";
import { LogBody } from "./log-body.ts";
import { TagCursor } from "./tags.ts";

const NOTHING = new Uint8Array(0);
const BACKSLASH = 0x5c;

export class LogReader {
  private readonly asked: RequestedAttributes;
  private readonly record: DocumentScanner;
  private readonly document: DocumentScanner;
  /** The attributes of the request; empty if it has none. */
  private readonly request: DocumentScanner;
  private readonly resolved: ResolvedValues;
  private readonly tags = new TagCursor();
  private readonly scratch = new Scratch(4096);
  private readonly bodyNodes: readonly number[];
  private readonly statusNodes: readonly number[];
  private readonly innerNodes: readonly number[];
  private readonly tagsNode: number;
  private readonly bodySlot: number;
  private readonly severitySlot: number;
  private readonly numberSlot: number;
  private readonly asksScope: boolean;
  private readonly asksResource: boolean;
  private readonly asksMoreOfResource: boolean;
  /** The bodies, unescaped if they are strings; there are several only if keys are equal. */
  private readonly bodies: LogBody[] = [];
  private bodyCount = 0;
  /** Undefined: the service is not requested only for counting. */
  private readonly counted: CountedService | undefined;

  constructor(fields: FieldTable) {
    const slotOf = (field: number): number => fields.fieldSlots[field] as number;
    this.bodySlot = slotOf(Field.body);
    this.severitySlot = slotOf(Field.severity_text);
    this.numberSlot = slotOf(Field.severity_number);
    const members = [...BODY_NAMES, ...STATUS_NAMES, TAGS_NAME];
    const asked = new RequestedAttributes(
      fields,
      this.bodySlot < 0 ? members : [...members, ...INNER_BODY_NAMES],
      aliasesOf(HOST_NAME),
      fields.holding[this.bodySlot] === 1 ? BODY_NAMES : [],
    );
    this.asked = asked;
    this.bodyNodes = asked.members.slice(0, 3);
    this.statusNodes = asked.members.slice(3, 6);
    this.tagsNode = asked.members[6] as number;
    this.innerNodes = asked.members.slice(7);
    this.record = new DocumentScanner(asked.names);
    this.document = new DocumentScanner(asked.names);
    this.request = new DocumentScanner(asked.names);
    this.resolved = new ResolvedValues(asked);
    this.asksScope = fields.asks(Level.scope);
    this.asksResource = fields.asks(Level.resource);
    this.counted = CountedService.of(fields, asked);
    this.asksMoreOfResource = asked.slots[Level.resource].length > 1;
  }

  /** Sets the body of the request that records are in. */
  open(bytes: Uint8Array): void {
    this.record.open(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  /** Sets the attributes that all records of the request share, a JSON object, until `release`. */
  openRequest(attributes: Uint8Array): void {
    this.request.open(attributes);
    this.request.scan(0, 0);
  }

  /** Notes the members of records there, from the next record on. */
  noteMembers(marks: MemberMarks): void {
    this.record.marks = marks;
  }

  /** Scans the object at `at`; returns the offset after it. Throws UndecodableError. */
  scan(at: number, depth: number): number {
    const { bytes, scanResult } = this.record;
    const end = this.record.scan(at, depth);
    if (end - at <= TAGS_BYTES_MAX) return end;
    for (let i = scanResult.first(this.tagsNode); i >= 0; i = scanResult.next(i)) {
      const [from = 0, to = 0] = [scanResult.starts[i], scanResult.ends[i]];
      if ((to < 0 ? ~to : to) - from > TAGS_BYTES_MAX)
        failAt(bytes, from, "a shorter text of tags");
    }
    return end;
  }

  /**
   * Begins a resource, a scope and a record, and puts the values of what was scanned last, which is
   * at `at` in the body. Returns false, and begins no record, if its message is a document that is
   * larger than what may be read.
   */
  report(evaluation: Evaluation, at: number): boolean {
    const { resolved } = this;
    const { values } = evaluation;
    evaluation.beginResource(at);
    const isCounted = this.countService(evaluation);
    try {
      this.resolve(isCounted);
    } catch (error) {
      if (!this.document.isOverfull) throw error;
      this.document.isOverfull = false;
      return false;
    }
    if (isCounted ? this.asksMoreOfResource : this.asksResource)
      resolved.flush(values, Level.resource);
    evaluation.beginScope();
    if (this.asksScope) resolved.flush(values, Level.scope);
    evaluation.beginRecord();
    resolved.flush(values, Level.record);
    this.putFields(values);
    return true;
  }

  /** Keeps no bytes of the request, and no large buffers. */
  release(): void {
    this.record.open(NOTHING);
    this.document.open(NOTHING);
    this.request.open(NOTHING);
    this.bodies.length = 0;
    this.resolved.release();
    releaseScratch(this.scratch);
  }

  /** Reports the service if members of the log tell it and nothing else is done with the log. */
  private countService({ services }: Evaluation): boolean {
    const { counted, record } = this;
    if (counted === undefined || services === undefined) return false;
    const { ends, starts } = record.scanResult;
    const at = counted.findIn(record.scanResult);
    if (at >= 0) services.nameIs(record.bytes, starts[at] as number, ends[at] as number);
    return at >= 0;
  }

  private resolve(isCounted: boolean): void {
    const { record, request, resolved } = this;
    this.scratch.reset();
    resolved.begin();
    if (isCounted && this.counted !== undefined) resolved.pass(this.counted.node);
    this.addObject(record);
    this.bodyCount = 0;
    if (this.bodySlot >= 0 || resolved.missing > 0) this.readBodies();
    if (resolved.missing === 0 || request.bytes.length === 0) return;
    resolved.nextPart();
    this.addObject(request);
  }

  /** Adds the values in an object's members, then those in its tags. */
  private addObject({ bytes, scanResult }: DocumentScanner): void {
    const { resolved, tagsNode } = this;
    resolved.addFindings(scanResult, bytes, this.scratch);
    if (resolved.missing === 0 || !scanResult.has(tagsNode)) return;
    resolved.nextPart();
    // Only after all members: a tag with the exact name comes before one with an alias of it.
    if (!this.addTags(bytes, scanResult, false)) return;
    resolved.nextPart();
    this.addTags(bytes, scanResult, true);
  }

  /** Adds the tags of all texts. Returns whether some have a name that is an alias. */
  private addTags(bytes: Uint8Array, scanResult: ScanResult, asAlias: boolean): boolean {
    let hasAlias = false;
    for (let i = scanResult.first(this.tagsNode); i >= 0; i = scanResult.next(i)) {
      const start = scanResult.starts[i] as number;
      const kind = scanResult.kinds[i];
      if (kind === Found.string) {
        if (this.addTagsIn(bytes, start, scanResult.ends[i] as number, asAlias)) hasAlias = true;
      } else if (kind === Found.array) {
        if (this.addTagsOfArray(bytes, start, asAlias)) hasAlias = true;
      }
    }
    return hasAlias;
  }

  private addTagsOfArray(bytes: Uint8Array, at: number, asAlias: boolean): boolean {
    let hasAlias = false;
    at = enterContainer(bytes, at);
    while (at >= 0) {
      if (bytes[at] === QUOTE) {
        const quote = scanString(bytes, at + 1);
        if (this.addTagsIn(bytes, at + 1, quote, asAlias)) hasAlias = true;
        at = (quote < 0 ? ~quote : quote) + 1;
      } else at = skipValue(bytes, at, 0);
      at = nextInContainer(bytes, at, CLOSE_ARRAY);
    }
    return hasAlias;
  }

  /** Adds the tags of a text; `end` is complemented if the text has escapes. */
  private addTagsIn(bytes: Uint8Array, start: number, end: number, asAlias: boolean): boolean {
    const { asked, resolved, scratch, tags } = this;
    let hasAlias = false;
    if (end < 0) {
      unescapeToScratch(bytes, start, ~end, scratch);
      bytes = scratch.text;
      start = scratch.from;
      end = scratch.to;
    }
    tags.open(bytes, start, end);
    while (tags.next()) {
      const node = asked.names.findKey(-1, bytes, tags.keyStart, tags.keyEnd);
      if (node < 0) continue;
      if ((asked.standsFor[node] as readonly number[]).length > 0) hasAlias = true;
      if (asAlias) resolved.addTextAsAlias(node, bytes, tags.valueStart, tags.valueEnd);
      else resolved.addText(node, bytes, tags.valueStart, tags.valueEnd);
    }
    return hasAlias;
  }

  /** Reads the bodies, and the documents that they are or hold. */
  private readBodies(): void {
    const { scanResult } = this.record;
    const { resolved } = this;
    const first = firstValue(scanResult, this.bodyNodes);
    if (first < 0) return;
    resolved.nextPart();
    for (let i = first; i >= 0; i = scanResult.next(i)) {
      if (scanResult.isValue(i)) this.readBody(i);
    }
  }

  private readBody(at: number): void {
    const { record, scratch } = this;
    const { scanResult } = record;
    const kind = scanResult.kinds[at] as number;
    const start = scanResult.starts[at] as number;
    const end = scanResult.ends[at] as number;
    const body = this.nextBody();
    body.set(kind, record.bytes, start, end);
    if (kind === Found.object) {
      this.checkDocument(start, end);
      this.document.open(record.bytes);
      this.document.scan(start, 0);
      this.addDocument(body);
      return;
    }
    // A document has keys and therefore quotes, which are escaped here.
    if (kind !== Found.string || end >= 0) return;
    unescapeToScratch(record.bytes, start, ~end, scratch);
    body.set(kind, scratch.text, scratch.from, scratch.to);
    if (this.isDocument(body, start)) this.addDocument(body);
  }

  private nextBody(): LogBody {
    const body = this.bodies[this.bodyCount++];
    if (body !== undefined) return body;
    const another = new LogBody();
    this.bodies.push(another);
    return another;
  }

  /**
   * Scans the body if it is the text of an object and nothing else. `start`: where it is in the
   * record.
   */
  private isDocument(body: LogBody, start: number): boolean {
    const { document, record } = this;
    const c = record.bytes[start] as number;
    const mayBe = c === OPEN_OBJECT || c <= 0x20 || c === BACKSLASH;
    if (!mayBe || !looksLikeObject(body.bytes, body.start, body.end)) return false;
    this.checkDocument(body.start, body.end);
    document.open(body.bytes);
    try {
      // The scan cannot run past the end: an unescaped text is followed by a byte that no JSON has.
      const at = document.scan(skipSpace(body.bytes, body.start), 0);
      return skipSpace(body.bytes, at) === body.end;
    } catch (error) {
      if (error instanceof UndecodableError && !document.isOverfull) return false;
      throw error;
    }
  }

  /** Checks the size of a document, because it is read, and edited, in one go. */
  private checkDocument(start: number, end: number): void {
    if (end - start <= MESSAGE_DOCUMENT_BYTES_MAX) return;
    this.document.isOverfull = true;
    throw new UndecodableError("JSON: a shorter document in a message expected", start);
  }

  /** Adds the values in the body's document, which may contain the actual body. */
  private addDocument(body: LogBody): void {
    const { document, resolved, scratch } = this;
    const { bytes, scanResult } = document;
    if (resolved.missing > 0 || this.bodyCount > 1) {
      resolved.addFindings(scanResult, bytes, scratch);
    }
    const inner = firstText(scanResult, this.innerNodes);
    if (inner < 0) return;
    const start = scanResult.starts[inner] as number;
    const end = scanResult.ends[inner] as number;
    if (end >= 0) body.set(Found.string, bytes, start, end);
    else {
      unescapeToScratch(bytes, start, ~end, scratch);
      body.set(Found.string, scratch.text, scratch.from, scratch.to);
    }
  }

  private putFields(values: FieldValues): void {
    const { asked, bodySlot, scratch } = this;
    const holds = bodySlot >= 0 && asked.holding[bodySlot] === 1;
    for (let i = 0; i < this.bodyCount; i++) {
      this.bodies[i]?.put(values, bodySlot, holds ? scratch : undefined);
    }
    if (this.severitySlot < 0 && this.numberSlot < 0) return;
    const { scanResult } = this.record;
    let isFirst = true;
    for (let i = firstValue(scanResult, this.statusNodes); i >= 0; i = scanResult.next(i)) {
      if (!scanResult.isValue(i)) continue;
      this.putStatus(values, i, isFirst);
      isFirst = false;
    }
  }

  private putStatus(values: FieldValues, at: number, isFirst: boolean): void {
    const { scanResult, bytes } = this.record;
    const kind = scanResult.kinds[at] as number;
    let source = bytes;
    let start = scanResult.starts[at] as number;
    let end = scanResult.ends[at] as number;
    if (kind === Found.string && end < 0) {
      unescapeToScratch(bytes, start, ~end, this.scratch);
      source = this.scratch.text;
      start = this.scratch.from;
      end = this.scratch.to;
    }
    if (this.severitySlot >= 0) {
      if (isFirst) putFound(values, this.severitySlot, kind, source, start, end);
      else if (kind === Found.string) values.addString(this.severitySlot, source, start, end);
    }
    if (this.numberSlot < 0 || !isFirst || (kind !== Found.string && kind !== Found.number)) return;
    const number = severityNumber(source, start, end);
    if (number > 0) values.putInt(this.numberSlot, 0, number);
  }
}

/**
 * The first value of the first node that has one; an empty string does not count. -1: there is
 * none.
 */
function firstValue(scanResult: ScanResult, nodes: readonly number[]): number {
  for (let n = 0; n < nodes.length; n++) {
    for (let i = scanResult.first(nodes[n] as number); i >= 0; i = scanResult.next(i)) {
      if (scanResult.isValue(i)) return i;
    }
  }
  return -1;
}

/** The first text of the first node that has one. -1: there is none. */
function firstText(scanResult: ScanResult, nodes: readonly number[]): number {
  for (let n = 0; n < nodes.length; n++) {
    for (let i = scanResult.first(nodes[n] as number); i >= 0; i = scanResult.next(i)) {
      if (scanResult.isText(i)) return i;
    }
  }
  return -1;
}
