// Reads JSON (RFC 8259) exactly: whole numbers beyond 2^53 become bigint, a duplicate key is an
// error, and every error has its place. It is for documents that people write, policies and
// configurations, not for telemetry.

import { shortened } from "../printable.ts";
import { DOCUMENT_DEPTH_MAX, NUMBER_CHARS_MAX } from "../limits.ts";
import { DocumentError } from "./document-error.ts";

const KEY_CHARS_SHOWN_MAX = 60;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
/** A whole number with this many characters may exceed 2^53. */
const EXACT_DIGITS = 15;

/**
 * The tree of a JSON text, in which objects and lists are nested at most `depthMax` deep. Throws
 * DocumentError.
 */
export function parseJson(text: string, depthMax = DOCUMENT_DEPTH_MAX): unknown {
  return allSteps(parseJsonSteps(text, depthMax));
}

/** Like `parseJson`, in steps of about a millisecond. Throws DocumentError. */
export function* parseJsonSteps(
  text: string,
  depthMax = DOCUMENT_DEPTH_MAX,
): Generator<undefined, unknown> {
  const reader = new JsonReader(text, depthMax);
  const tree = yield* reader.value();
  reader.end();
  return tree;
}

/** Characters read per step, before yielding to the event loop: about a millisecond. */
const STEP_CHARS = 32 * 1024;

/** Takes all steps at once. */
export function allSteps<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** An object or a list that is being read. */
type Open =
  | { readonly tree: Record<string, unknown>; readonly isList: false; key: string }
  | { readonly tree: unknown[]; readonly isList: true };

/** Used in place of a value that is an object or a list, whose first item comes next. */
const OPENED = Symbol("opened");

/** Sets a member. A key such as `__proto__` must not reach the object's prototype. */
function setMember(members: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") Object.defineProperty(members, key, { value, enumerable: true });
  else members[key] = value;
}

/** One pass over a text. `value` reads the value at `at` and moves `at` after it. */
export class JsonReader {
  readonly text: string;
  /** Counts UTF-16 units; a byte order mark is skipped. */
  at: number;
  private readonly depthMax: number;

  constructor(text: string, depthMax = DOCUMENT_DEPTH_MAX) {
    this.text = text;
    this.depthMax = depthMax;
    this.at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  }

  /** Pauses between any two values, because a single item may be nearly the whole text. */
  *value(): Generator<undefined, unknown> {
    const open: Open[] = [];
    let pausedAt = this.at;
    for (;;) {
      let value = this.begun(open);
      while (value !== OPENED) {
        const top = open.at(-1);
        if (top === undefined) return value;
        if (this.hasMore(top, value)) break;
        open.pop();
        value = top.tree;
      }
      if (this.at - pausedAt < STEP_CHARS) continue;
      yield undefined;
      pausedAt = this.at;
    }
  }

  /** Checks that nothing but white space is left. */
  end(): void {
    this.peek();
    if (this.at < this.text.length) {
      throw this.unexpected("expected the end of the document");
    }
  }

  /** The next character that is not white space; NaN at the end. */
  peek(): number {
    let char = this.text.charCodeAt(this.at);
    while (char === SPACE || char === 0x0a || char === 0x0d || char === 0x09) {
      char = this.text.charCodeAt(++this.at);
    }
    return char;
  }

  /** Reads a key and the colon after it. */
  key(): string {
    if (this.peek() !== QUOTE) {
      throw this.unexpected("expected a key in double quotes");
    }
    const key = this.string();
    if (this.peek() !== COLON) {
      throw this.unexpected('expected ":" after the key');
    }
    this.at++;
    return key;
  }

  /** Reads a key that the object does not contain yet. */
  newKey(members: Readonly<Record<string, unknown>>): string {
    this.peek();
    const start = this.at;
    const key = this.key();
    if (!Object.hasOwn(members, key)) return key;
    const shown = JSON.stringify(shortened(key, KEY_CHARS_SHOWN_MAX));
    throw this.error(`duplicate key ${shown}; keep one of the two`, start);
  }

  /** Whether another item follows; consumes the comma, or the closing bracket. */
  another(close: number, what: string): boolean {
    const char = this.peek();
    const closing = String.fromCharCode(close);
    if (char !== COMMA && char !== close) {
      throw this.unexpected(`expected "," or "${closing}" ${what}`);
    }
    const comma = this.at++;
    if (char === close) return false;
    if (this.peek() === close) {
      throw this.error(`a comma stands before "${closing}"; take it away`, comma);
    }
    return true;
  }

  /** Consumes the opening bracket. Returns whether there is an item. */
  opened(close: number, depth: number): boolean {
    if (depth >= this.depthMax) {
      throw this.error(`nested deeper than ${this.depthMax} levels`, this.at);
    }
    this.at++;
    if (this.peek() !== close) return true;
    this.at++;
    return false;
  }

  /** Reads the next value; of a non-empty object or list, only its beginning. */
  private begun(open: Open[]): unknown {
    const char = this.peek();
    if (char === BRACE_OPEN) {
      const tree: Record<string, unknown> = {};
      if (!this.opened(BRACE_CLOSE, open.length)) return tree;
      open.push({ tree, isList: false, key: this.newKey(tree) });
      return OPENED;
    }
    if (char === BRACKET_OPEN) {
      const tree: unknown[] = [];
      if (!this.opened(BRACKET_CLOSE, open.length)) return tree;
      open.push({ tree, isList: true });
      return OPENED;
    }
    return this.scalar(char);
  }

  /** Puts a value into its container. Returns whether another one follows there. */
  private hasMore(top: Open, value: unknown): boolean {
    if (top.isList) {
      top.tree.push(value);
      return this.another(BRACKET_CLOSE, "after an item");
    }
    setMember(top.tree, top.key, value);
    if (!this.another(BRACE_CLOSE, "after a member")) return false;
    top.key = this.newKey(top.tree);
    return true;
  }

  private scalar(char: number): unknown {
    if (char === QUOTE) return this.string();
    if (this.text.startsWith("true", this.at)) return this.word(4, true);
    if (this.text.startsWith("false", this.at)) return this.word(5, false);
    if (this.text.startsWith("null", this.at)) return this.word(4, null);
    return this.number();
  }

  private string(): string {
    const start = this.at;
    const { text } = this;
    let at = start + 1;
    let escaped = false;
    for (;;) {
      const char = text.charCodeAt(at);
      if (char === QUOTE) break;
      if (char === BACKSLASH) {
        escaped = true;
        at++;
      } else if (!(char >= SPACE)) {
        const reason = at >= text.length ? "the string has no end" : "a line break or control";
        const cure =
          at >= text.length ? "" : ` character stands in a string; write it as an escape`;
        throw this.error(`${reason}${cure}`, at >= text.length ? start : at);
      }
      at++;
    }
    this.at = at + 1;
    if (!escaped) return text.slice(start + 1, at);
    try {
      // JSON.parse reads a JSON string correctly whatever surrounds it.
      return JSON.parse(text.slice(start, at + 1)) as string;
    } catch {
      throw this.error("the string has an invalid escape; write \\\\ for a backslash", start);
    }
  }

  private number(): number | bigint {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text);
    if (match === null) {
      throw this.unexpected("expected a value");
    }
    this.at += match[0].length;
    if (match[0].length > NUMBER_CHARS_MAX) {
      const reason = `a number of more than ${NUMBER_CHARS_MAX} characters; write it in quotes`;
      throw this.error(reason, this.at - match[0].length);
    }
    const value = Number(match[0]);
    const whole = match[1] === undefined && match[2] === undefined;
    const exact = match[0].length <= EXACT_DIGITS || !whole || Number.isSafeInteger(value);
    return exact ? value : BigInt(match[0]);
  }

  private word<Value>(length: number, value: Value): Value {
    this.at += length;
    return value;
  }

  private error(reason: string, offset: number, wordless?: string): DocumentError {
    return new DocumentError(this.text, reason, offset, wordless);
  }

  private unexpected(expected: string): DocumentError {
    const { at } = this;
    const word = this.wordHere();
    const other = this.foundOther();
    const shown = `${expected}, found ${other ?? JSON.stringify(word.slice(0, 20))}`;
    const wordless = other ?? (word.length === 1 ? JSON.stringify(word) : "a word without quotes");
    return this.error(shown, at, `${expected}, found ${wordless}`);
  }

  /**
   * Describes the next token for errors, and suggests a fix for common mistakes; undefined for a
   * word.
   */
  private foundOther(): string | undefined {
    const { text, at } = this;
    if (at >= text.length) return "the end of the document";
    if (text.startsWith("//", at) || text.startsWith("/*", at) || text[at] === "#") {
      return "a comment; JSON has none, YAML has";
    }
    if (text[at] === "'") return "'; strings stand in double quotes";
    return undefined;
  }

  /** The word at this position, or one character. */
  private wordHere(): string {
    const { text, at } = this;
    const word = /[\w.+-]{1,100}/y;
    word.lastIndex = at;
    return word.exec(text)?.[0] ?? text[at] ?? "";
  }
}
