// Reads JSON (RFC 8259) into a tree that remembers where everything stands, so that every complaint
// about a configuration can name a line and a column. JSON.parse gives no positions and keeps the
// last of duplicate keys.

export type JsonNode =
  | { readonly kind: "object"; readonly at: number; readonly entries: readonly JsonEntry[] }
  | { readonly kind: "array"; readonly at: number; readonly items: readonly JsonNode[] }
  | { readonly kind: "string"; readonly at: number; readonly value: string }
  | { readonly kind: "number"; readonly at: number; readonly value: number }
  | { readonly kind: "boolean"; readonly at: number; readonly value: boolean }
  | { readonly kind: "null"; readonly at: number };

export interface JsonEntry {
  readonly key: string;
  readonly keyAt: number;
  readonly node: JsonNode;
}

/**
 * Text that is not JSON, or JSON with a key twice; `at` is the index in the text where it shows.
 */
export class JsonSyntaxError extends Error {
  readonly code = "json_syntax";
  readonly at: number;
  constructor(reason: string, at: number) {
    super(reason);
    this.name = "JsonSyntaxError";
    this.at = at;
  }
}

/** Objects and lists inside each other. */
export const DEPTH_MAX = 64;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = /[ \t\r\n]*/y;
const WORD = /[A-Za-z_$][A-Za-z0-9_$]*/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** @throws {JsonSyntaxError} */
export function parseJsonTree(text: string): JsonNode {
  const reader = new Reader(text);
  reader.skipSpace();
  const node = reader.value(0);
  reader.skipSpace();
  if (reader.at < text.length) throw reader.unexpected("nothing after the value");
  return node;
}

class Reader {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  skipSpace(): void {
    this.#take(SPACE);
  }

  value(depth: number): JsonNode {
    const at = this.at;
    switch (this.#text[at]) {
      case "{":
        return { kind: "object", at, entries: this.#entries(this.#deeper(depth)) };
      case "[":
        return { kind: "array", at, items: this.#items(this.#deeper(depth)) };
      case '"':
        return { kind: "string", at, value: this.#string() };
      default:
        return this.#number(at) ?? this.#word(at);
    }
  }

  unexpected(expected: string): JsonSyntaxError {
    const code = this.#text.codePointAt(this.at);
    const found = code === undefined ? "the end of the file" : show(String.fromCodePoint(code));
    return new JsonSyntaxError(`expected ${expected}, found ${found}`, this.at);
  }

  #deeper(depth: number): number {
    if (depth < DEPTH_MAX) return depth + 1;
    throw new JsonSyntaxError(`nested deeper than ${DEPTH_MAX} levels`, this.at);
  }

  #entries(depth: number): readonly JsonEntry[] {
    const entries: JsonEntry[] = [];
    const seen = new Set<string>();
    this.at++;
    this.skipSpace();
    if (this.#eat("}")) return entries;
    for (;;) {
      if (this.#text[this.at] !== '"') {
        throw this.unexpected(entries.length === 0 ? 'a key in quotes or "}"' : "a key in quotes");
      }
      const keyAt = this.at;
      const key = this.#string();
      if (seen.has(key)) throw new JsonSyntaxError(`${show(key)} is there twice`, keyAt);
      seen.add(key);
      this.skipSpace();
      if (!this.#eat(":")) throw this.unexpected('":" after the key');
      this.skipSpace();
      entries.push({ key, keyAt, node: this.value(depth) });
      this.skipSpace();
      if (this.#eat("}")) return entries;
      if (!this.#eat(",")) throw this.unexpected('"," or "}" after a value');
      this.skipSpace();
    }
  }

  #items(depth: number): readonly JsonNode[] {
    const items: JsonNode[] = [];
    this.at++;
    this.skipSpace();
    if (this.#eat("]")) return items;
    for (;;) {
      items.push(this.value(depth));
      this.skipSpace();
      if (this.#eat("]")) return items;
      if (!this.#eat(",")) throw this.unexpected('"," or "]" after a value');
      this.skipSpace();
    }
  }

  #string(): string {
    this.at++;
    let value = "";
    for (;;) {
      value += this.#plain();
      const next = this.#text[this.at];
      if (next === '"') {
        this.at++;
        return value;
      }
      if (next !== "\\") throw this.unexpected("the rest of a string in quotes");
      value += this.#escape();
    }
  }

  /** What may stand in a string unescaped: all but quotes, backslashes and control characters. */
  #plain(): string {
    const start = this.at;
    for (; this.at < this.#text.length; this.at++) {
      const code = this.#text.charCodeAt(this.at);
      if (code === QUOTE || code === BACKSLASH || code < 0x20) break;
    }
    return this.#text.slice(start, this.at);
  }

  #escape(): string {
    const letter = this.#text[this.at + 1] ?? "";
    if (letter === "u") {
      const digits = this.#text.slice(this.at + 2, this.at + 6);
      if (/^[0-9A-Fa-f]{4}$/.test(digits)) {
        this.at += 6;
        return String.fromCharCode(Number.parseInt(digits, 16));
      }
    } else if (Object.hasOwn(ESCAPES, letter)) {
      this.at += 2;
      return ESCAPES[letter] ?? "";
    }
    throw new JsonSyntaxError("no such escape in a string; write \\\\ for a backslash", this.at);
  }

  #number(at: number): JsonNode | undefined {
    const digits = this.#take(NUMBER);
    return digits === "" ? undefined : { kind: "number", at, value: Number(digits) };
  }

  #word(at: number): JsonNode {
    const word = this.#take(WORD);
    if (word === "true" || word === "false") return { kind: "boolean", at, value: word === "true" };
    if (word === "null") return { kind: "null", at };
    this.at = at;
    throw this.unexpected("a value");
  }

  #eat(character: string): boolean {
    if (this.#text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.at += found.length;
    return found;
  }
}

function show(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/** Line and column of an index, both from 1; the column counts characters (code points). */
export function positionOf(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  const lead = before.slice(before.lastIndexOf("\n") + 1);
  const column = lead.replaceAll(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g, "_").length + 1;
  return { line, column };
}
