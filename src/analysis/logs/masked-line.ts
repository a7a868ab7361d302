// A line of a log as words and masks. What may be a value is masked before anything of it is held:
// whatever has digits, what is quoted, addresses, what stands behind `=` or `?` or a word such as
// `password`, long words and long runs of hexadecimal digits. Left are words of letters and
// punctuation. Nothing is made per line.

import { FNV32_START, fnv32, spread } from "../../core/hash.ts";
import { decodeUtf8 } from "../../core/utf8.ts";
import {
  APOSTROPHE,
  AT,
  BACKQUOTE,
  BACKSLASH,
  COLON,
  DASH,
  EQUALS,
  GREATER,
  isKey,
  isLetter,
  isLineFeed,
  isLower,
  isQuote,
  isUpper,
  JOINERS,
  LINKS,
  QUESTION,
  QUOTE,
  SPACE,
  UNDERSCORE,
  VALUE_ENDS,
  WORD_BYTES_MAX,
} from "./line-bytes.ts";
import { closingEscapedQuote, closingQuote, CUT_SHORT, UNCLOSED } from "./quotes.ts";
import { foldedHash, foldedStep, isWordByte, knownWord } from "./words.ts";

/** What stands for a token that is masked whole, among hashes. */
export const MASKED_HASH = 1;
/** Stands for a masked value without spaces. Lines have no control characters: they are spaces. */
export const MASK = 1;
/** Stands for what is between quotes. */
export const QUOTED_MASK = 2;

/** Of one line; what is behind is not looked at. */
const LINE_TOKENS_MAX = 64;
const LINE_BYTES_MAX = 1024;
/** A longer run of a to f is masked. */
const HEX_BYTES_MAX = 7;
/** A run of digits with letters of both cases that is as long masks all that it is joined with. */
const NOISE_BYTES_MIN = 12;
const OUT_BYTES = 2 * LINE_BYTES_MAX + 16;

export class MaskedLine {
  count = 0;
  /** Of each token; equal tokens have equal ones. */
  readonly hashes = new Int32Array(LINE_TOKENS_MAX);
  /** There is more behind the last token. */
  isCut = false;
  readonly #seed: number;
  readonly #out = new Uint8Array(OUT_BYTES);
  readonly #ends = new Int32Array(LINE_TOKENS_MAX);
  #used = 0;
  #tokenAt = 0;
  #bytes: Uint8Array = this.#out;
  #end = 0;
  /** The text goes on behind the end. */
  #isLonger = false;
  /** Tokens to mask whatever they are. */
  #secretTokens = 0;
  /** What the word that stood last says of what is behind it; see words.ts. */
  #secrecy = 0;
  #isTextKey = false;
  /** The next string is a text of its own, as that of `"message":`; and one is open. */
  #opensText = false;
  #isInText = false;
  #isNoise = false;

  /** `seed`: makes hashes of one run tell nothing to another. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Reads the first line of bytes[start, end). */
  read(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.#end = Math.min(end, start + LINE_BYTES_MAX);
    this.#used = this.count = this.#secretTokens = 0;
    this.#secrecy = 0;
    this.#isTextKey = this.#opensText = this.#isInText = false;
    this.isCut = false;
    this.#isLonger = end > this.#end;
    let at = this.#skipSpace(start);
    while (at < this.#end) {
      if (this.count === LINE_TOKENS_MAX || this.#isLineEnd(at)) {
        this.isCut = true;
        break;
      }
      at = this.#token(at);
      if (this.#isLonger && at >= this.#end) {
        // Nobody knows how it goes on.
        this.isCut = true;
        break;
      }
      this.#endToken();
      at = this.#skipSpace(at);
    }
    if (at >= this.#end && this.#isLonger) this.isCut = true;
  }

  /** The token, with masks. */
  text(token: number): string {
    const start = token === 0 ? 0 : (this.#ends[token - 1] as number);
    return decodeUtf8(this.#out, start, this.#ends[token]);
  }

  /** Spaces before the next token; line feeds stay, but at the end of the text. */
  #skipSpace(at: number): number {
    const first = this.count === 0;
    while (at < this.#end && (this.#bytes[at] as number) <= SPACE) {
      if (!first && this.#isLineEnd(at)) {
        let rest = at;
        while (rest < this.#end && (this.#bytes[rest] as number) <= SPACE) rest++;
        return rest >= this.#end ? rest : at;
      }
      at++;
    }
    return at;
  }

  #isLineEnd(at: number): boolean {
    return isLineFeed(this.#bytes[at]);
  }

  #endToken(): void {
    if (this.#isNoise) {
      this.#used = this.#tokenAt;
      this.#out[this.#used++] = MASK;
    }
    const isMasked = this.#used === this.#tokenAt + 1 && this.#out[this.#tokenAt] === MASK;
    const hash = spread(fnv32(this.#out, this.#tokenAt, this.#used, this.#seed));
    // 0 is no token's: it stands for any of them.
    this.hashes[this.count] = isMasked ? MASKED_HASH : hash === 0 ? -1 : hash;
    this.#ends[this.count++] = this.#used;
  }

  /** Reads one token; returns the offset behind it. */
  #token(at: number): number {
    this.#tokenAt = this.#used;
    this.#isNoise = false;
    if (this.#secretTokens > 0) at = this.#secret(at);
    while (at < this.#end) {
      const byte = this.#bytes[at] as number;
      if (byte <= SPACE) break;
      at = isWordByte(byte) ? this.#word(at) : this.#mark(at, byte);
    }
    return at;
  }

  /** Masks a token, with all that is quoted in it; what only links it to its name stays. */
  #secret(at: number): number {
    const byte = this.#bytes[at] as number;
    if (this.#isInText && byte === QUOTE) {
      this.#secretTokens = 0;
      return at;
    }
    if (this.#isLink(at)) return at;
    this.#secretTokens = Math.max(this.#secretTokens, this.#secrecyAt(at)) - 1;
    while (at < this.#end && !this.#isSpaceAt(at) && !(this.#isInText && this.#isTextQuote(at))) {
      const quote = this.#bytes[at] as number;
      if (!this.#opensQuote(at)) {
        this.#putMask();
        at++;
        continue;
      }
      const close = this.#closing(at + 1, quote);
      if (close < 0) return this.#maskRest(at, quote);
      this.#putQuoted(quote);
      at = close + 1;
    }
    return at;
  }

  /** Of the word there, which is masked itself. */
  #secrecyAt(start: number): number {
    let at = start;
    while (at < this.#end && isWordByte(this.#bytes[at] as number)) at++;
    return knownWord(foldedHash(this.#bytes, start, at))?.secrecy ?? 0;
  }

  /** Not that of `don't`. */
  #opensQuote(at: number): boolean {
    const byte = this.#bytes[at] as number;
    const isWithin = this.#used > this.#tokenAt && isWordByte(this.#bytes[at - 1] ?? 0);
    return byte === QUOTE || (isQuote(byte) && !isWithin);
  }

  /** Whether the token is `=`, `:`, `->`, `is` or their like. */
  #isLink(start: number): boolean {
    let at = start;
    while (at < this.#end && LINKS[this.#bytes[at] as number] === 1) at++;
    if (at > start) return this.#isSpaceAt(at);
    while (at < this.#end && isLetter(this.#bytes[at] as number)) at++;
    return this.#isSpaceAt(at) && knownWord(foldedHash(this.#bytes, start, at))?.isLink === true;
  }

  #mark(at: number, byte: number): number {
    const secrecy = this.#secrecy;
    const isTextKey = this.#isTextKey;
    this.#secrecy = 0;
    this.#isTextKey = false;
    switch (byte) {
      case QUOTE:
        return this.#quote(at);
      case APOSTROPHE:
      case BACKQUOTE:
        return this.#otherQuote(at, byte);
      case AT:
        this.#isNoise = true;
        break;
      case BACKSLASH:
        return this.#escape(at);
      case EQUALS:
        this.#put(byte);
        if (this.#isSpaceAt(at + 1) && !isTextKey) this.#secretTokens ||= 1;
        if (!isTextKey || this.#isInText) return this.#maskValue(at + 1, true);
        this.#opensText = true;
        return at + 1;
      case QUESTION:
        this.#put(byte);
        return this.#maskValue(at + 1, false);
      case GREATER:
        this.#put(byte);
        return secrecy === 0 ? at + 1 : this.#maskValue(at + 1, false);
      case COLON:
        this.#put(byte);
        if (secrecy === 0) return at + 1;
        if (this.#isSpaceAt(at + 1)) this.#secretTokens = Math.max(1, secrecy - 1);
        return this.#maskValue(at + 1, true);
    }
    this.#put(byte);
    return at + 1;
  }

  #isSpaceAt(at: number): boolean {
    return at < this.#end && (this.#bytes[at] as number) <= SPACE;
  }

  /** A key of JSON stays, and the text of a message is read on; other strings are masked. */
  #quote(at: number): number {
    if (this.#isInText || this.#opensText) {
      this.#isInText = !this.#isInText;
      this.#opensText = false;
      this.#put(QUOTE);
      return at + 1;
    }
    const close = this.#closing(at + 1, QUOTE);
    if (close < 0) return this.#unclosed(at, QUOTE, close);
    if (
      this.#bytes[close + 1] === COLON &&
      close + 1 < this.#end &&
      isKey(this.#bytes, at + 1, close)
    ) {
      for (let i = at; i <= close + 1; i++) this.#put(this.#bytes[i] as number);
      const key = knownWord(foldedHash(this.#bytes, at + 1, close));
      this.#opensText = key?.isTextKey === true;
      return close + 2;
    }
    this.#putQuoted(QUOTE);
    return close + 1;
  }

  #otherQuote(at: number, quote: number): number {
    const isWithin = !this.#opensQuote(at);
    const close = isWithin ? at : this.#closing(at + 1, quote);
    if (close < 0) return this.#unclosed(at, quote, close);
    const goesOn = close + 1 < this.#end && isWordByte(this.#bytes[close + 1] as number);
    if (isWithin || goesOn) {
      this.#put(quote);
      return at + 1;
    }
    this.#putQuoted(quote);
    return close + 1;
  }

  /** Behind an open quote is a value when it has a name, or its end is elsewhere. */
  #unclosed(at: number, quote: number, close: number): number {
    const isValue = this.#used > this.#tokenAt && this.#out[this.#used - 1] === EQUALS;
    if (isValue || close === CUT_SHORT) return this.#maskRest(at, quote);
    this.#put(quote);
    return at + 1;
  }

  /** Masks what is left of the line. */
  #maskRest(at: number, quote: number): number {
    this.#put(quote);
    this.#put(QUOTED_MASK);
    while (at < this.#end && !this.#isLineEnd(at)) at++;
    return at;
  }

  /** In a text that is quoted itself, quotes are escaped. */
  #escape(at: number): number {
    const next = at + 1 < this.#end ? (this.#bytes[at + 1] as number) : SPACE;
    this.#put(BACKSLASH);
    if (next !== QUOTE && next !== BACKSLASH) return at + 1;
    this.#put(next);
    const close =
      next === QUOTE && this.#isInText
        ? closingEscapedQuote(this.#bytes, at + 2, this.#end)
        : UNCLOSED;
    if (close < 0) return at + 2;
    this.#put(QUOTED_MASK);
    this.#put(BACKSLASH);
    this.#put(QUOTE);
    return close + 2;
  }

  #putQuoted(quote: number): void {
    this.#put(quote);
    this.#put(QUOTED_MASK);
    this.#put(quote);
  }

  #closing(at: number, quote: number): number {
    return closingQuote(this.#bytes, at, this.#end, quote, this.#isLonger);
  }

  /** Whether there is a quote, or an escaped one. */
  #isTextQuote(at: number): boolean {
    const byte = this.#bytes[at];
    return byte === QUOTE || (byte === BACKSLASH && this.#bytes[at + 1] === QUOTE);
  }

  /** Masks up to the end of the token, or of the value. */
  #maskValue(at: number, isBounded: boolean): number {
    const start = at;
    while (at < this.#end) {
      const byte = this.#bytes[at] as number;
      if (byte <= SPACE || (this.#isInText && this.#isTextQuote(at))) break;
      if (isBounded && (VALUE_ENDS[byte] === 1 || isQuote(byte))) break;
      at++;
    }
    if (at > start) this.#putMask();
    return at;
  }

  #word(start: number): number {
    const bytes = this.#bytes;
    let at = start;
    let digits = 0;
    let hex = 0;
    let lower = 0;
    let upper = 0;
    let folded = FNV32_START;
    /** Of the last part, as in `db_password`, `--token` and `accessToken`. */
    let part = FNV32_START;
    let before = 0;
    for (; at < this.#end; at++) {
      const byte = bytes[at] as number;
      if (!isWordByte(byte)) break;
      if (byte >= 0x30 && byte <= 0x39) digits++;
      else if (isLower(byte)) lower++;
      else if (isUpper(byte)) upper++;
      if ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66) hex++;
      folded = foldedStep(folded, byte);
      const isJoint = byte === DASH || byte === UNDERSCORE;
      if (isJoint || (isUpper(byte) && isLower(before))) part = FNV32_START;
      if (!isJoint) part = foldedStep(part, byte);
      before = byte;
    }
    const length = at - start;
    this.#opensText = false;
    this.#secrecy = 0;
    this.#isTextKey = false;
    if (digits > 0 || length > WORD_BYTES_MAX || (hex === length && length > HEX_BYTES_MAX)) {
      if (digits > 0 && lower > 0 && upper > 0 && length >= NOISE_BYTES_MIN) this.#isNoise = true;
      this.#putMask();
      return at;
    }
    for (let i = start; i < at; i++) this.#put(bytes[i] as number);
    const known = knownWord(folded);
    const secrecy = (known ?? knownWord(part))?.secrecy ?? 0;
    this.#isTextKey = known?.isTextKey === true;
    this.#secrecy = secrecy;
    if (secrecy > 1 && this.#isSpaceAt(at)) this.#secretTokens = secrecy - 1;
    return at;
  }

  /** One mask for several values that are joined. */
  #putMask(): void {
    const out = this.#out;
    const last = this.#used - 1;
    if (last >= this.#tokenAt && out[last] === MASK) return;
    const isJoined = last > this.#tokenAt && JOINERS[out[last] as number] === 1;
    if (isJoined && out[last - 1] === MASK) this.#used--;
    else this.#put(MASK);
  }

  #put(byte: number): void {
    this.#out[this.#used++] = byte;
  }
}
