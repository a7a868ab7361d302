// Searches the bytes of a record for a text in any encoding: as it is, escaped as in JSON, and, for
// ids written in hexadecimal, as bytes. Pure.

import { encodeUtf8 } from "../../core/utf8.ts";
import type { TextSearch } from "./tap-record.ts";

/** Ids of traces and of spans. */
const ID = /^(?:[0-9a-f]{32}|[0-9a-f]{16})$/i;

export function textSearch(text: string): TextSearch {
  const inJson = JSON.stringify(text).slice(1, -1);
  const spellings = [...new Set([text, inJson])].map(encodeUtf8);
  if (ID.test(text)) {
    const folded = [text.toLowerCase(), text.toUpperCase()].filter((one) => one !== text);
    spellings.push(...folded.map(encodeUtf8), Uint8Array.fromHex(text));
  }
  return (bytes, start, end) => {
    const record = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
    return spellings.some((spelling) => record.indexOf(spelling) >= 0);
  };
}
