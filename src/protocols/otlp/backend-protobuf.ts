// Turns an OTLP body in protobuf into the document that OTLP/JSON would send, for the embedded
// upstream to print and for copies of records. Never on the data path.

import { fromBinary, toJson } from "@bufbuild/protobuf";
import { hexOf } from "../../core/bytes.ts";
import { base64Bytes } from "../../policy/decode/bytes.ts";
import { messagesAt, withIds } from "./messages.ts";

const NOTHING = new Uint8Array(0);

/**
 * Undefined for other paths, and for what cannot be decoded. `enumAsInteger`: as OTLP/JSON has
 * enums, where names are better to read.
 */
export function otlpDocument(
  bytes: Uint8Array,
  path: string,
  { enumAsInteger = false }: { readonly enumAsInteger?: boolean } = {},
): unknown {
  const schema = messagesAt(path)?.[0];
  if (schema === undefined) return undefined;
  try {
    return withIds(toJson(schema, fromBinary(schema, bytes), { enumAsInteger }), hexOfBase64);
  } catch {
    return undefined;
  }
}

function hexOfBase64(id: string): string {
  return hexOf(base64Bytes(id) ?? NOTHING);
}
