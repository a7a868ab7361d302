// A line of a log as words and masks. What may be a value is masked before anything of it is held:
// what no word is like (word-reader.ts), what is quoted, addresses, what stands where values stand:
// behind `=`, `?` and colons, and behind the names of secrets. Left are words of letters and
// punctuation. Nothing is made per line.

import {
  APOSTROPHE,
  AT,
  BACKQUOTE,
  BACKSLASH,
  COLON,
  endsValue,
  EQUALS,
  GREATER,
  isKey,
  isLetter,
  isLineFeed,
  isQuote,
  LINKS,
  NAMED_ENDS,
  NO_ENDS,
  QUESTION,
  QUOTE,
  SLASH,
  SPACE,
  VALUE_ENDS,
} from "./line-bytes.ts";
import {
  closingEscapedQuote,
  closingQuote,
  closingTypographic,
  hasLoneQuote,
  typographicQuote,
  UNCLOSED,
} from "./quotes.ts";
import { MaskedTokens, QUOTED_MASK } from "./masked-tokens.ts";
import { WordReader } from "./word-reader.ts";
import { foldedHash, isWordByte, knownWord } from "./words.ts";

/** Of one line; what is behind is not looked at. */
const LINE_TOKENS_MAX = 64;
const LINE_BYTES_MAX = 1024;
const NOTHING = new Uint8Array(0);
const OUT_BYTES = 2 * LINE_BYTES_MAX + 16;

export class MaskedLine {
  /** There is more behind the last token. */
  isCut = false;
  readonly #seed: number;
  readonly #out = new MaskedTokens(LINE_TOKENS_MAX, OUT_BYTES);
  readonly #reader = new WordReader();
  #bytes: Uint8Array = NOTHING;
  #end = 0;
  /** Where the text ends, that may go on behind the part that is looked at. */
  #textEnd = 0;
  /** Whether it was looked for a quote that has no other, which would be masked from there on. */
  #isPaired = false;
  /** The name of a secret stood before: of what follows, harmless words alone are shown. */
  #isBehindSecret = false;
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
    this.#out.clear();
    this.#secretTokens = this.#secrecy = 0;
    this.#isTextKey = this.#opensText = this.#isInText = false;
    this.isCut = this.#isPaired = this.#isBehindSecret = false;
    this.#textEnd = end;
    const isLonger = end > this.#end;
    let at = this.#skipSpace(start);
    while (at < this.#end) {
      if (this.count === LINE_TOKENS_MAX || this.#isLineEnd(at)) {
        this.isCut = true;
        break;
      }
      at = this.#token(at);
      if (isLonger && at >= this.#end) {
        // Nobody knows how it goes on.
        this.isCut = true;
        break;
      }
      if (this.#isNoise) this.#out.maskToken();
      this.#out.end(this.#seed);
      at = this.#skipSpace(at);
    }
    if (at >= this.#end && isLonger) this.isCut = true;
  }

  get count(): number {
    return this.#out.count;
  }

  /** Of each token; equal tokens have equal ones. */
  get hashes(): Int32Array {
    return this.#out.hashes;
  }

  /** The token, with masks. */
  text(token: number): string {
    return this.#out.text(token);
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

  /** Reads one token; returns the offset behind it. */
  #token(at: number): number {
    this.#out.begin();
    this.#isNoise = false;
    if (this.#secretTokens > 0) at = this.#secret(at);
    while (at < this.#end) {
      const byte = this.#bytes[at] as number;
      if (byte <= SPACE) break;
      at = isWordByte(byte) ? this.#wordOrQuote(at, byte) : this.#mark(at, byte);
    }
    return at;
  }

  #wordOrQuote(at: number, byte: number): number {
    const quoteBytes = byte < 0x80 ? 0 : typographicQuote(this.#bytes, at, this.#end);
    return quoteBytes === 0 ? this.#word(at) : this.#typographic(at, quoteBytes);
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
        this.#out.putMask();
        at++;
        continue;
      }
      const close = this.#closing(at + 1, quote);
      if (close < 0 || this.#isLone(quote, at)) return this.#maskRest(at, 1);
      this.#out.putQuoted(quote);
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
    const isWithin = this.#out.length > 0 && isWordByte(this.#bytes[at - 1] ?? 0);
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
        return this.#escape(at, secrecy);
      case EQUALS:
        this.#out.put(byte);
        if (this.#isSpaceAt(at + 1) && !isTextKey) this.#secretTokens ||= 1;
        if (!isTextKey || this.#isInText) return this.#maskValue(at + 1, VALUE_ENDS);
        this.#opensText = true;
        return at + 1;
      case QUESTION:
        this.#out.put(byte);
        return this.#maskValue(at + 1, NO_ENDS);
      case SLASH:
        this.#out.put(byte);
        return secrecy === 0 ? at + 1 : this.#maskWord(at + 1);
      case GREATER:
        this.#out.put(byte);
        return secrecy === 0 ? at + 1 : this.#maskValue(at + 1, NO_ENDS);
      case COLON:
        this.#out.put(byte);
        return this.#colon(at + 1, secrecy, isTextKey);
    }
    this.#out.put(byte);
    return at + 1;
  }

  /** Behind a name and a colon is a value when it is one word, or the name says so. */
  #colon(at: number, secrecy: number, isTextKey: boolean): number {
    const isName = isLetter(this.#out.fromLast(1) ?? 0);
    if (secrecy === 0 && (!isName || isTextKey)) return at;
    if (this.#isSpaceAt(at)) {
      const isValue = secrecy > 0 || endsValue(this.#bytes, at, this.#end);
      if (isValue) this.#secretTokens = Math.max(1, secrecy - 1);
      return at;
    }
    const isOne = at < this.#end && isLetter(this.#bytes[at] as number);
    return secrecy > 0 || isOne ? this.#maskValue(at, NAMED_ENDS) : at;
  }

  #isSpaceAt(at: number): boolean {
    return at < this.#end && (this.#bytes[at] as number) <= SPACE;
  }

  /** A key of JSON stays, and the text of a message is read on; other strings are masked. */
  #quote(at: number): number {
    if (this.#isLone(QUOTE, at)) return this.#maskRest(at, 1);
    if (this.#isInText || this.#opensText) {
      this.#isInText = !this.#isInText;
      this.#opensText = this.#isBehindSecret = false;
      this.#out.put(QUOTE);
      return at + 1;
    }
    const close = this.#closing(at + 1, QUOTE);
    if (close < 0) return this.#maskRest(at, 1);
    if (
      this.#bytes[close + 1] === COLON &&
      close + 1 < this.#end &&
      isKey(this.#bytes, at + 1, close)
    ) {
      this.#out.putRange(this.#bytes, at, close + 2);
      const key = knownWord(foldedHash(this.#bytes, at + 1, close));
      this.#opensText = key?.isTextKey === true;
      return close + 2;
    }
    this.#out.putQuoted(QUOTE);
    return close + 1;
  }

  /** Whether the quote may be any: somewhere on the line is one too many, or too few. */
  #isLone(quote: number, at: number): boolean {
    if (quote !== QUOTE || this.#isPaired) return false;
    this.#isPaired = !hasLoneQuote(this.#bytes, at, this.#textEnd);
    return !this.#isPaired;
  }

  #otherQuote(at: number, quote: number): number {
    if (!this.#opensQuote(at)) {
      this.#out.put(quote);
      return at + 1;
    }
    const close = this.#closing(at + 1, quote);
    if (close < 0) return this.#maskRest(at, 1);
    if (close + 1 < this.#end && isWordByte(this.#bytes[close + 1] as number)) {
      this.#out.put(quote);
      return at + 1;
    }
    this.#out.putQuoted(quote);
    return close + 1;
  }

  #typographic(at: number, quoteBytes: number): number {
    const close = closingTypographic(this.#bytes, at + quoteBytes, this.#end);
    if (close < 0) return this.#maskRest(at, quoteBytes);
    this.#out.putRange(this.#bytes, at, at + quoteBytes);
    this.#out.put(QUOTED_MASK);
    const end = close + typographicQuote(this.#bytes, close, this.#end);
    this.#out.putRange(this.#bytes, close, end);
    return end;
  }

  /** Masks what is left of the line behind a quote. */
  #maskRest(at: number, quoteBytes: number): number {
    this.#out.putRange(this.#bytes, at, at + quoteBytes);
    this.#out.put(QUOTED_MASK);
    while (at < this.#end && !isLineFeed(this.#bytes[at])) at++;
    return at;
  }

  /** In a text that is quoted itself, quotes are escaped. */
  #escape(at: number, secrecy: number): number {
    const next = at + 1 < this.#end ? (this.#bytes[at + 1] as number) : SPACE;
    this.#out.put(BACKSLASH);
    if (next !== QUOTE && next !== BACKSLASH) {
      return secrecy === 0 ? at + 1 : this.#maskWord(at + 1);
    }
    this.#out.put(next);
    if (next !== QUOTE || !this.#isInText) {
      return secrecy === 0 ? at + 2 : this.#maskWord(at + 2);
    }
    const close = closingEscapedQuote(this.#bytes, at + 2, this.#end);
    this.#out.put(QUOTED_MASK);
    if (close === UNCLOSED) {
      at += 2;
      while (at < this.#end && this.#bytes[at] !== QUOTE) at++;
      return at;
    }
    this.#out.put(BACKSLASH);
    this.#out.put(QUOTE);
    return close + 2;
  }

  #closing(at: number, quote: number): number {
    return closingQuote(this.#bytes, at, this.#end, quote);
  }

  /** Whether there is a quote, or an escaped one. */
  #isTextQuote(at: number): boolean {
    const byte = this.#bytes[at];
    return byte === QUOTE || (byte === BACKSLASH && this.#bytes[at + 1] === QUOTE);
  }

  /** Masks up to the end of the token, or of the value. */
  #maskValue(at: number, ends: Uint8Array): number {
    const start = at;
    while (at < this.#end) {
      const byte = this.#bytes[at] as number;
      if (byte <= SPACE || (this.#isInText && this.#isTextQuote(at))) break;
      if (ends[byte] === 1) break;
      at++;
    }
    if (at > start) this.#out.putMask();
    return at;
  }

  /** A part of a path behind the name of a value. */
  #maskWord(at: number): number {
    const start = at;
    while (at < this.#end && isWordByte(this.#bytes[at] as number)) at++;
    if (at > start) this.#out.putMask();
    return at;
  }

  #word(start: number): number {
    const reader = this.#reader;
    reader.read(this.#bytes, start, this.#end);
    const { end, known, secrecy } = reader;
    this.#opensText = false;
    this.#secrecy = 0;
    this.#isTextKey = false;
    if (reader.isNoise) this.#isNoise = true;
    const isHarmless = secrecy > 0 || known?.isHarmless === true || !reader.hasLetters;
    const isShown = !this.#isBehindSecret || isHarmless;
    if (reader.isValue || !isShown) {
      this.#out.putMask();
      return end;
    }
    this.#out.putRange(this.#bytes, start, end);
    this.#isTextKey = known?.isTextKey === true;
    this.#secrecy = secrecy;
    if (secrecy > 1 && this.#isSpaceAt(end)) {
      this.#secretTokens = secrecy - 1;
      this.#isBehindSecret = true;
    }
    return end;
  }
}
