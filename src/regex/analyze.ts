// Finds out what a search for a regex amounts to: literal tests if those are equivalent, otherwise
// the literals that every matching text must contain. It never guesses: it returns no guard that
// could miss a match.

import type { Node } from "./syntax/ast.ts";
import { foldCodePoint } from "./syntax/fold.ts";
import { REGEX_LITERALS_MAX } from "../core/limits.ts";
import {
  ALL_EXACT,
  caseOf,
  exactItems,
  joinItems,
  NOTHING,
  spellOut,
  textOf,
  type ExactLimits,
  type Item,
} from "./literals.ts";
import type { LiteralTest, RegexShape, RequiredLiteral } from "./port.ts";

/**
 * Guards spell out only small classes: ten digits after a word would turn one good guard into ten
 * worse ones.
 */
const GUARD_EXACT: ExactLimits = { items: REGEX_LITERALS_MAX, classSize: 4 };
/** Copies of a repeated part that a guard includes on either side of it. */
const GUARD_COPIES_MAX = 4;

/** `root` is an existence tree (existence.ts). */
export function analyzeTree(root: Node): RegexShape {
  const items = exactItems(root, ALL_EXACT);
  if (items !== undefined) {
    if (items.length === 0) return { kind: "never" };
    if (items.some((item) => item.cps.length === 0 && !(item.begin && item.end))) {
      return { kind: "always" };
    }
    const tests = literalTests(items);
    if (tests !== undefined) return { kind: "literals", tests };
  }
  const required = requiredSets(root);
  return required.length === 0 ? { kind: "opaque" } : { kind: "guarded", required };
}

function literalTests(items: readonly Item[]): readonly LiteralTest[] | undefined {
  const tests = new Map<string, LiteralTest>();
  for (const item of items) {
    const how = caseOf(item);
    const plain = how === "mixed" ? spellOut(item, REGEX_LITERALS_MAX) : [item];
    if (plain === undefined) return undefined;
    for (const one of plain) {
      const op = opOf(one);
      const test = { op, text: textOf(one), caseInsensitive: how === "folds" };
      tests.set(`${op}${how === "folds"}${test.text}`, test);
    }
  }
  return tests.size > REGEX_LITERALS_MAX ? undefined : [...tests.values()];
}

function opOf(item: Item): LiteralTest["op"] {
  if (item.begin) return item.end ? "equals" : "starts_with";
  return item.end ? "ends_with" : "contains";
}

/** One set of literals per literal run of the tree. */
function requiredSets(root: Node): readonly (readonly RequiredLiteral[])[] {
  const collector = new Collector();
  collector.visit(root);
  collector.flush();
  return collector.sets;
}

/** Walks a tree from left to right, with the strings that may end at the current position. */
class Collector {
  readonly sets: (readonly RequiredLiteral[])[] = [];
  private run: readonly Item[] = [NOTHING];

  visit(node: Node): void {
    const items = exactItems(node, GUARD_EXACT);
    if (items !== undefined) {
      this.extend(items);
      return;
    }
    switch (node.op) {
      case "capture":
        return this.visit(node.sub);
      case "concat":
        for (const sub of node.subs) this.visit(sub);
        return undefined;
      case "repeat":
        return this.repeat(node.sub, node.min);
      case "alternate":
        this.flush();
        return this.add(alternativeSet(node.subs));
      case "assert":
        // A condition stands between two characters, so the run continues through it.
        return undefined;
      default:
        return this.flush();
    }
  }

  /** Ends the run: what came before is not next to what follows. */
  flush(): void {
    this.add(literalSet(this.run));
    this.run = [NOTHING];
  }

  private extend(items: readonly Item[]): void {
    const joined = joinItems(this.run, items, GUARD_EXACT.items);
    if (joined !== undefined) {
      this.run = joined;
      return;
    }
    this.flush();
    this.run = items;
  }

  private repeat(sub: Node, min: number): void {
    if (min === 0) return this.flush();
    const items = exactItems(sub, GUARD_EXACT);
    if (items === undefined) {
      this.visit(sub);
      return this.flush();
    }
    // The first copies follow what came before, and the last ones come before what follows.
    const copies = Math.min(min, GUARD_COPIES_MAX);
    for (let i = 0; i < copies; i++) this.extend(items);
    this.flush();
    for (let i = 0; i < copies; i++) this.extend(items);
  }

  private add(set: readonly RequiredLiteral[] | undefined): void {
    if (set !== undefined) this.sets.push(set);
  }
}

/**
 * A set that is worth searching for: of a few short literals or of longer ones; undefined
 * otherwise.
 */
function literalSet(items: readonly Item[]): readonly RequiredLiteral[] | undefined {
  if (items.length === 0 || items.some((item) => item.cps.length === 0)) return undefined;
  const literals = new Map<string, RequiredLiteral>();
  for (const item of items) {
    // A run of mixed case is guarded by a weaker literal that ignores case completely.
    const caseInsensitive = caseOf(item) !== "exact";
    const text = textOf(caseInsensitive ? { ...item, cps: item.cps.map(foldCodePoint) } : item);
    literals.set(`${caseInsensitive}${text}`, { text, caseInsensitive });
  }
  return [...literals.values()];
}

/**
 * The best sets of all branches together, or undefined if a branch has none or there are too many.
 */
function alternativeSet(branches: readonly Node[]): readonly RequiredLiteral[] | undefined {
  const union = new Map<string, RequiredLiteral>();
  for (const branch of branches) {
    const best = bestOf(requiredSets(branch));
    if (best === undefined) return undefined;
    for (const literal of best) union.set(`${literal.caseInsensitive}${literal.text}`, literal);
    if (union.size > REGEX_LITERALS_MAX) return undefined;
  }
  return [...union.values()];
}

function bestOf(
  sets: readonly (readonly RequiredLiteral[])[],
): readonly RequiredLiteral[] | undefined {
  let best: readonly RequiredLiteral[] | undefined;
  let bestLength = 0;
  for (const set of sets) {
    const length = Math.min(...set.map((literal) => literal.text.length));
    if (length > bestLength || (length === bestLength && set.length < (best?.length ?? 0))) {
      best = set;
      bestLength = length;
    }
  }
  return best;
}
