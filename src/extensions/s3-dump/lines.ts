// One offered record as one line of JSON, without its line feed: the document that its protocol
// makes of it, or its own JSON as it came; plain text becomes a member "line".

import { encodeUtf8 } from "../../core/utf8.ts";
import type { OfferedRecord } from "../../policy/index.ts";
import type { LoneRecords, PayloadKind, RecordDocument } from "../../protocols/index.ts";

/** What is known about the encoding of a record. */
export interface LineEncoding {
  readonly payload: PayloadKind;
  readonly document?: RecordDocument | undefined;
  readonly alone?: LoneRecords | undefined;
}

/** Undefined: it could not be done. */
export type Redact = (document: Uint8Array) => Uint8Array | undefined;

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const OPEN_BRACE = 0x7b;

/** `known`: undefined if the encoding is unknown. */
export function lineOf(record: OfferedRecord, known: LineEncoding | undefined): Uint8Array {
  const document = documentOf(record, known);
  return document === undefined ? asBase64(record) : written(document, record, known);
}

/** The same, redacted; undefined: this was not possible, so the record must not be kept. */
export function redactedLineOf(
  record: OfferedRecord,
  known: LineEncoding | undefined,
  redact: Redact,
): Uint8Array | undefined {
  const document = documentOf(record, known);
  const redacted = document && redact(document);
  return redacted && written(redacted, record, known);
}

/** Its JSON, or its text; undefined: it is neither. */
function documentOf(
  { bytes, frame, source: { signal } }: OfferedRecord,
  known: LineEncoding | undefined,
): Uint8Array | undefined {
  const document = known?.document?.({ signal, bytes, frame });
  if (document !== undefined) return document;
  return known === undefined || known.payload === "binary" ? undefined : bytes;
}

function written(
  document: Uint8Array,
  record: OfferedRecord,
  known: LineEncoding | undefined,
): Uint8Array {
  if (known?.payload !== "text" || isJsonObject(document)) return flat(document);
  return asText({ ...record, bytes: document });
}

/** Puts it into a member "line", if it is text. */
function asText(record: OfferedRecord): Uint8Array {
  const line = textOf(record.bytes);
  return line === undefined ? asBase64(record) : encodeUtf8(JSON.stringify({ line }));
}

/** Includes the name of its encoding. */
function asBase64({ encoding, bytes }: OfferedRecord): Uint8Array {
  return encodeUtf8(JSON.stringify({ encoding, base64: bytes.toBase64() }));
}

/** Undefined if the bytes are not UTF-8. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function isJsonObject(bytes: Uint8Array): boolean {
  const text = bytes[0] === OPEN_BRACE ? textOf(bytes) : undefined;
  if (text === undefined) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Puts valid JSON on one line: line ends occur only between its tokens. */
function flat(json: Uint8Array): Uint8Array {
  if (!json.includes(LINE_FEED) && !json.includes(RETURN)) return json;
  return json.map((byte) => (byte === LINE_FEED || byte === RETURN ? SPACE : byte));
}
