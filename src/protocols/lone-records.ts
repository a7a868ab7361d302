// Turns single documents into bodies that are judged by themselves.

import type { RecordFormat } from "../policy/index.ts";
import type { LoneRecords } from "./protocol.ts";
import { encodeUtf8 } from "../core/utf8.ts";

/** Between these texts a document is a body. */
export function loneRecords(format: RecordFormat, before = "", after = ""): LoneRecords {
  return { format, before: encodeUtf8(before), after: encodeUtf8(after) };
}
