// Turns the value of a sample key into 56 bits of randomness or into a map key. Both are
// byte-exact, so the same value gives the same decision in every process.

import { Fnv64 } from "../../core/hash.ts";
import { ValueKind } from "../record-port.ts";
import type { ValueStore } from "../value-store.ts";
import type { Bits56 } from "./bits56.ts";
import { traceIdRandomness } from "./trace-sampling.ts";

const hash = new Fnv64();
const eightBytes = new DataView(new ArrayBuffer(8));

/**
 * Randomness of the value: the last 7 raw bytes of a trace id; for anything else, the low 56 bits
 * of FNV-1a 64 followed by fmix64. Undefined if the slot contains nothing that can be hashed.
 */
export function keyRandomness(
  values: ValueStore,
  slot: number,
  isTraceId: boolean,
): Bits56 | undefined {
  if (!values.has(slot)) return undefined;
  const kind = values.kind(slot);
  if (isTraceId && kind === ValueKind.string) {
    const bits = traceIdRandomness(values.text(slot));
    if (bits !== undefined) return bits;
  }
  hash.reset();
  if (!addValue(hash, values, slot)) return undefined;
  hash.finish();
  return { high: hash.high28(), low: hash.low28() };
}

/**
 * Adds the value of a slot to a hash: numbers as 8 big-endian bytes, booleans as one. Returns false
 * if it cannot be hashed.
 */
export function addValue(hash: Fnv64, values: ValueStore, slot: number): boolean {
  switch (values.kind(slot)) {
    case ValueKind.string:
    case ValueKind.bytes:
      hash.add(values.buffer(slot), values.start(slot), values.end(slot));
      return true;
    case ValueKind.int:
      eightBytes.setInt32(0, values.start(slot));
      eightBytes.setInt32(4, values.end(slot));
      addEightBytes(hash);
      return true;
    case ValueKind.double:
      eightBytes.setFloat64(0, values.numberAt(slot).double);
      addEightBytes(hash);
      return true;
    case ValueKind.bool:
      hash.addByte(values.bool(slot) ? 1 : 0);
      return true;
    default:
      return false;
  }
}

/** The value as text that differs for different values; undefined if there is none. */
export function keyText(values: ValueStore, slot: number): string | undefined {
  if (!values.has(slot)) return undefined;
  const kind = values.kind(slot);
  switch (kind) {
    case ValueKind.string:
      return `s${values.text(slot)}`;
    case ValueKind.bytes: {
      const bytes = values.buffer(slot).subarray(values.start(slot), values.end(slot));
      return `x${Array.from(bytes).join(",")}`;
    }
    case ValueKind.int:
      return `i${values.start(slot)},${values.end(slot)}`;
    case ValueKind.double:
      return `d${values.numberAt(slot).double}`;
    case ValueKind.bool:
      return values.bool(slot) ? "true" : "false";
    default:
      return undefined;
  }
}

function addEightBytes(hash: Fnv64): void {
  for (let i = 0; i < 8; i++) hash.addByte(eightBytes.getUint8(i));
}
