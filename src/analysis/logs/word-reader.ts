// Reads one word of a line and tells whether it is a value, or a word, and what the word says about
// what follows. The reader is reused from word to word; no object is made per word.

import { FNV32_START } from "../../core/hash.ts";
import { DASH, isLower, isUpper, UNDERSCORE, WORD_BYTES_MAX } from "./line-bytes.ts";
import { isApostrophe, typographicQuote } from "./quotes.ts";
import { foldedStep, isWordByte, type KnownWord, knownWord } from "./words.ts";

/** A longer run of a to f is a value. */
const HEX_BYTES_MAX = 7;
/** A run of digits with letters of both cases that is as long makes a value of its token. */
const NOISE_BYTES_MIN = 12;
/** A word of so many letters is held against what words are like. */
const LIKELY_BYTES_MIN = 8;
/** Pairs of letters that no word has: more of them, and it is none. */
const UNLIKELY_PAIRS_MAX = 1;
/** Words that are written together have more letters each, on average. */
const PIECE_BYTES_MIN = 3;

/**
 * By letter, from a to z: those that follow it in ten or more of the 5000 words that manuals of
 * software have most, and in some others of logs.
 */
const FOLLOWING =
  "bcdfgiklmnprstuvwy aeilorsu acehiklorstuy adegilorsuy abcdefghilmnopqrstuvwxyz aefilortuy " +
  "aeghilnorsu aeimortuw abcdefgklmnoprstvxz eou aeis acdeiklmnopstuvy abeimnopsu acdefgiklnoqstuvy " +
  "abcdfgiklmnoprstuvwxyz aehiloprstuy u abcdefgiklmnoprstuvwy acefhiklmopqstuwy acdehilorstuwyz " +
  "abcdefgilmnprstz aeio aehilnors ceipty aeilmnoprst aeio";
/** By the first letter: a bit for each that follows it. */
const LIKELY_PAIRS = Int32Array.from(FOLLOWING.split(" "), (letters) =>
  Array.from(letters).reduce((bits, letter) => bits | (1 << (letter.charCodeAt(0) - 0x61)), 0),
);

export class WordReader {
  /** Behind the word. */
  end = 0;
  isValue = false;
  hasLetters = false;
  /** All of its token is a value. */
  isNoise = false;
  /** Of the whole word. */
  known: KnownWord | undefined;
  /** See words.ts; also of the last part of `db_password`, `--token` and `accessToken`. */
  secrecy = 0;

  /** Reads the word that begins at `start`. */
  read(bytes: Uint8Array, start: number, stop: number): void {
    let digits = 0;
    let hex = 0;
    let lower = 0;
    let upper = 0;
    let pieces = 0;
    let unlikely = 0;
    let folded = FNV32_START;
    let part = FNV32_START;
    let before = 0;
    let at = start;
    for (; at < stop; at++) {
      const byte = bytes[at] as number;
      if (!isWordByte(byte)) break;
      if (byte >= 0x80 && this.#isQuoteAt(bytes, at, start, stop)) break;
      const isCapital = isUpper(byte);
      if (byte >= 0x30 && byte <= 0x39) digits++;
      else if (isLower(byte)) lower++;
      else if (isCapital) upper++;
      if ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66) hex++;
      if (isCapital && !isUpper(before)) pieces++;
      else if (isUnlikely(before, byte)) unlikely++;
      folded = foldedStep(folded, byte);
      const isJoint = byte === DASH || byte === UNDERSCORE;
      if (isJoint || (isCapital && isLower(before))) part = FNV32_START;
      if (!isJoint) part = foldedStep(part, byte);
      before = byte;
    }
    const length = at - start;
    this.end = at;
    this.hasLetters = lower + upper > 0 || before >= 0x80;
    this.isNoise = digits > 0 && lower > 0 && upper > 0 && length >= NOISE_BYTES_MIN;
    this.known = undefined;
    this.secrecy = 0;
    this.isValue =
      digits > 0 || length > WORD_BYTES_MAX || (hex === length && length > HEX_BYTES_MAX);
    if (this.isValue) return;
    this.known = knownWord(folded);
    this.secrecy = (this.known ?? knownWord(part))?.secrecy ?? 0;
    const isRandom =
      unlikely > UNLIKELY_PAIRS_MAX || (lower > 0 && lower + upper < pieces * PIECE_BYTES_MIN);
    this.isValue = length >= LIKELY_BYTES_MIN && isRandom && this.secrecy === 0;
  }

  /** Not that of `don’t`. */
  #isQuoteAt(bytes: Uint8Array, at: number, start: number, stop: number): boolean {
    const length = typographicQuote(bytes, at, stop);
    if (length === 0) return false;
    const next = at + length;
    const isWithin = at > start && next < stop && isWordByte(bytes[next] as number);
    return !(isWithin && isApostrophe(bytes, at));
  }
}

/** Whether no word has the two letters, in the same or another case, one behind the other. */
function isUnlikely(before: number, byte: number): boolean {
  const first = (before | 0x20) - 0x61;
  const second = (byte | 0x20) - 0x61;
  if (first < 0 || first > 25 || second < 0 || second > 25) return false;
  return (((LIKELY_PAIRS[first] as number) >> second) & 1) === 0;
}
