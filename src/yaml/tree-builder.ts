// Turns the parser's nodes into plain values. The value of an alias is shared, but counted each
// time it is used, so that a text cannot expand beyond its bounds.

import { isObject } from "../core/members.ts";
import { isAlias, isMap, isScalar, isSeq, type ParsedNode } from "yaml";
import type { YamlFault, YamlOptions } from "./options.ts";

/** A part of the tree, with what it counts for when aliases are expanded. */
interface Built {
  readonly node: ParsedNode | null;
  readonly value: unknown;
  readonly values: number;
  readonly chars: number;
}

/** What a value costs in addition to its text. */
const NODE_CHARS = 8;

type Bounds = Pick<YamlOptions, "depthMax" | "valuesMax" | "unfoldedCharsMax">;

export class TreeBuilder {
  /** The node that each alias stands for. */
  readonly targets = new Map<ParsedNode, ParsedNode | null>();
  readonly #depthMax: number;
  readonly #valuesMax: number;
  readonly #charsMax: number;
  readonly #fail: (fault: YamlFault, offset: number) => never;
  readonly #anchors = new Map<string, Built>();
  #values = 0;
  #chars = 0;

  constructor(bounds: Bounds, fail: (fault: YamlFault, offset: number) => never) {
    const { depthMax, valuesMax, unfoldedCharsMax } = bounds;
    this.#depthMax = depthMax;
    this.#valuesMax = valuesMax ?? Number.POSITIVE_INFINITY;
    this.#charsMax = unfoldedCharsMax ?? Number.POSITIVE_INFINITY;
    this.#fail = fail;
  }

  build(node: ParsedNode | null): unknown {
    return this.#built(node, 0).value;
  }

  #built(node: ParsedNode | null, depth: number): Built {
    const offset = node?.range[0] ?? 0;
    if (depth > this.#depthMax) this.#fail("TOO_DEEP", offset);
    if (isAlias(node)) {
      const known = this.#anchors.get(node.source) ?? this.#fail("NO_ANCHOR", offset);
      this.targets.set(node, known.node);
      this.#count(known.values, known.chars, offset);
      return known;
    }
    const before = { values: this.#values, chars: this.#chars };
    const value = this.#valueOf(node, depth);
    this.#count(1, typeof value === "string" ? value.length + NODE_CHARS : NODE_CHARS, offset);
    const values = this.#values - before.values;
    const built = { node, value, values, chars: this.#chars - before.chars };
    if (node?.anchor !== undefined) this.#anchors.set(node.anchor, built);
    return built;
  }

  #count(values: number, chars: number, offset: number): void {
    this.#values += values;
    this.#chars += chars;
    if (this.#values > this.#valuesMax) this.#fail("TOO_MANY_VALUES", offset);
    if (this.#chars > this.#charsMax) this.#fail("UNFOLDED", offset);
  }

  #valueOf(node: ParsedNode | null, depth: number): unknown {
    if (isSeq(node)) return node.items.map((item) => this.#built(item, depth + 1).value);
    if (isMap(node)) return this.#mapOf(node.items, depth);
    return isScalar(node) ? plain(node.value) : null;
  }

  /** Own keys take precedence over those that `<<` merges in. */
  #mapOf(
    items: readonly { readonly key: ParsedNode; readonly value: ParsedNode | null }[],
    depth: number,
  ): Record<string, unknown> {
    const members = new Map<string, unknown>();
    const own = new Set<string>();
    for (const { key, value } of items) {
      const name = this.#keyOf(key, depth);
      if (own.has(name)) this.#fail("DUPLICATE_KEY", key.range[0]);
      own.add(name);
      const member = this.#built(value, depth + 1).value;
      if (!isMergeKey(key)) {
        members.set(name, member);
        continue;
      }
      for (const merged of Array.isArray(member) ? member : [member]) {
        if (!isObject(merged)) return this.#fail("MERGE_OF_NO_MAP", key.range[0]);
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
        return value === null ? "" : this.#fail("KEY_NOT_TEXT", key.range[0]);
    }
  }
}

/** `<<`, which the composer has made a symbol. */
export function isMergeKey(node: ParsedNode): boolean {
  return isScalar(node) && typeof node.value === "symbol";
}

/** Turns integers of up to 53 bits into numbers again: only long ones need to be bigint. */
function plain(value: unknown): unknown {
  if (typeof value === "symbol") return "<<";
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
