// What the upstream `stdout:` prints of a push: one object per entry, with the labels of its stream
// first. It is for people to look at, and reads whole bodies.

import { isObject } from "../../core/members.ts";
import { Scratch } from "../../core/json/index.ts";
import { FieldCursor } from "../../core/protobuf/index.ts";
import { decodeUtf8 } from "../../core/utf8.ts";
import type { BackendRequest } from "../protocol.ts";
import { EntryTag, LabelCursor, PairTag, PushTag, StreamTag } from "./format/index.ts";
import { snappy } from "../snappy/index.ts";
import { PUSH_PATH } from "./loki-module.ts";

/** Larger pushes are only told of. */
const CLEAR_BYTES_MAX = 64 * 1024 * 1024;

type Texts = Record<string, string>;

interface PrintedEntry {
  readonly timestamp: string;
  readonly line: string;
  readonly metadata?: Texts;
}

/** Undefined: the body is no push. */
export function lokiRecords(request: BackendRequest): readonly unknown[] | undefined {
  const { bytes, document, path } = request;
  if (document !== undefined) return isObject(document) ? ofDocument(document) : undefined;
  if (!path.endsWith(PUSH_PATH)) return undefined;
  const steps = snappy.decode(bytes, CLEAR_BYTES_MAX);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value.kind === "ok" ? ofMessage(step.value.bytes) : undefined;
}

function ofDocument({ streams }: Readonly<Record<string, unknown>>): unknown[] | undefined {
  if (!Array.isArray(streams)) return undefined;
  return streams.flatMap((one: unknown) => {
    const { stream, values } = isObject(one) ? one : {};
    if (!Array.isArray(values)) return [];
    return values.map((entry: unknown) => {
      if (!Array.isArray(entry)) return { stream, entry };
      const [timestamp, line, metadata] = entry as unknown[];
      return { stream, timestamp, line, ...(metadata === undefined ? {} : { metadata }) };
    });
  });
}

function ofMessage(bytes: Uint8Array): unknown[] | undefined {
  const records: unknown[] = [];
  const isWhole = each(bytes, (request) => {
    if (request.tag !== PushTag.streams) return;
    let stream: Texts = {};
    const entries: Uint8Array[] = [];
    each(payloadOf(request), (field) => {
      if (field.tag === StreamTag.labels) stream = labelsOf(payloadOf(field));
      else if (field.tag === StreamTag.entries) entries.push(payloadOf(field));
    });
    for (const entry of entries) records.push({ stream, ...entryOf(entry) });
  });
  return isWhole ? records : undefined;
}

/** An entry in protobuf, as it is printed. */
export function entryOf(bytes: Uint8Array): PrintedEntry {
  let timestamp = "0";
  let line = "";
  const metadata: Texts = {};
  each(bytes, (field) => {
    if (field.tag === EntryTag.timestamp) timestamp = nanosecondsOf(payloadOf(field));
    else if (field.tag === EntryTag.line) line = decodeUtf8(payloadOf(field));
    else if (field.tag === EntryTag.metadata) {
      const [name, text] = pairOf(payloadOf(field));
      metadata[name] = text;
    }
  });
  return { timestamp, line, ...(Object.keys(metadata).length === 0 ? {} : { metadata }) };
}

/** google.protobuf.Timestamp. */
function nanosecondsOf(bytes: Uint8Array): string {
  let [seconds, nanos] = [0n, 0n];
  each(bytes, ({ hi, lo, tag }) => {
    const value = (BigInt(hi) << 32n) | BigInt(lo >>> 0);
    if (tag === EntryTag.seconds) seconds = value;
    else if (tag === EntryTag.nanos) nanos = value;
  });
  return String(seconds * 1_000_000_000n + nanos);
}

function pairOf(bytes: Uint8Array): readonly [name: string, text: string] {
  let [name, text] = ["", ""];
  each(bytes, (field) => {
    if (field.tag === PairTag.name) name = decodeUtf8(payloadOf(field));
    else if (field.tag === PairTag.text) text = decodeUtf8(payloadOf(field));
  });
  return [name, text];
}

/** Labels as text. */
export function labelsOf(bytes: Uint8Array): Texts {
  const cursor = new LabelCursor(new Scratch());
  const labels: Texts = {};
  cursor.open(bytes, 0, bytes.length);
  while (cursor.next()) {
    const { end, nameEnd, nameStart, start, texts } = cursor;
    labels[decodeUtf8(bytes, nameStart, nameEnd)] = decodeUtf8(texts, start, end);
  }
  return labels;
}

function payloadOf({ bytes, start, stop }: FieldCursor): Uint8Array {
  return bytes.subarray(start, stop);
}

/** Whether the message is well-formed. */
function each(bytes: Uint8Array, take: (field: FieldCursor) => void): boolean {
  const cursor = new FieldCursor();
  cursor.open(bytes, 0, bytes.length);
  while (cursor.next()) take(cursor);
  return cursor.fault < 0;
}
