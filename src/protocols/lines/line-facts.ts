// What a line states about itself, for outputs that send it as a log record: its time, its severity
// and its span. JSON and logfmt lines do; others state nothing.

import { NameTable, ScanResult, Found, severityNumber } from "../dotted/index.ts";
import { Scratch } from "../../core/json/index.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import { Field } from "../../policy/fields.ts";
import { digitsOf, lowerHexToScratch } from "./syntax/ids.ts";
import type { LineSyntax } from "./syntax/line-record.ts";
import { LogfmtCursor } from "./syntax/logfmt-cursor.ts";
import {
  firstText,
  numberedSeverity,
  SEVERITY_NAMES,
  SPAN_ID_NAME,
  TRACE_ID_NAME,
} from "./syntax/member-fields.ts";
import { ObjectScanner } from "./syntax/object-scanner.ts";
import { Timestamp } from "./timestamp.ts";

/** Of the first of these that is a time. */
const TIME_NAMES: readonly string[] = ["timestamp", "time", "ts", "@timestamp"];
const NAMES = [...SEVERITY_NAMES, ...TIME_NAMES, TRACE_ID_NAME, SPAN_ID_NAME];
const NODES = NAMES.map((_, node) => node);
const SEVERITY_NODES = NODES.slice(0, SEVERITY_NAMES.length);
const TIME_NODES = NODES.slice(SEVERITY_NAMES.length, -2);
const [TRACE_NODE = -1, SPAN_NODE = -1] = NODES.slice(-2);
const NOTHING = new Uint8Array(0);

/** Reads one line after the other; what it found is in the fields until the next. */
export class LineFacts {
  private readonly isJson: boolean;
  private readonly isLogfmt: boolean;
  private readonly names = new NameTable(NAMES.map((name) => encodeUtf8(name)));
  private readonly object = new ObjectScanner(this.names);
  private readonly cursor = new LogfmtCursor();
  private readonly pairs = new ScanResult(this.names.size);
  private readonly scratch = new Scratch(1024);
  private readonly traceBytes = new Uint8Array(digitsOf(Field.trace_id) / 2);
  private readonly spanBytes = new Uint8Array(digitsOf(Field.span_id) / 2);
  readonly time = new Timestamp();
  hasTime = false;
  /** OTLP number; 0: not known. */
  severityNumber = 0;
  /** severityText[severityStart, severityEnd); empty: not said. */
  severityText: Uint8Array = NOTHING;
  severityStart = 0;
  severityEnd = 0;
  /** No bytes: not said. */
  traceId: Uint8Array = NOTHING;
  spanId: Uint8Array = NOTHING;

  constructor(syntax: LineSyntax) {
    this.isJson = syntax === "json" || syntax === "auto";
    this.isLogfmt = syntax === "logfmt";
  }

  /** The line bytes[start, end), without its line end. */
  read(bytes: Uint8Array, start: number, end: number): void {
    this.hasTime = false;
    this.severityNumber = this.severityStart = this.severityEnd = 0;
    this.traceId = this.spanId = NOTHING;
    if (this.isLogfmt) this.readPairs(bytes, start, end);
    else if (this.isJson && this.object.scan(bytes, start, end)) {
      this.readFound(this.object.scanResult, this.object.bytes);
    }
  }

  private readPairs(bytes: Uint8Array, start: number, end: number): void {
    const { cursor, names, pairs } = this;
    pairs.begin();
    cursor.open(bytes, start, end);
    while (cursor.next()) {
      if (!cursor.isPair) continue;
      const node = names.find(cursor.hash, -1, bytes, cursor.wordStart, cursor.keyEnd);
      if (node >= 0) pairs.add(node, Found.string, cursor.valueStart, cursor.valueEnd);
    }
    if (pairs.count > 0) this.readFound(pairs, bytes);
  }

  private readFound(scanResult: ScanResult, bytes: Uint8Array): void {
    this.scratch.reset();
    this.readSeverity(scanResult, bytes);
    for (let n = 0; n < TIME_NODES.length && !this.hasTime; n++) {
      const at = scanResult.first(TIME_NODES[n] as number);
      const kind = at < 0 ? 0 : scanResult.kinds[at];
      const end = at < 0 ? 0 : (scanResult.ends[at] as number);
      if ((kind !== Found.string && kind !== Found.number) || end < 0) continue;
      this.hasTime = this.time.read(bytes, scanResult.starts[at] as number, end);
    }
    this.traceId = this.idOf(scanResult, TRACE_NODE, bytes, this.traceBytes);
    this.spanId = this.idOf(scanResult, SPAN_NODE, bytes, this.spanBytes);
  }

  private readSeverity(scanResult: ScanResult, bytes: Uint8Array): void {
    const at = firstText(scanResult, SEVERITY_NODES);
    if (at < 0) {
      this.severityNumber = numberedSeverity(scanResult, SEVERITY_NODES, bytes);
      return;
    }
    const end = scanResult.ends[at] as number;
    // A level with escapes is no level.
    if (end < 0) return;
    this.severityText = bytes;
    this.severityStart = scanResult.starts[at] as number;
    this.severityEnd = end;
    this.severityNumber = severityNumber(bytes, this.severityStart, end);
  }

  private idOf(
    scanResult: ScanResult,
    node: number,
    bytes: Uint8Array,
    id: Uint8Array,
  ): Uint8Array {
    const at = scanResult.first(node);
    if (!scanResult.isText(at)) return NOTHING;
    const start = scanResult.starts[at] as number;
    const end = scanResult.ends[at] as number;
    const { scratch } = this;
    const from = end < 0 ? -1 : lowerHexToScratch(bytes, start, end, id.length * 2, scratch);
    if (from < 0) return NOTHING;
    for (let i = 0; i < id.length; i++) {
      id[i] = (nibble(scratch.bytes, from + i * 2) << 4) | nibble(scratch.bytes, from + i * 2 + 1);
    }
    return id;
  }
}

function nibble(bytes: Uint8Array, at: number): number {
  const c = bytes[at] as number;
  return c <= 0x39 ? c - 0x30 : c - 0x57;
}
