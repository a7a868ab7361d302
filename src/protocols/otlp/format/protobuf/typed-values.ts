// Writes encoded AnyValues, of every kind that policies can set.

import { bytesField, VARINT_BYTES_MAX, writeVarint } from "../../../../core/protobuf/index.ts";
import { decodeUtf8 } from "../../../../core/utf8.ts";
import { ValueKind, type ValueKindIndex } from "../../../../policy/record-port.ts";
import { AnyValueTag } from "./tags.ts";

/** The fields of an AnyValue; `text` and `kind` as in TextChange (record-port.ts). */
export function anyValueOf(text: Uint8Array, kind: ValueKindIndex = ValueKind.string): Uint8Array {
  switch (kind) {
    case ValueKind.bytes:
      return bytesField(AnyValueTag.bytes, text);
    case ValueKind.bool:
      return varintField(AnyValueTag.bool, decodeUtf8(text) === "true" ? 1n : 0n);
    case ValueKind.int:
      return varintField(AnyValueTag.int, BigInt.asUintN(64, BigInt(decodeUtf8(text))));
    case ValueKind.double: {
      const out = new Uint8Array(9);
      writeVarint(out, 0, AnyValueTag.double);
      new DataView(out.buffer).setFloat64(1, Number(decodeUtf8(text)), true);
      return out;
    }
    default:
      return bytesField(AnyValueTag.string, text);
  }
}

function varintField(tag: number, value: bigint): Uint8Array {
  const out = new Uint8Array(2 * VARINT_BYTES_MAX);
  let at = writeVarint(out, 0, tag);
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) out[at++] = Number(rest & 0x7fn) | 0x80;
  out[at++] = Number(rest);
  return out.slice(0, at);
}
