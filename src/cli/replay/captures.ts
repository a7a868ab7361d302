// Captured traffic in pieces that fit in memory, whatever the size of the file: OTLP requests, one
// a line, as the Collector's file exporter writes them; records as taps write them; Datadog logs;
// plain lines.

import { ConfigError } from "../../config/index.ts";
import { CAPTURE_BLOCK_BYTES, RECORD_FILE_BYTES_MAX } from "../../core/limits.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import { SIGNALS } from "../../policy/index.ts";
import { codingOf } from "../policies/inputs.ts";
import { bodiesOf, kindOf, type RecordBody } from "../policies/records.ts";

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
  let kind: ReturnType<typeof kindOf> | "tap" | undefined;
  for await (const block of blocksOf(path, progress)) {
    kind ??= isTap(block) ? "tap" : kindOf(block);
    if (kind === "tap") yield* tappedBodies(block);
    else yield* bodiesOf(block, kind);
  }
}

/** Whole lines, about a megabyte at a time; a document that is one line, or a list, as a whole. */
async function* blocksOf(path: string, progress: Progress): AsyncGenerator<Uint8Array> {
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
      throw new ConfigError([`${path}: a document, or a line, of more than ${most}; split it`]);
    }
    yield Buffer.concat([...pieces.splice(0), chunk.subarray(0, end + 1)]);
    const rest = chunk.subarray(end + 1);
    pieces.push(rest);
    length = rest.length;
  }
  if (length > 0) yield Buffer.concat(pieces);
}

async function* streamOf(path: string): AsyncGenerator<Uint8Array> {
  const stream = path === "-" ? Bun.stdin.stream() : Bun.file(path).stream();
  let coding: ReturnType<typeof codingOf>;
  try {
    coding = path === "-" ? undefined : codingOf(await Bun.file(path).slice(0, 4).bytes());
    yield* coding === undefined ? stream : stream.pipeThrough(new DecompressionStream(coding));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const damage = coding === undefined ? "cannot be read" : `is damaged, or no ${coding}`;
    throw new ConfigError([
      `${path}: ${code === "ENOENT" ? "no such file" : `${damage} (${code})`}`,
    ]);
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
