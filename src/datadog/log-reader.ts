// Reads the fields of one Datadog log: a first pass over its JSON text finds all asked names; tags,
// and the document inside the message, are only looked at for names that are still missing.

import {
  OPEN_OBJECT,
  skipSpace,
  Scratch,
  unescapeToScratch,
  releaseScratch,
} from "../core/json/index.ts";
import { Field, Level } from "../policy/fields.ts";
import type { Evaluation, FieldTable, FieldValues } from "../policy/record-port.ts";
import { UndecodableError } from "../core/errors.ts";
import { aliasesOf, AskedNames } from "./asked-names.ts";
import { DocumentScanner } from "./document-scanner.ts";
import { type Findings, Found } from "./findings.ts";
import { looksLikeObject } from "./looks-like-object.ts";
import { BODY_NAMES, HOST_NAME, INNER_BODY_NAMES, STATUS_NAMES, TAGS_NAME } from "./log-names.ts";
import { ResolvedValues, putFound } from "./resolved-values.ts";
import { severityNumber } from "./severity.ts";
import { TagCursor } from "./tags.ts";

const NOTHING = new Uint8Array(0);
const BACKSLASH = 0x5c;

export class LogReader {
  private readonly asked: AskedNames;
  private readonly record: DocumentScanner;
  private readonly document: DocumentScanner;
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
  /** The body, unescaped, when it is a string; kind 0: there is none. */
  private bodyKind = 0;
  private body: Uint8Array = NOTHING;
  private bodyStart = 0;
  private bodyEnd = 0;

  constructor(fields: FieldTable) {
    const slotOf = (field: number): number => fields.fieldSlots[field] as number;
    this.bodySlot = slotOf(Field.body);
    this.severitySlot = slotOf(Field.severity_text);
    this.numberSlot = slotOf(Field.severity_number);
    const members = [...BODY_NAMES, ...STATUS_NAMES, TAGS_NAME];
    const asked = new AskedNames(
      fields,
      this.bodySlot < 0 ? members : [...members, ...INNER_BODY_NAMES],
      aliasesOf(HOST_NAME),
    );
    this.asked = asked;
    this.bodyNodes = asked.members.slice(0, 3);
    this.statusNodes = asked.members.slice(3, 6);
    this.tagsNode = asked.members[6] as number;
    this.innerNodes = asked.members.slice(7);
    this.record = new DocumentScanner(asked.names);
    this.document = new DocumentScanner(asked.names);
    this.resolved = new ResolvedValues(asked);
    this.asksScope = fields.asks(Level.scope);
    this.asksResource = fields.asks(Level.resource);
  }

  /** Sets the body of the request that records are in. */
  open(bytes: Uint8Array): void {
    this.record.bytes = bytes;
  }

  /** Scans the object at `at`; returns the offset behind it. Throws UndecodableError. */
  scan(at: number, depth: number): number {
    return this.record.scan(at, depth);
  }

  /** Begins a resource, a scope and a record, and puts the values of what was scanned last. */
  report(evaluation: Evaluation): void {
    const { resolved } = this;
    const { values } = evaluation;
    evaluation.beginResource();
    this.resolve();
    if (this.asksResource) resolved.flush(values, Level.resource, false);
    evaluation.beginScope();
    if (this.asksScope) resolved.flush(values, Level.scope, false);
    evaluation.beginRecord();
    resolved.flush(values, Level.record, false);
    this.putFields(values);
  }

  /** Keeps no bytes of the request, and no large buffers. */
  release(): void {
    this.record.bytes = NOTHING;
    this.document.bytes = NOTHING;
    this.body = NOTHING;
    this.resolved.release();
    releaseScratch(this.scratch);
  }

  private resolve(): void {
    const { record, resolved, scratch } = this;
    const { findings } = record;
    scratch.reset();
    resolved.begin();
    resolved.addFindings(findings, record.bytes, scratch);
    if (resolved.missing > 0 && findings.hasText(this.tagsNode)) this.addTags(findings);
    this.bodyKind = 0;
    if (this.bodySlot < 0 && resolved.missing === 0) return;
    const node = bodyNode(findings, this.bodyNodes);
    if (node >= 0) this.readBody(findings, node);
  }

  private addTags(findings: Findings): void {
    const { asked, resolved, scratch, tags } = this;
    const { names, standsFor } = asked;
    let { bytes } = this.record;
    let start = findings.starts[this.tagsNode] as number;
    let end = findings.ends[this.tagsNode] as number;
    if (end < 0) {
      start = unescapeToScratch(bytes, start, ~end, scratch);
      end = scratch.used;
      bytes = scratch.bytes;
    }
    let hasAlias = false;
    resolved.nextPart();
    tags.open(bytes, start, end);
    while (tags.next()) {
      const node = names.findKey(-1, bytes, tags.keyStart, tags.keyEnd);
      if (node < 0) continue;
      if ((standsFor[node] as readonly number[]).length > 0) hasAlias = true;
      resolved.addText(node, bytes, tags.valueStart, tags.valueEnd);
    }
    if (!hasAlias) return;
    // Only after all of them: a tag of the very name comes first.
    resolved.nextPart();
    tags.open(bytes, start, end);
    while (tags.next()) {
      const node = names.findKey(-1, bytes, tags.keyStart, tags.keyEnd);
      if (node >= 0) resolved.addTextAsAlias(node, bytes, tags.valueStart, tags.valueEnd);
    }
  }

  private readBody(findings: Findings, node: number): void {
    const { record, scratch } = this;
    const kind = findings.kinds[node] as number;
    const start = findings.starts[node] as number;
    const end = findings.ends[node] as number;
    this.bodyKind = kind;
    this.body = record.bytes;
    this.bodyStart = start;
    this.bodyEnd = end;
    if (kind === Found.object) {
      this.document.bytes = record.bytes;
      this.document.scan(start, 0);
      this.addDocument();
      return;
    }
    // A document has keys, and so quotes, which are escaped here.
    if (kind !== Found.string || end >= 0) return;
    scratch.reserve(~end - start + 1);
    this.bodyStart = unescapeToScratch(record.bytes, start, ~end, scratch);
    this.bodyEnd = scratch.used;
    this.body = scratch.bytes;
    if (this.isDocument(start)) this.addDocument();
  }

  /**
   * Scans the body when it is the text of an object and nothing else. `start`: where it is in the
   * record.
   */
  private isDocument(start: number): boolean {
    const { body, document, record, scratch } = this;
    const c = record.bytes[start] as number;
    const mayBe = c === OPEN_OBJECT || c <= 0x20 || c === BACKSLASH;
    if (!mayBe || !looksLikeObject(body, this.bodyStart, this.bodyEnd)) return false;
    // No JSON has this byte, so that the scan cannot run past the end.
    scratch.bytes[scratch.used++] = 0;
    document.bytes = body;
    try {
      const at = document.scan(skipSpace(body, this.bodyStart), 0);
      return skipSpace(body, at) === this.bodyEnd;
    } catch (error) {
      if (error instanceof UndecodableError) return false;
      throw error;
    }
  }

  /** Adds what the document in the body has, which may be the body proper. */
  private addDocument(): void {
    const { document, resolved, scratch } = this;
    const { bytes, findings } = document;
    if (resolved.missing > 0) {
      resolved.nextPart();
      resolved.addFindings(findings, bytes, scratch);
    }
    const inner = innerBodyNode(findings, this.innerNodes);
    if (inner < 0) return;
    this.bodyKind = Found.string;
    this.body = bytes;
    this.bodyStart = findings.starts[inner] as number;
    this.bodyEnd = findings.ends[inner] as number;
    if (this.bodyEnd >= 0) return;
    this.bodyStart = unescapeToScratch(bytes, this.bodyStart, ~this.bodyEnd, scratch);
    this.bodyEnd = scratch.used;
    this.body = scratch.bytes;
  }

  private putFields(values: FieldValues): void {
    if (this.bodySlot >= 0 && this.bodyKind !== 0) {
      putFound(values, this.bodySlot, this.bodyKind, this.body, this.bodyStart, this.bodyEnd);
    }
    if (this.severitySlot < 0 && this.numberSlot < 0) return;
    const { findings, bytes } = this.record;
    const node = bodyNode(findings, this.statusNodes);
    if (node < 0) return;
    const kind = findings.kinds[node] as number;
    let source = bytes;
    let start = findings.starts[node] as number;
    let end = findings.ends[node] as number;
    if (kind === Found.string && end < 0) {
      start = unescapeToScratch(bytes, start, ~end, this.scratch);
      end = this.scratch.used;
      source = this.scratch.bytes;
    }
    if (this.severitySlot >= 0) putFound(values, this.severitySlot, kind, source, start, end);
    if (this.numberSlot < 0 || (kind !== Found.string && kind !== Found.number)) return;
    const number = severityNumber(source, start, end);
    if (number > 0) values.putInt(this.numberSlot, 0, number);
  }
}

/** The first of the nodes that has a value; the empty string is none. -1: none of them. */
function bodyNode(findings: Findings, nodes: readonly number[]): number {
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i] as number;
    if (findings.has(node) && (findings.kinds[node] !== Found.string || findings.hasText(node))) {
      return node;
    }
  }
  return -1;
}

/** The first of the nodes that has a text. */
function innerBodyNode(findings: Findings, nodes: readonly number[]): number {
  for (let i = 0; i < nodes.length; i++) {
    if (findings.hasText(nodes[i] as number)) return nodes[i] as number;
  }
  return -1;
}
