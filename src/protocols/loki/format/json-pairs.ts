// Labels and structured metadata of JSON bodies: objects whose values are strings.

import {
  CLOSE_OBJECT,
  enterContainer,
  nextInContainer,
  QUOTE,
  quoteJson,
  scanString,
  skipColon,
  type Scratch,
  skipValue,
  unescaped,
  unescapeToScratch,
} from "../../../core/json/index.ts";
import type { PairBuffer } from "./pair-buffer.ts";
import type { PairList } from "./pair-list.ts";
import { printPairs, type PairSyntax } from "./pair-text.ts";

const COLON = 0x3a;

/**
 * Reads the object at `at` into `pairs`; the offset behind it, complemented when a value of it is
 * no string, or when it has more of them than are read. Throws UndecodableError.
 */
export function readJsonPairs(
  bytes: Uint8Array,
  at: number,
  depth: number,
  pairs: PairBuffer,
  scratch: Scratch,
): number {
  let isOdd = false;
  const openAt = at;
  at = enterContainer(bytes, at);
  while (at >= 0) {
    const nameAt = at + 1;
    const quote = scanString(bytes, nameAt);
    at = skipColon(bytes, (quote < 0 ? ~quote : quote) + 1);
    if (bytes[at] === QUOTE) {
      const textAt = at + 1;
      const end = scanString(bytes, textAt);
      const size = (end < 0 ? ~end : end) - nameAt;
      if (!pairs.hasRoom(size)) return ~skipValue(bytes, openAt, depth - 1);
      addPair(bytes, nameAt, quote, textAt, end, pairs, scratch);
      at = (end < 0 ? ~end : end) + 1;
    } else {
      isOdd = true;
      at = skipValue(bytes, at, depth);
    }
    at = nextInContainer(bytes, at, CLOSE_OBJECT);
  }
  return isOdd ? at : ~at;
}

/** Ends are complemented for texts with escapes. */
function addPair(
  bytes: Uint8Array,
  nameAt: number,
  nameEnd: number,
  textAt: number,
  textEnd: number,
  pairs: PairBuffer,
  scratch: Scratch,
): void {
  let [names, nameStart, nameStop] = [bytes, nameAt, nameEnd];
  if (nameEnd < 0) {
    unescapeToScratch(bytes, nameAt, ~nameEnd, scratch);
    [names, nameStart, nameStop] = [scratch.text, scratch.from, scratch.to];
  }
  let [texts, start, end] = [bytes, textAt, textEnd];
  if (textEnd < 0) {
    unescapeToScratch(bytes, textAt, ~textEnd, scratch);
    [texts, start, end] = [scratch.text, scratch.from, scratch.to];
  }
  pairs.add(names, nameStart, nameStop, texts, start, end);
}

/** Reads the object at `at`, which was read before, for editing. */
export function openJsonPairs(bytes: Uint8Array, at: number, list: PairList): void {
  let from = at + 1;
  at = enterContainer(bytes, at);
  while (at >= 0) {
    const nameAt = at + 1;
    const quote = scanString(bytes, nameAt);
    const nameEnd = quote < 0 ? ~quote : quote;
    const textFrom = skipColon(bytes, nameEnd + 1);
    const textTo = skipValue(bytes, textFrom, 0);
    const next = nextInContainer(bytes, textTo, CLOSE_OBJECT);
    const to = delimiterFrom(bytes, textTo);
    const name = unescaped(bytes, nameAt, nameEnd);
    const text = unescaped(bytes, textFrom + 1, textTo - 1);
    list.read(name, text, { from, to, textFrom, textTo });
    from = to + 1;
    at = next;
  }
}

/** Only blanks stand before it. */
function delimiterFrom(bytes: Uint8Array, at: number): number {
  while ((bytes[at] as number) <= 0x20) at++;
  return at;
}

const SYNTAX: PairSyntax = {
  writeName: (name) => {
    const quoted = quoteJson(name);
    const out = new Uint8Array(quoted.length + 1);
    out.set(quoted);
    out[quoted.length] = COLON;
    return out;
  },
  writeText: quoteJson,
  blank: "",
};

export function printJsonPairs(bytes: Uint8Array, list: PairList): Uint8Array {
  return printPairs(bytes, list, SYNTAX);
}
