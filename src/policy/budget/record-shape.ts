// What a budget needs to know about a record: whether it reports an error, and which records it
// resembles. Records resemble each other if the fixed parts of their texts have the same hash; the
// texts themselves are not stored.

import { FNV32_PRIME, FNV32_START, fnv32, spread } from "../../core/hash.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import { ValueKind } from "../record-port.ts";
import type { ValueStore } from "../value-store.ts";

/** How much of a text is read: patterns differ in their first words. */
const SHAPE_BYTES = 128;
const SPACE = 0x20;
const ERROR_NUMBER_MIN = 17;
const STATUS_ERROR = 2;
/** Longer than any of the words with a digit. */
const SEVERITY_BYTES_MAX = 10;
const ERROR_WORDS = new Set(
  [
    "err",
    "error",
    "severe",
    "fatal",
    "crit",
    "critical",
    "alert",
    "panic",
    "emerg",
    "emergency",
  ].map((word) => encodeUtf8(word).reduce(mixed, FNV32_START)),
);

const LETTER = 1;
const DIGIT = 2;
/**
 * Kinds of bytes: letters, with everything that joins them in ids and all that is not ASCII;
 * digits; others.
 */
const BYTE_KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (isDigit(byte)) return DIGIT;
  return byte >= 0x80 || /[\w.-]/.test(String.fromCharCode(byte)) ? LETTER : 0;
});

/**
 * Whether a log's severity is ERROR or above: by its number, or by its text if it has no number.
 */
export function isErrorLog(values: ValueStore, numberSlot: number, textSlot: number): boolean {
  if (numberSlot >= 0 && values.has(numberSlot)) {
    const number = numberOf(values, numberSlot);
    if (number > 0) return number >= ERROR_NUMBER_MIN;
  }
  if (textSlot < 0 || !values.has(textSlot)) return false;
  if (values.kind(textSlot) !== ValueKind.string) return false;
  const [bytes, start, end] = rangeOf(values, textSlot);
  if (end - start > SEVERITY_BYTES_MAX) return false;
  let hash = FNV32_START;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    // ERROR2 is an error as well.
    if (isDigit(byte) && i === end - 1) break;
    hash = mixed(hash, byte | SPACE);
  }
  return ERROR_WORDS.has(hash);
}

/** Whether a span's status is an error. */
export function isErrorSpan(values: ValueStore, statusSlot: number): boolean {
  return statusSlot >= 0 && values.has(statusSlot) && numberOf(values, statusSlot) === STATUS_ERROR;
}

/**
 * A hash that records of one pattern have in common; records without text get one made of `seed`.
 */
export function shapeOf(values: ValueStore, slot: number, seed: number): number {
  if (slot < 0 || !values.has(slot) || values.kind(slot) !== ValueKind.string) return spread(seed);
  const [bytes, start, end] = rangeOf(values, slot);
  return spread(textShape(bytes, start, Math.min(end, start + SHAPE_BYTES), seed));
}

/** A hash of the words without digits; of other words, only the position counts. */
function textShape(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let shape = seed;
  let word = FNV32_START;
  let kinds = 0;
  // A single loop without calls: it is most of what a budget costs.
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    const kind = BYTE_KINDS[byte] as number;
    if (kind !== 0) {
      word = Math.imul(word ^ byte, FNV32_PRIME);
      kinds |= kind;
    } else if (kinds !== 0) {
      shape = Math.imul(shape ^ (kinds >= DIGIT ? 1 : word), FNV32_PRIME);
      word = FNV32_START;
      kinds = 0;
    }
  }
  return kinds === 0 ? shape : mixed(shape, kinds >= DIGIT ? 1 : word);
}

/** A position in [0, 1) for a trace id: the same for each span of a trace, in every thread. */
export function drawOfTrace(values: ValueStore, slot: number): number {
  const [bytes, start, end] = rangeOf(values, slot);
  // Some formats have 128 bits of the id, others the low 64.
  const low = Math.max(start, end - 16);
  return (spread(fnv32(bytes, low, end)) >>> 0) / 2 ** 32;
}

function rangeOf(values: ValueStore, slot: number): readonly [Uint8Array, number, number] {
  return [values.buffer(slot), values.start(slot), values.end(slot)];
}

function numberOf(values: ValueStore, slot: number): number {
  const kind = values.kind(slot);
  if (kind === ValueKind.int) return values.start(slot) === 0 ? values.end(slot) : 0;
  return kind === ValueKind.double ? values.numberAt(slot).double : 0;
}

function mixed(hash: number, more: number): number {
  return Math.imul(hash ^ more, FNV32_PRIME);
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
