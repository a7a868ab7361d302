// Reads captured traffic in pieces that fit in memory, whatever the size of the file: OTLP
// requests, one per line, as the Collector's file exporter writes them; records as taps write them;
// dumps of failed requests; Datadog logs; plain lines.

import { ConfigError } from "../../config/index.ts";
import { CAPTURE_BLOCK_BYTES, RECORD_FILE_BYTES_MAX } from "../../core/limits.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import { SIGNALS } from "../../policy/index.ts";
import { bodiesOf, kindOf, type RecordBody, type RecordKind } from "../policies/records.ts";
import { dumpedBodies, isDump } from "./dumps.ts";

/** What was read so far, for whoever shows how far it is. */
export interface Progress {
  bytes: number;
}

const NEWLINE = 0x0a;
const OPEN_ARRAY = 0x5b;

/** @throws {ConfigError} for a file that cannot be read, or a document that is too large */
export async function* capturedBodies(
  path: string,
  progress: Progress,
): AsyncGenerator<RecordBody> {
  let kind: CaptureKind | undefined;
  for await (const block of captureBlocks(path, progress)) {
    kind ??= captureKindOf(block);
    yield* capturedIn(block, kind);
  }
}

/** `tap`: lines as taps write them; `dump`: requests that failed. */
export type CaptureKind = RecordKind | "tap" | "dump";

/** What the first block of a capture looks like. */
export function captureKindOf(block: Uint8Array): CaptureKind {
  if (isDump(block)) return "dump";
  return isTap(block) ? "tap" : kindOf(block);
}

/** The bodies in a block, in order. */
export function capturedIn(block: Uint8Array, kind: CaptureKind): Generator<RecordBody> {
  if (kind === "dump") return dumpedBodies(block);
  return kind === "tap" ? tappedBodies(block) : bodiesOf(block, kind);
}

/** What a capture is called in messages. */
export function nameOf(path: string): string {
  return path === "-" ? "standard input" : path;
}

/** Whole lines, about a megabyte at a time; a document that is one line, or a list, as a whole. */
export async function* captureBlocks(path: string, progress: Progress): AsyncGenerator<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  let isWhole: boolean | undefined;
  for await (const chunk of streamOf(path)) {
    progress.bytes += chunk.length;
    isWhole ??= isOneDocument(chunk);
    const end =
      isWhole || length + chunk.length < CAPTURE_BLOCK_BYTES ? -1 : chunk.lastIndexOf(NEWLINE);
    if (end < 0) {
      pieces.push(chunk);
      length += chunk.length;
      if (length <= RECORD_FILE_BYTES_MAX) continue;
      const most = `${RECORD_FILE_BYTES_MAX} bytes`;
      throw new ConfigError([
        `${nameOf(path)}: a document, or a line, of more than ${most}; split it`,
      ]);
    }
    yield Buffer.concat([...pieces.splice(0), chunk.subarray(0, end + 1)]);
    const rest = chunk.subarray(end + 1);
    pieces.push(rest);
    length = rest.length;
  }
  if (length > 0) yield Buffer.concat(pieces);
}

/** How compressed files begin. */
const MAGIC = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
] as const;

async function* streamOf(path: string): AsyncGenerator<Uint8Array> {
  let coding: (typeof MAGIC)[number][0] | undefined;
  try {
    const stream: ReadableStream<Uint8Array<ArrayBuffer>> =
      path === "-" ? Bun.stdin.stream() : Bun.file(path).stream();
    const reader = stream.getReader();
    const { value: first } = await reader.read();
    if (first === undefined) return;
    coding = MAGIC.find(([, magic]) => magic.every((byte, i) => first[i] === byte))?.[0];
    const chunks = chunksOf(first, reader);
    if (coding === undefined) yield* chunks;
    else yield* streamed(chunks).pipeThrough(new DecompressionStream(coding));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const damage = coding === undefined ? "cannot be read" : `is damaged, or no ${coding}`;
    throw new ConfigError([`${nameOf(path)}: ${REASONS[code] ?? `${damage} (${code})`}`]);
  }
}

function streamed(
  chunks: AsyncGenerator<Uint8Array<ArrayBuffer>>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await chunks.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EISDIR: "a folder, not a regular file",
};

async function* chunksOf(
  first: Uint8Array<ArrayBuffer>,
  reader: { read(): Promise<{ value?: Uint8Array<ArrayBuffer> | undefined }> },
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let chunk = first; ;) {
    yield chunk;
    const { value } = await reader.read();
    if (value === undefined) return;
    chunk = value;
  }
}

/** A list, or a document whose first line is not all of it. */
function isOneDocument(chunk: Uint8Array): boolean {
  const start = chunk.findIndex((byte) => byte > 0x20 && byte < 0x80);
  if (start < 0) return false;
  if (chunk[start] === OPEN_ARRAY) return true;
  if (!["otlp", "loki"].includes(kindOf(chunk))) return false;
  const end = chunk.indexOf(NEWLINE, start);
  if (end < 0) return false;
  const line = new TextDecoder().decode(chunk.subarray(start, end));
  return line.split("{").length !== line.split("}").length;
}

function isTap(block: Uint8Array): boolean {
  return /^\{"(?:tap|seq)":/.test(new TextDecoder().decode(block.subarray(0, 16)));
}

/** The text of the last member of a line, if it is of this name. */
function memberAt(line: string, name: string): string | undefined {
  const mark = `,"${name}":`;
  const at = line.indexOf(mark);
  return at < 0 ? undefined : line.slice(at + mark.length, line.lastIndexOf("}"));
}

const LISTS = {
  log: ["resourceLogs", "scopeLogs", "logRecords"],
  metric: ["resourceMetrics", "scopeMetrics", "metrics"],
  trace: ["resourceSpans", "scopeSpans", "spans"],
} as const;

/** Whole documents where there are some; else records without what stood around them. */
function* tappedBodies(block: Uint8Array): Generator<RecordBody> {
  for (const line of new TextDecoder().decode(block).split("\n")) {
    const document = memberAt(line, "document");
    if (document !== undefined) {
      const bytes = encodeUtf8(document);
      yield* bodiesOf(bytes, kindOf(bytes));
      continue;
    }
    const text = line.includes('"encoding":"prometheus_text"') ? memberAt(line, "text") : undefined;
    if (text !== undefined) {
      // It is what JSON wrote.
      const sample = `${String(JSON.parse(text))}\n`;
      yield { kind: "prometheus", signal: "metric", bytes: encodeUtf8(sample) };
      continue;
    }
    const at = line.indexOf('"record":');
    if (at < 0) continue;
    const record = line.slice(at + '"record":'.length, line.lastIndexOf("}"));
    const signal = SIGNALS.find((one) => line.includes(`"signal":"${one}"`)) ?? "log";
    const [resources, scopes, list] = LISTS[signal];
    if (line.includes('"encoding":"otlp_json"')) {
      const text = `{"${resources}":[{"${scopes}":[{"${list}":[${record}]}]}]}`;
      yield { kind: "otlp", signal, bytes: encodeUtf8(text) };
    } else if (line.includes('"encoding":"datadog_json"')) {
      yield { kind: "datadog", signal: "log", bytes: encodeUtf8(`[${record}]`) };
    }
  }
}
