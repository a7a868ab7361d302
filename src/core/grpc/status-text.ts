// `grpc-message`: UTF-8 in which the percent sign and all bytes outside printable ASCII are
// escaped.

import { decodeUtf8, encodeUtf8 } from "../utf8.ts";

/** Longer messages are cut, because they are sent in a header. */
const MESSAGE_BYTES_MAX = 1024;

/** The text as it is sent. */
export function encodedText(text: string): string {
  if (/^[ -$&-~]*$/.test(text)) return text.slice(0, MESSAGE_BYTES_MAX);
  let encoded = "";
  for (const byte of encodeUtf8(text).subarray(0, MESSAGE_BYTES_MAX)) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += isPlain
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/** The text as it was meant; anything that is not an escape stays as it is. */
export function decodedText(encoded: string): string {
  if (!encoded.includes("%")) return encoded;
  const bytes: number[] = [];
  for (let at = 0; at < encoded.length; at++) {
    const hex = encoded.slice(at + 1, at + 3);
    if (encoded[at] === "%" && /^[\da-f]{2}$/i.test(hex)) {
      bytes.push(Number.parseInt(hex, 16));
      at += 2;
    } else bytes.push(encoded.charCodeAt(at) & 0xff);
  }
  return decodeUtf8(Uint8Array.from(bytes));
}
