// Reads YAML 1.2 into the same tree as JSON, with the place of every key and value, so that the
// rest of the configuration does not know which of the two a file was.

import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Document,
  parseDocument,
  type ParsedNode,
} from "yaml";
import { CONFIG_YAML_CHARS_MAX, CONFIG_YAML_NODES_MAX } from "../core/limits.ts";
import { DEPTH_MAX, type JsonEntry, type JsonNode, JsonSyntaxError } from "./json-tree.ts";

/** What the parser calls by jargon or without a cure. */
const REASONS: Readonly<Partial<Record<string, string>>> = {
  BLOCK_AS_IMPLICIT_KEY:
    'a value that ends in a colon, or has ": " in it, needs quotes, as in "stdout:"',
  BAD_DQ_ESCAPE:
    "an invalid escape in double quotes; in single quotes a backslash stands for itself",
  DUPLICATE_KEY: "a key is there twice",
  MULTIPLE_DOCS: "several documents; write one",
  TAB_AS_INDENT: "a tab indents this line; use blanks",
};

/** @throws {JsonSyntaxError} */
export function parseYamlTree(text: string): JsonNode {
  // The parser's time can grow with the square of a text that is no YAML.
  if (text.length > CONFIG_YAML_CHARS_MAX) {
    const cure = `allowed in YAML: ${CONFIG_YAML_CHARS_MAX} characters; write JSON`;
    throw new JsonSyntaxError(`${text.length} characters; ${cure}`, 0);
  }
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) {
    const reason = REASONS[error.code] ?? error.message.split(/ at line \d+|\n/)[0] ?? "";
    throw new JsonSyntaxError(reason, error.pos[0]);
  }
  return new Converter(document).node(document.contents, 0, 0);
}

class Converter {
  readonly #document: Document.Parsed;
  #count = 0;

  constructor(document: Document.Parsed) {
    this.#document = document;
  }

  /** `at` stands for nodes that are not written: the value of `key:`. */
  node(node: ParsedNode | null, at: number, depth: number): JsonNode {
    const place = node?.range[0] ?? at;
    if (depth > DEPTH_MAX) {
      throw new JsonSyntaxError(`nested deeper than ${DEPTH_MAX} levels`, place);
    }
    if (++this.#count > CONFIG_YAML_NODES_MAX) {
      throw new JsonSyntaxError(`more than ${CONFIG_YAML_NODES_MAX} values`, place);
    }
    if (isAlias(node)) return this.node(this.#resolve(node), place, depth + 1);
    if (isMap(node)) return { kind: "object", at: place, entries: this.#entries(node, depth + 1) };
    if (isSeq(node)) {
      // A sequence that was parsed holds parsed nodes.
      const items = node.items as readonly (ParsedNode | null)[];
      return {
        kind: "array",
        at: place,
        items: items.map((item) => this.node(item, place, depth + 1)),
      };
    }
    return scalar(isScalar(node) ? node.value : null, place);
  }

  #resolve(alias: ParsedNode): ParsedNode | null {
    const target = isAlias(alias) ? alias.resolve(this.#document) : undefined;
    if (target !== undefined) return target as ParsedNode;
    throw new JsonSyntaxError("an alias without an anchor", alias.range[0]);
  }

  /** Own keys win over those that `<<` merges in. */
  #entries(map: ParsedNode & { items: readonly unknown[] }, depth: number): readonly JsonEntry[] {
    const merged: JsonEntry[] = [];
    const own: JsonEntry[] = [];
    const pairs = map.items as readonly { key: ParsedNode; value: ParsedNode | null }[];
    for (const { key, value } of pairs) {
      const keyAt = key.range[0];
      const name = isScalar(key) ? String(key.value) : "";
      const node = this.node(value, key.range[1], depth);
      if (name !== "<<") own.push({ key: name, keyAt, node });
      else
        for (const one of node.kind === "array" ? node.items : [node]) {
          if (one.kind === "object") merged.push(...one.entries);
        }
    }
    const names = new Set(own.map(({ key }) => key));
    const kept = merged.filter(({ key }) => !names.has(key) && names.add(key));
    return [...kept, ...own];
  }
}

function scalar(value: unknown, at: number): JsonNode {
  switch (typeof value) {
    case "string":
      return { kind: "string", at, value };
    case "number":
      return { kind: "number", at, value };
    case "boolean":
      return { kind: "boolean", at, value };
    default:
      return { kind: "null", at };
  }
}
