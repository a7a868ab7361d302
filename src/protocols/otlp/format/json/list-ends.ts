// Tells whether a list has elements, and where it ends, without looking into them.

import { UndecodableError } from "../../../../core/errors.ts";
import {
  enterContainer,
  OPEN_ARRAY,
  skipBrokenArray,
  skipValue,
} from "../../../../core/json/index.ts";

const LETTER_N = 0x6e;

/** Offset behind the array at `at`, at that depth; records in it may be broken. */
export function behindList(bytes: Uint8Array, at: number, depth: number): number {
  try {
    return skipValue(bytes, at, depth);
  } catch (error) {
    if (error instanceof UndecodableError) return skipBrokenArray(bytes, at);
    throw error;
  }
}

/** False for a null and for an empty array, which are as good as no member. */
export function isNonEmpty(bytes: Uint8Array, at: number): boolean {
  const c = bytes[at];
  return c !== LETTER_N && (c !== OPEN_ARRAY || enterContainer(bytes, at) >= 0);
}
