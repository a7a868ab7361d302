// The text of a policy file, JSON or YAML, to a plain tree that the policy decoder reads. Exact
// about what text formats are careless with: duplicate keys are errors, integers keep 64 bits, and
// every problem has a line and a column.

import { extname } from "node:path";
import { isMap, isSeq, Lexer, LineCounter, parseDocument, visit } from "yaml";
import type { Document, ParsedNode } from "yaml";
import { JsonError, JsonPlaces, parseJson, spellingless } from "../policy/decode/index.ts";
import type { PathSegment } from "../policy/decode/index.ts";

/** Both count from 1; columns in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface PolicyDocument {
  /** Objects, lists, strings, booleans, numbers and null; whole numbers beyond 2^53 are bigint. */
  readonly tree: unknown;
  /**
   * Where the value at a path stands; the nearest one above it when it does not exist. Keys may be
   * in snake_case or lowerCamelCase. The text is read again on the first call.
   */
  locate(path: readonly PathSegment[]): Position;
}

/** A file that cannot be read as a document: `<file>:<line>:<column>: <what>`. */
export class PolicyDocumentError extends Error {
  readonly code = "policy_document";
  readonly file: string;
  readonly line: number;
  readonly column: number;
  constructor(file: string, reason: string, { line, column }: Position) {
    super(`${file}:${line}:${column}: ${reason}`);
    this.name = "PolicyDocumentError";
    this.file = file;
    this.line = line;
    this.column = column;
  }
}

/**
 * Parses a policy file. The format is that of the file's extension (.json, .yaml, .yml), else JSON
 * when it begins with `{` or `[`, else YAML 1.2. Throws PolicyDocumentError.
 */
export function parsePolicyDocument(text: string, fileName: string): PolicyDocument {
  return isJson(text, fileName) ? jsonDocument(text, fileName) : yamlDocument(text, fileName);
}

function isJson(text: string, fileName: string): boolean {
  const extension = extname(fileName).toLowerCase();
  if (extension === ".json") return true;
  if (extension === ".yaml" || extension === ".yml") return false;
  return /^\uFEFF?\s*[{[]/.test(text);
}

function jsonDocument(text: string, fileName: string): PolicyDocument {
  const lines = new Lines(text);
  let tree: unknown;
  try {
    tree = parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new PolicyDocumentError(fileName, error.message, lines.positionOf(error.offset));
  }
  const places = new JsonPlaces(text);
  return { tree, locate: (path) => lines.positionOf(places.offsetOf(path)) };
}

/** Line starts of a text, found when they are first asked for. */
class Lines {
  private readonly text: string;
  private starts: number[] | undefined;

  constructor(text: string) {
    this.text = text;
  }

  positionOf(offset: number): Position {
    const starts = (this.starts ??= startsOf(this.text));
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  }
}

function startsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function yamlDocument(text: string, fileName: string): PolicyDocument {
  const quick = quickYaml(text);
  let exact: ExactYaml | undefined;
  const read = () => (exact ??= exactYaml(text, fileName));
  const tree = quick === undefined ? read().tree : quick.tree;
  return { tree, locate: (path) => positionIn(read(), path) };
}

/**
 * Past this many digits a whole number may be beyond 2^53; in quotes it costs a slower look only.
 */
const LONG_NUMBER = /\d{16}/;

/**
 * Bun's parser is an order of magnitude faster than the exact one, but it keeps the last of
 * duplicate keys and rounds long integers. Its tree is taken when it has as many keys as the text
 * has key indicators and nothing else could differ; undefined otherwise.
 */
function quickYaml(text: string): { readonly tree: unknown } | undefined {
  if (LONG_NUMBER.test(text)) return undefined;
  const keys = keyIndicators(text);
  if (keys === undefined) return undefined;
  try {
    const tree: unknown = Bun.YAML.parse(text);
    return keysOf(tree) === keys ? { tree } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Number of `key:` in the text; undefined when it has anchors, aliases, tags, `?` or several
 * documents.
 */
function keyIndicators(text: string): number | undefined {
  let keys = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === ":") keys++;
    else if (token === "---" && keys > 0) return undefined;
    else if (token === "?" || /^[&*!%]/.test(token)) return undefined;
  }
  return keys;
}

/**
 * Number of keys in a tree. NaN, which equals nothing, when a member is null: in `{a, b: 1}` the
 * first key has no indicator, and could make up for a duplicate.
 */
function keysOf(tree: unknown): number {
  if (typeof tree !== "object" || tree === null) return 0;
  const values: unknown[] = Object.values(tree);
  const isList = Array.isArray(tree);
  if (!isList && values.includes(null)) return Number.NaN;
  return values.reduce<number>((sum, value) => sum + keysOf(value), isList ? 0 : values.length);
}

interface ExactYaml {
  readonly tree: unknown;
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

function exactYaml(text: string, fileName: string): ExactYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, intAsBigInt: true, merge: true });
  const [error] = document.errors;
  if (error !== undefined) {
    const reason = REASONS[error.code] ?? firstLine(error.message);
    throw new PolicyDocumentError(fileName, reason, positionAt(lines, error.pos[0]));
  }
  try {
    return { tree: plain(document.toJS({ maxAliasCount: 100 })), document, lines };
  } catch (error) {
    const reason = error instanceof Error ? firstLine(error.message) : String(error);
    throw new PolicyDocumentError(fileName, reason, positionAt(lines, danglingAlias(document)));
  }
}

/** Where the first alias without an anchor stands; 0 when there is none. */
function danglingAlias(document: Document.Parsed): number {
  let offset = 0;
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return undefined;
      offset = alias.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

/** What the parser calls by jargon or without a cure. */
const REASONS: Readonly<Partial<Record<string, string>>> = {
  DUPLICATE_KEY: "duplicate key; keep one of the two",
  MULTIPLE_DOCS: 'several documents; put all policies into one list under "policies"',
  TAB_AS_INDENT: "a tab indents this line; use blanks",
};

function firstLine(text: string): string {
  const [line = text] = text.split(/ at line \d+|\n/);
  return line;
}

/** Integers of 53 bits become numbers again: only long ones need to be bigint. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

function positionIn({ document, lines }: ExactYaml, path: readonly PathSegment[]): Position {
  let node: ParsedNode | null = document.contents;
  let offset = node?.range[0] ?? 0;
  for (const segment of path) {
    const next = childOf(node, segment);
    if (next === undefined) break;
    node = next;
    offset = next.range[0];
  }
  return positionAt(lines, offset);
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

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
