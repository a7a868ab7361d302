// One offered record as one line of JSON, without its line feed. Records of OTLP become requests of
// OTLP/JSON with that one record, so that they can be understood, and sent again, alone; those of
// Datadog are objects as they came; what is text becomes a member "line".

import { encodeUtf8 } from "../../core/utf8.ts";
import type { OfferedRecord } from "../../policy/index.ts";
import { seriesLine } from "./series-lines.ts";
import { otlpJsonLine, otlpProtobufLine, type OtlpDocument } from "./otlp-lines.ts";

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const OPEN_BRACE = 0x7b;

/** `otlpDocument`: reads protobuf; loaded by those that get any. */
export function lineOf(record: OfferedRecord, otlpDocument: OtlpDocument): Uint8Array {
  const { encoding, bytes } = record;
  switch (encoding) {
    case "otlp_json":
      return flat(otlpJsonLine(record));
    case "otlp_protobuf":
      return otlpProtobufLine(record, otlpDocument) ?? wrapped(record);
    case "datadog_json":
      return flat(bytes);
    case "datadog_protobuf":
      return seriesLine(bytes) ?? wrapped(record);
    case "line":
      return isJsonObject(bytes) ? flat(bytes) : wrapped(record);
    default:
      return wrapped(record);
  }
}

/** Text in a member "line"; what is no text in base64, with the name of its encoding. */
function wrapped({ encoding, bytes }: OfferedRecord): Uint8Array {
  const isText = encoding === "line" || encoding === "prometheus_text";
  const text = isText ? textOf(bytes) : undefined;
  const document = text === undefined ? { encoding, base64: bytes.toBase64() } : { line: text };
  return encodeUtf8(JSON.stringify(document));
}

/** Undefined for what is not UTF-8. */
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

/** Valid JSON on one line: line ends stand between its tokens only. */
function flat(json: Uint8Array): Uint8Array {
  if (!json.includes(LINE_FEED) && !json.includes(RETURN)) return json;
  return json.map((byte) => (byte === LINE_FEED || byte === RETURN ? SPACE : byte));
}
