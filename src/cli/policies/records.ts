// Reads records in the forms that people have at hand: OTLP or Datadog JSON, JSON lines, an
// exposition, or plain lines. It recognizes the form by the bytes, and cuts them into bodies that a
// format reads.

import { encodeUtf8 } from "../../core/utf8.ts";
import type { RecordFormat, Signal } from "../../policy/index.ts";

export const RECORD_KINDS = ["otlp", "datadog", "loki", "prometheus", "lines"] as const;
/** Formats of lines of the tailer that cannot be told by looking at them. */
export const LINE_FORMATS = ["json", "logfmt", "cri", "docker"] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

/** Something that a format reads in one go. */
export interface RecordBody {
  readonly kind: Exclude<RecordKind, "lines">;
  readonly signal: Signal;
  readonly bytes: Uint8Array;
  /** What reads it, where that is not the one of its kind in JSON. */
  readonly format?: RecordFormat;
}

const SIGNALS_OF_MEMBERS = [
  [/^\s*\{\s*"(?:resourceLogs|resource_logs)"\s*:/, "log"],
  [/^\s*\{\s*"(?:resourceMetrics|resource_metrics)"\s*:/, "metric"],
  [/^\s*\{\s*"(?:resourceSpans|resource_spans)"\s*:/, "trace"],
] as const satisfies readonly (readonly [RegExp, Signal])[];

const PUSH = /^\uFEFF?\s*\{\s*"streams"\s*:/;
const SAMPLE = /^[a-zA-Z_:][\w:]*(?:\{.*\})? +(?:[-+]?(?:\d[\d.eE+-]*|Inf)|NaN)(?: .*)?$/;
const METADATA = /^# (?:TYPE|HELP|UNIT|EOF)\b/;

/** What the bytes look like. */
export function kindOf(bytes: Uint8Array): RecordKind {
  const text = decoder.decode(bytes.subarray(0, 4096));
  if (signalOf(text) !== undefined) return "otlp";
  if (PUSH.test(text)) return "loki";
  if (/^\uFEFF?\s*(?:\[\s*)?\{/.test(text)) return "datadog";
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const isExposition = lines.slice(0, 3).some((line) => METADATA.test(line) || SAMPLE.test(line));
  return isExposition ? "prometheus" : "lines";
}

/** The bodies in the bytes, in order. */
export function* bodiesOf(bytes: Uint8Array, kind: RecordKind): Generator<RecordBody> {
  if (kind === "datadog") yield { kind, signal: "log", bytes };
  else if (kind === "prometheus") yield { kind, signal: "metric", bytes };
  else if (kind === "lines") {
    for (const block of blocksOf(bytes)) yield linesBody(block);
  } else if (kind === "loki") {
    for (const document of documentsOf(bytes)) yield { kind, signal: "log", bytes: document };
  } else yield* otlpBodies(bytes);
}

/** One document, or one on each line, as the Collector's file exporter writes them. */
function* otlpBodies(bytes: Uint8Array): Generator<RecordBody> {
  for (const line of documentsOf(bytes)) {
    const signal = signalOf(decoder.decode(line.subarray(0, 256)));
    yield { kind: "otlp", signal: signal ?? "log", bytes: line };
  }
}

/** Lines when each begins a document of its own, else all. */
function* documentsOf(bytes: Uint8Array): Generator<Uint8Array> {
  let start = 0;
  while (start < bytes.length) {
    let end = start;
    do {
      end = bytes.indexOf(NEWLINE, end + 1);
    } while (end >= 0 && !beginsDocument(bytes, end + 1));
    const stop = end < 0 ? bytes.length : end;
    const piece = bytes.subarray(start, stop);
    if (piece.some((byte) => byte > SPACE)) yield piece;
    start = stop + 1;
  }
}

function beginsDocument(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== OPEN_OBJECT) return false;
  const text = decoder.decode(bytes.subarray(at, at + 64));
  return signalOf(text) !== undefined || PUSH.test(text);
}

const NEWLINE = 0x0a;
const SPACE = 0x20;
const OPEN_OBJECT = 0x7b;
const LINES_AT_ONCE = 1000;
const decoder = new TextDecoder();

function signalOf(text: string): Signal | undefined {
  return SIGNALS_OF_MEMBERS.find(([pattern]) => pattern.test(text.replace(/^\uFEFF/, "")))?.[1];
}

function* blocksOf(bytes: Uint8Array): Generator<readonly string[]> {
  const lines = decoder.decode(bytes).split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  for (let at = 0; at < lines.length; at += LINES_AT_ONCE) {
    yield lines.slice(at, at + LINES_AT_ONCE);
  }
}

/** Each line is the body of a log record. */
function linesBody(lines: readonly string[]): RecordBody {
  const logRecords = lines.map((line) => ({ body: { stringValue: line } }));
  const request = { resourceLogs: [{ scopeLogs: [{ logRecords }] }] };
  return { kind: "otlp", signal: "log", bytes: encodeUtf8(JSON.stringify(request)) };
}
