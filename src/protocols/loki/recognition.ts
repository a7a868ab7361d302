// Recognizes a push among other bodies when nothing says what a body is.

import { decodeUtf8 } from "../../core/utf8.ts";
import type { HeaderValues } from "../protocol.ts";

/** Where the word stands in every push, and in no other body. */
const LOOKED_AT_BYTES = 256;

/** JSON that begins with streams; protobuf could be anybody's. */
export function isPush(body: Uint8Array, headers: HeaderValues): boolean {
  if (!/json/i.test(headers.get("content-type") ?? "")) return false;
  return /^\s*\{\s*"streams"\s*:/.test(decodeUtf8(body, 0, Math.min(body.length, LOOKED_AT_BYTES)));
}
