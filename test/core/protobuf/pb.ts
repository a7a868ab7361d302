// Writes protobuf by hand, canonical or not, for tests that need bytes no generated code would
// write.

import { encodeUtf8 } from "../../../src/core/utf8.ts";

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A varint of 64 bits with `padding` needless bytes at its end. */
export function varint(value: number | bigint, padding = 0): Uint8Array {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    out.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  } while (rest > 0n);
  for (let i = 0; i < padding && out.length < 10; i++) out.push(0x80);
  out[out.length - 1]! &= 0x7f;
  return Uint8Array.from(out);
}

export function tag(field: number, type: number, padding = 0): Uint8Array {
  return varint((BigInt(field) << 3n) | BigInt(type), padding);
}

/** Wire type 0. */
export function int(field: number, value: number | bigint): Uint8Array {
  return concat(tag(field, 0), varint(value));
}

/** Wire type 1. */
export function fixed64(field: number, value: number | bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, BigInt(value)), true);
  return concat(tag(field, 1), bytes);
}

export function double(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return concat(tag(field, 1), bytes);
}

/** Wire type 5. */
export function fixed32(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return concat(tag(field, 5), bytes);
}

/** Wire type 2: a message of these fields, or bytes. */
export function len(field: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const payload = concat(...parts);
  return concat(tag(field, 2), varint(payload.length), payload);
}

export function text(field: number, value: string): Uint8Array {
  return len(field, encodeUtf8(value));
}

/** Wire types 3 and 4 around these fields. */
export function group(field: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return concat(tag(field, 3), ...parts, tag(field, 4));
}

export function bytes(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values);
}
