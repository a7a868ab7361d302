// Converts an OTLP/JSON request to the equivalent protobuf message, for upstreams that accept no
// JSON, and converts their responses back. Members that the schema does not know are left out, as
// by any receiver; whatever else protobuf cannot express is an error of the request.

import { fromBinary, fromJson, type JsonValue, toBinary, toJson } from "@bufbuild/protobuf";
import { base64Encode } from "@bufbuild/protobuf/wire";
import { decodeHex } from "../../policy/decode/bytes.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/utf8.ts";
import type { Transcoder } from "../protocol.ts";
import { messagesAt, withIds } from "./messages.ts";

export const otlpTranscoder: Transcoder = {
  message(path, json) {
    const schema = messagesAt(path)?.[0];
    if (schema === undefined) throw new TypeError(`${path} is no path of OTLP`);
    const document = withIds(parsed(decodeUtf8(json)), base64OfHex);
    return toBinary(schema, fromJson(schema, document, { ignoreUnknownFields: true }));
  },
  document(path, message) {
    const schema = messagesAt(path)?.[1];
    if (schema === undefined || message.length === 0) return encodeUtf8("{}");
    return encodeUtf8(JSON.stringify(toJson(schema, fromBinary(schema, message))));
  },
};

/** Whole numbers that a JavaScript number cannot hold stay the text that they are. */
function parsed(text: string): JsonValue {
  const exact = (_key: string, value: JsonValue, { source }: { source?: string }): JsonValue => {
    if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
    return source !== undefined && /^-?\d+$/.test(source) ? source : value;
  };
  // A byte order mark is passed over, as it is by whatever judges the document.
  const document = text.startsWith("\uFEFF") ? text.slice(1) : text;
  // The library's types do not know of the third argument yet.
  return JSON.parse(document, exact as (key: string, value: unknown) => unknown) as JsonValue;
}

function base64OfHex(hex: string, key: string): string {
  const bytes = decodeHex(hex);
  if (bytes === undefined) throw new TypeError(`${key} is no hexadecimal text`);
  return base64Encode(bytes);
}
