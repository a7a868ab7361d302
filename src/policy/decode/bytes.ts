// Turns hex and base64 into bytes, and trees into JSON bytes. Pure; nothing throws.

import { EXTENSION_CONFIG_DEPTH_MAX, EXTENSION_CONFIG_CHARS_MAX } from "../../core/limits.ts";
import { decodeBase64 } from "../../core/base64.ts";
import { encodeUtf8 } from "../../core/utf8.ts";

/** Bytes of an even number of hex digits in any case; undefined for anything else. */
export function decodeHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = Number.parseInt(text.slice(at * 2, at * 2 + 2), 16);
  }
  return bytes;
}

/**
 * Bytes of standard or URL-safe base64, padded or not, as proto3 JSON parsers accept it; otherwise
 * undefined.
 */
export function base64Bytes(text: string): Uint8Array | undefined {
  const bytes = encodeUtf8(text);
  const end = decodeBase64(bytes, 0, bytes.length, bytes, 0);
  return end < 0 ? undefined : bytes.slice(0, end);
}

/**
 * The tree as UTF-8 JSON, with all digits of big integers. Undefined if it is nested more than 64
 * deep or longer than 1 Mi characters, as documents with circular or multiplying references are.
 */
export function jsonBytes(tree: unknown): Uint8Array | undefined {
  const out: JsonText = { parts: [], charsLeft: EXTENSION_CONFIG_CHARS_MAX };
  return writeJson(tree, out, 0) ? encodeUtf8(out.parts.join("")) : undefined;
}

interface JsonText {
  readonly parts: string[];
  charsLeft: number;
}

function writeJson(value: unknown, out: JsonText, depth: number): boolean {
  if (depth > EXTENSION_CONFIG_DEPTH_MAX) return false;
  if (Array.isArray(value)) {
    const fits = value.every(
      (item, at) => write(at === 0 ? "[" : ",", out) && writeJson(item, out, depth + 1),
    );
    return fits && write(value.length === 0 ? "[]" : "]", out);
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter((entry) => entry[1] !== undefined);
    const fits = entries.every(
      ([key, member], at) =>
        write(`${at === 0 ? "{" : ","}${JSON.stringify(key)}:`, out) &&
        writeJson(member, out, depth + 1),
    );
    return fits && write(entries.length === 0 ? "{}" : "}", out);
  }
  const text = typeof value === "bigint" ? value.toString() : JSON.stringify(value);
  return write(typeof text === "string" ? text : "null", out);
}

function write(text: string, out: JsonText): boolean {
  out.parts.push(text);
  out.charsLeft -= text.length;
  return out.charsLeft >= 0;
}
