// Reads the YAML of policies: with Bun's parser, which is an order of magnitude faster than the
// exact one, where that is safe, and with the exact one elsewhere.

import { Lexer } from "yaml";
import { DocumentError } from "../core/document/document-error.ts";
import {
  DOCUMENT_DEPTH_MAX,
  YAML_TOKENS_MAX,
  YAML_UNFOLDED_CHARS_MAX,
  NUMBER_CHARS_MAX,
} from "../core/limits.ts";
import type { YamlOptions } from "./options.ts";
import { readYaml, type YamlDocument } from "./read-yaml.ts";

/**
 * `find` may have to read the text again at its first call. Throws DocumentError; so does `find` if
 * the text is too large for that.
 */
export function readYamlQuickly(text: string, reasons: YamlOptions["reasons"] = {}): YamlDocument {
  const tokens = countTokens(text);
  let exact: YamlDocument | undefined;
  const read = (): YamlDocument => (exact ??= readExactly(text, tokens.all, reasons));
  const quick = quickYaml(text, tokens.keys);
  const tree = quick === undefined ? read().tree : quick.tree;
  return { tree, find: (path, isExact) => read().find(path, isExact) };
}

function readExactly(
  text: string,
  tokens: number,
  reasons: NonNullable<YamlOptions["reasons"]>,
): YamlDocument {
  if (tokens > YAML_TOKENS_MAX) {
    const reason = `is not the YAML of policies, or too large to say what is wrong with it`;
    throw new DocumentError(text, `${reason}; split it, or write JSON`, 0);
  }
  const bounds = { depthMax: DOCUMENT_DEPTH_MAX, unfoldedCharsMax: YAML_UNFOLDED_CHARS_MAX };
  return readYaml(text, { ...bounds, reasons });
}

interface Tokens {
  readonly all: number;
  /** The number of `key:` in the text; undefined if the parsers may differ on it (Doubts). */
  readonly keys: number | undefined;
}

const NUMBER = /^[-+.\w]+$/;

function countTokens(text: string): Tokens {
  const doubts = new Doubts();
  let all = 0;
  let keys = 0;
  let offset = 0;
  for (const token of new Lexer().lex(text)) {
    all++;
    doubts.see(token);
    if (token === ":") keys++;
    else if (token.length > NUMBER_CHARS_MAX && /\d/.test(token[1] ?? "") && NUMBER.test(token)) {
      throw new DocumentError(text, LONG_NUMBER_REASON, Math.min(offset, text.length));
    }
    // Marks between tokens represent no text.
    if (!MARKS.has(token)) offset += token.length;
  }
  return { all, keys: doubts.isAny ? undefined : keys };
}

/** The lexer's marks before words without quotes, and before documents. */
const PLAIN = "\u001f";
const DOCUMENT = "\u0002";
/** And before other tokens that represent no text. */
const MARKS = new Set([DOCUMENT, "\u0018", PLAIN]);
/** How words must not begin, which Bun's parser does not check (YAML 1.2.2, section 7.3.3). */
const NO_WORD = /^[,\]}@`]/;

/**
 * Looks for what the parsers do not agree on: anchors, aliases, tags, `?`, `<<`, several documents,
 * words that must not begin in this way, and flow collections of several lines inside others.
 */
class Doubts {
  isAny = false;
  #before = "";
  #openFlows = 0;
  #isAllFlow = false;

  see(token: string): void {
    const before = this.#before;
    this.#before = token;
    if (token === "{" || token === "[") {
      this.#openFlows++;
      if (before === DOCUMENT) this.#isAllFlow = true;
    } else if (token === "}" || token === "]") this.#openFlows--;
    this.isAny ||=
      token === "..." ||
      token === "?" ||
      token === "<<" ||
      (token === "---" && before !== DOCUMENT) ||
      (token === "\n" && this.#openFlows > 0 && !this.#isAllFlow) ||
      (before === PLAIN && NO_WORD.test(token)) ||
      /^[&*!%]/.test(token);
  }
}

const LONG_NUMBER_REASON = `a number of more than ${NUMBER_CHARS_MAX} characters; write it in quotes`;

/**
 * A whole number with more digits than this may exceed 2^53; if it is in quotes, this only costs a
 * slower read.
 */
const LONG_NUMBER = /\d{16}/;

/**
 * Tabs and other control characters, and line ends other than "\n" and "\r\n": the parsers differ
 * on what they are.
 */
const ODD_SPACE = /[^\P{Cc}\n\r]|\r(?!\n)|[\u00a0\u2028\u2029\ufeff]/u;

/**
 * Bun's parser keeps the last of duplicate keys and rounds long integers. So its tree is used only
 * if it has as many keys as the text has key indicators and nothing else could differ; undefined
 * otherwise.
 */
function quickYaml(text: string, keys: number | undefined): { readonly tree: unknown } | undefined {
  if (keys === undefined || LONG_NUMBER.test(text) || ODD_SPACE.test(text)) return undefined;
  try {
    const tree: unknown = Bun.YAML.parse(text);
    return keysOf(tree, 0) === keys ? { tree } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The number of keys in a tree. NaN, which equals nothing, if a member is null: in `{a, b: 1}` the
 * first key has no indicator, and could make up for a duplicate. A very deep tree is not accepted
 * either.
 */
function keysOf(tree: unknown, depth: number): number {
  if (typeof tree !== "object" || tree === null) return 0;
  if (depth > DOCUMENT_DEPTH_MAX) return Number.NaN;
  const values: unknown[] = Object.values(tree);
  const isList = Array.isArray(tree);
  // Bun's parser turns an empty key into this word.
  if (!isList && (values.includes(null) || Object.hasOwn(tree, "null"))) return Number.NaN;
  let keys = isList ? 0 : values.length;
  for (const value of values) keys += keysOf(value, depth + 1);
  return keys;
}
