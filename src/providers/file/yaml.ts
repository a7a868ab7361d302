// YAML 1.2 to plain trees, fast where that is safe and exact where it is not, and within bounds
// whatever the text is: it need not be YAML. Knows nothing of policies.

import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type ParsedNode,
  Parser,
} from "yaml";
import { YAML_DEPTH_MAX, YAML_TOKENS_MAX, YAML_UNFOLDED_CHARS_MAX } from "../../core/limits.ts";
import { type PathSegment, spellingless } from "../../policy/decode/index.ts";

/** Why a text cannot be read, without any word of it; `offset` is in UTF-16 units. */
export class YamlError extends Error {
  readonly code = "yaml";
  readonly offset: number;
  constructor(reason: string, offset: number) {
    super(reason);
    this.name = "YamlError";
    this.offset = offset;
  }
}

export interface YamlDocument {
  /** Objects, lists, strings, booleans, numbers and null; whole numbers beyond 2^53 are bigint. */
  readonly tree: unknown;
  /**
   * Where the value at a path stands, or the nearest one above it. The text may be read again on
   * the first call. Throws YamlError when it is too large for that.
   */
  readonly offsetOf: (path: readonly PathSegment[]) => number;
}

/** Throws YamlError. */
export function parseYaml(text: string): YamlDocument {
  const tokens = countTokens(text);
  let exact: ExactYaml | undefined;
  const read = () => (exact ??= exactYaml(text, tokens.all));
  const quick = quickYaml(text, tokens.keys);
  const tree = quick === undefined ? read().tree : quick.tree;
  return { tree, offsetOf: (path) => offsetIn(read().document, path) };
}

interface Tokens {
  readonly all: number;
  /**
   * Number of `key:` in the text; undefined when it has anchors, aliases, tags, `?`, `<<` or
   * several documents.
   */
  readonly keys: number | undefined;
}

/** Longer numbers take the time of the square of their length; no value needs one. */
const LONG_NUMBER_CHARS_MAX = 400;
const NUMBER = /^[-+.\w]+$/;

function countTokens(text: string): Tokens {
  let all = 0;
  let keys: number | undefined = 0;
  let offset = 0;
  for (const token of new Lexer().lex(text)) {
    all++;
    if (token === ":") keys = keys === undefined ? undefined : keys + 1;
    else if (token === "---" && keys !== 0) keys = undefined;
    else if (token === "?" || token === "<<" || /^[&*!%]/.test(token)) keys = undefined;
    else if (token.length > LONG_NUMBER_CHARS_MAX && /\d/.test(token[1] ?? "")) {
      if (NUMBER.test(token))
        throw new YamlError(LONG_NUMBER_REASON, Math.min(offset, text.length));
    }
    // Marks between tokens stand for no text.
    if (!MARKS.has(token)) offset += token.length;
  }
  return { all, keys };
}

const LONG_NUMBER_REASON = `a number of more than ${LONG_NUMBER_CHARS_MAX} characters; write it in quotes`;
/** What the lexer puts before documents, scalars and flow ends. */
const MARKS = new Set(["\u0002", "\u0018", "\u001f"]);

/**
 * Past this many digits a whole number may be beyond 2^53; in quotes it costs a slower look only.
 */
const LONG_NUMBER = /\d{16}/;

/**
 * Bun's parser is an order of magnitude faster than the exact one, but it keeps the last of
 * duplicate keys and rounds long integers. Its tree is taken when it has as many keys as the text
 * has key indicators and nothing else could differ; undefined otherwise.
 */
function quickYaml(text: string, keys: number | undefined): { readonly tree: unknown } | undefined {
  if (keys === undefined || LONG_NUMBER.test(text)) return undefined;
  try {
    const tree: unknown = Bun.YAML.parse(text);
    return keysOf(tree, 0) === keys ? { tree } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Number of keys in a tree. NaN, which equals nothing, when a member is null: in `{a, b: 1}` the
 * first key has no indicator, and could make up for a duplicate. Nor is a tree taken that is very
 * deep.
 */
function keysOf(tree: unknown, depth: number): number {
  if (typeof tree !== "object" || tree === null) return 0;
  if (depth > YAML_DEPTH_MAX) return Number.NaN;
  const values: unknown[] = Object.values(tree);
  const isList = Array.isArray(tree);
  if (!isList && values.includes(null)) return Number.NaN;
  let keys = isList ? 0 : values.length;
  for (const value of values) keys += keysOf(value, depth + 1);
  return keys;
}

interface ExactYaml {
  readonly tree: unknown;
  readonly document: Document.Parsed;
}

function exactYaml(text: string, tokens: number): ExactYaml {
  if (tokens > YAML_TOKENS_MAX) {
    const reason = `is not the YAML of policies, or too large to say what is wrong with it`;
    throw new YamlError(`${reason}; split it, or write JSON`, 0);
  }
  const composer = new Composer({
    intAsBigInt: true,
    merge: true,
    // Found below, in linear time.
    uniqueKeys: false,
  });
  // The first error is the one that is told, and ends it all: a text that is no YAML may have
  // millions. The composer reports what it catches once more.
  let first: YamlError | undefined;
  const onError: OnError = (source, code, message, warning) => {
    if (warning === true) return;
    first ??= new YamlError(REASONS[code] ?? message, startOf(source));
    throw first;
  };
  Object.assign(composer, { onError });
  let document: Document.Parsed | undefined;
  for (const one of composer.compose(new Parser().parse(text), true, text.length)) {
    if (document !== undefined) throw new YamlError(SEVERAL_DOCUMENTS, one.range[0]);
    document = one;
  }
  if (document === undefined) throw new YamlError("is not YAML", 0);
  return { tree: new TreeBuilder().build(document.contents), document };
}

/** The composer's own, which it does not export. */
type ErrorSource = number | readonly [number, number] | { readonly offset: number };
type OnError = (source: ErrorSource, code: string, message: string, warning?: boolean) => void;

function startOf(source: ErrorSource): number {
  if (typeof source === "number") return source;
  return "offset" in source ? source.offset : source[0];
}

const SEVERAL_DOCUMENTS = 'several documents; put all policies into one list under "policies"';
const DUPLICATE_KEY = "duplicate key; keep one of the two";
const NO_ANCHOR = "an alias whose anchor does not stand before it";

/** What the parser calls by jargon, without a cure, or with words of the text. */
const REASONS: Readonly<Partial<Record<string, string>>> = {
  BAD_ALIAS: "an alias that is not written as one",
  BAD_DIRECTIVE: "a line that begins with % is no directive",
  BAD_DQ_ESCAPE:
    "an invalid escape in double quotes; in single quotes a backslash stands for itself",
  MULTIPLE_DOCS: SEVERAL_DOCUMENTS,
  RESOURCE_EXHAUSTION: "nested too deep",
  TAB_AS_INDENT: "a tab indents this line; use blanks",
  TAG_RESOLVE_FAILED: "a tag that its value does not fit",
  UNEXPECTED_TOKEN: "something that YAML does not allow here",
};

/** A part of the tree, with about the characters that it has when aliases are written out. */
interface Built {
  readonly value: unknown;
  readonly chars: number;
}

/** From nodes to plain values; what an alias stands for is shared, and counted each time. */
class TreeBuilder {
  readonly #anchors = new Map<string, Built>();
  #chars = 0;

  build(node: ParsedNode | null): unknown {
    return this.#built(node, 0).value;
  }

  #built(node: ParsedNode | null, depth: number): Built {
    if (depth > YAML_DEPTH_MAX) throw new YamlError("nested too deep", node?.range[0] ?? 0);
    if (isAlias(node)) {
      const known = this.#anchors.get(node.source);
      if (known === undefined) throw new YamlError(NO_ANCHOR, node.range?.[0] ?? 0);
      this.#count(known.chars, node.range?.[0] ?? 0);
      return known;
    }
    const before = this.#chars;
    const value = this.#valueOf(node, depth);
    this.#count(typeof value === "string" ? value.length + NODE_CHARS : NODE_CHARS, 0);
    const built = { value, chars: this.#chars - before };
    if (node?.anchor !== undefined) this.#anchors.set(node.anchor, built);
    return built;
  }

  #count(chars: number, offset: number): void {
    this.#chars += chars;
    if (this.#chars > YAML_UNFOLDED_CHARS_MAX) throw new YamlError(UNFOLDED, offset);
  }

  #valueOf(node: ParsedNode | null, depth: number): unknown {
    if (isSeq(node)) return node.items.map((item) => this.#built(item, depth + 1).value);
    if (isMap(node)) return this.#mapOf(node.items, depth);
    return isScalar(node) ? plain(node.value) : null;
  }

  #mapOf(
    items: readonly { readonly key: ParsedNode; readonly value: ParsedNode | null }[],
    depth: number,
  ): Record<string, unknown> {
    const members = new Map<string, unknown>();
    const own = new Set<string>();
    for (const { key, value } of items) {
      const name = this.#keyOf(key, depth);
      if (own.has(name)) throw new YamlError(DUPLICATE_KEY, key.range[0]);
      own.add(name);
      const member = this.#built(value, depth + 1).value;
      if (!isMergeKey(key)) {
        members.set(name, member);
        continue;
      }
      for (const merged of Array.isArray(member) ? member : [member]) {
        if (!isPlainObject(merged)) {
          throw new YamlError("<< merges maps only", key.range[0]);
        }
        for (const [from, one] of Object.entries(merged)) {
          if (!members.has(from)) members.set(from, one);
        }
      }
    }
    return Object.fromEntries(members);
  }

  #keyOf(key: ParsedNode, depth: number): string {
    if (isMergeKey(key)) return "<<";
    const { value } = this.#built(key, depth + 1);
    switch (typeof value) {
      case "string":
        return value;
      case "number":
      case "bigint":
      case "boolean":
        return String(value);
      default:
        if (value === null) return "";
        throw new YamlError("a key that is no text", key.range[0]);
    }
  }
}

/** What a value costs beside its text. */
const NODE_CHARS = 8;
const UNFOLDED = "aliases that unfold to more than the largest file may hold";

/** `<<`, which the composer has made a symbol. */
function isMergeKey(node: ParsedNode): boolean {
  return isScalar(node) && typeof node.value === "symbol";
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Integers of 53 bits become numbers again: only long ones need to be bigint. */
function plain(value: unknown): unknown {
  if (typeof value === "symbol") return "<<";
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function offsetIn(document: Document.Parsed, path: readonly PathSegment[]): number {
  let node: ParsedNode | null = document.contents;
  let offset = node?.range[0] ?? 0;
  for (const segment of path) {
    const next = childOf(node, segment);
    if (next === undefined) break;
    node = next;
    offset = next.range[0];
  }
  return offset;
}

function childOf(node: ParsedNode | null, segment: PathSegment): ParsedNode | undefined {
  if (typeof segment === "number") return isSeq(node) ? node.items[segment] : undefined;
  if (isMap(node)) {
    const wanted = spellingless(segment);
    for (const { key, value } of node.items) {
      const name = String((key as { readonly value?: unknown }).value);
      if (name === segment || spellingless(name) === wanted) {
        return value ?? key;
      }
    }
  }
  return undefined;
}
