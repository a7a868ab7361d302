// Finite sets of strings that parts of a regex stand for: literal tests and guards are made from
// them.

import type { Node } from "./syntax/ast.ts";
import { At } from "./syntax/ast.ts";
import { countOf } from "./syntax/char-class.ts";
import { foldCodePoint, orbitOf } from "./syntax/fold.ts";
import { REGEX_LITERALS_MAX } from "../core/limits.ts";

/**
 * One string that a part of a regex matches, and whether it must be at the start or the end of the
 * text. `folds` says for each code point whether its whole orbit is meant. In `cps` such code
 * points are representatives.
 */
export interface Item {
  readonly begin: boolean;
  readonly end: boolean;
  readonly cps: readonly number[];
  readonly folds: readonly boolean[];
}

/** Code points of one item; longer items are not continued. */
const ITEM_LENGTH_MAX = 1024;
const REPLACEMENT = 0xfffd;

export const NOTHING: Item = { begin: false, end: false, cps: [], folds: [] };

export interface ExactLimits {
  readonly items: number;
  /** The largest class that is spelled out. */
  readonly classSize: number;
}
export const ALL_EXACT: ExactLimits = {
  items: REGEX_LITERALS_MAX,
  classSize: REGEX_LITERALS_MAX,
};

/**
 * All strings of `node`, in no particular order, or undefined if they are too many, unbounded or
 * not literal.
 */
export function exactItems(node: Node, limits: ExactLimits): readonly Item[] | undefined {
  switch (node.op) {
    case "empty":
      return [NOTHING];
    case "char":
      if (node.cp === REPLACEMENT || isSurrogate(node.cp)) return undefined;
      return [charItem(node.fold ? foldCodePoint(node.cp) : node.cp, node.fold)];
    case "class":
      return classItems(node.ranges, limits.classSize);
    case "assert":
      if (node.at === At.beginText) return [{ ...NOTHING, begin: true }];
      return node.at === At.endText ? [{ ...NOTHING, end: true }] : undefined;
    case "capture":
      return exactItems(node.sub, limits);
    case "concat": {
      let items: readonly Item[] | undefined = [NOTHING];
      for (const sub of node.subs) {
        const next = exactItems(sub, limits);
        items = next && joinItems(items, next, limits.items);
        if (items === undefined) return undefined;
      }
      return items;
    }
    case "alternate": {
      const items: Item[] = [];
      for (const sub of node.subs) {
        const more = exactItems(sub, limits);
        if (more === undefined || items.length + more.length > limits.items) return undefined;
        items.push(...more);
      }
      return items;
    }
    case "repeat":
      return node.max < 0 ? undefined : repeatItems(node.sub, node.min, node.max, limits);
    default:
      return undefined;
  }
}

function isSurrogate(cp: number): boolean {
  return cp >= 0xd800 && cp <= 0xdfff;
}

function charItem(cp: number, fold: boolean): Item {
  return { begin: false, end: false, cps: [cp], folds: [fold] };
}

function repeatItems(
  sub: Node,
  min: number,
  max: number,
  limits: ExactLimits,
): readonly Item[] | undefined {
  const once = exactItems(sub, limits);
  if (once === undefined) return undefined;
  let power: readonly Item[] | undefined = [NOTHING];
  let all: readonly Item[] = [];
  for (let count = 0; count <= max; count++) {
    if (count > 0) power = joinItems(power, once, limits.items);
    if (power === undefined) return undefined;
    if (count < min) continue;
    all = [...all, ...power];
    if (all.length > limits.items) return undefined;
  }
  return all;
}

/** A class spelled out; members whose whole orbit is in it become one folding item. */
function classItems(ranges: readonly number[], sizeMax: number): readonly Item[] | undefined {
  // An orbit has at most four members.
  if (countOf(ranges) > sizeMax * 4) return undefined;
  const members = new Set<number>();
  for (let i = 0; i < ranges.length; i += 2) {
    for (let cp = ranges[i] as number; cp <= (ranges[i + 1] as number); cp++) members.add(cp);
  }
  const items: Item[] = [];
  for (const cp of members) {
    if (cp === REPLACEMENT || isSurrogate(cp)) return undefined;
    const orbit = orbitOf(cp);
    if (orbit === undefined || !orbit.every((other) => members.has(other))) {
      items.push(charItem(cp, false));
    } else if (foldCodePoint(cp) === cp) {
      items.push(charItem(cp, true));
    }
  }
  return items.length > sizeMax ? undefined : items;
}

/** Every item of `left` followed by every item of `right`; impossible combinations are left out. */
export function joinItems(
  left: readonly Item[],
  right: readonly Item[],
  itemsMax: number,
): readonly Item[] | undefined {
  const joined: Item[] = [];
  for (const a of left) {
    for (const b of right) {
      if ((a.end && b.cps.length > 0) || (b.begin && a.cps.length > 0)) continue;
      if (joined.length >= itemsMax) return undefined;
      if (a.cps.length + b.cps.length > ITEM_LENGTH_MAX) return undefined;
      joined.push({
        begin: a.begin || b.begin,
        end: a.end || b.end,
        cps: b.cps.length === 0 ? a.cps : [...a.cps, ...b.cps],
        folds: b.cps.length === 0 ? a.folds : [...a.folds, ...b.folds],
      });
    }
  }
  return joined;
}

/** How an item treats case: the same way for all of its letters, or mixed. */
export function caseOf(item: Item): "folds" | "exact" | "mixed" {
  let folding = false;
  let exact = false;
  item.cps.forEach((cp, i) => {
    if (item.folds[i] === true) folding = true;
    else if (orbitOf(cp) !== undefined) exact = true;
  });
  if (!folding) return "exact";
  return exact ? "mixed" : "folds";
}

/** A mixed item as items that fold nowhere, or undefined if there are more than `itemsMax`. */
export function spellOut(item: Item, itemsMax: number): readonly Item[] | undefined {
  let out: readonly Item[] = [{ ...NOTHING, begin: item.begin, end: item.end }];
  for (let i = 0; i < item.cps.length; i++) {
    const cp = item.cps[i] as number;
    const choices = (item.folds[i] === true && orbitOf(cp)) || [cp];
    if (out.length * choices.length > itemsMax) return undefined;
    out = out.flatMap((head) =>
      choices.map((choice) => ({
        ...head,
        cps: [...head.cps, choice],
        folds: [...head.folds, false],
      })),
    );
  }
  return out;
}

export function textOf(item: Item): string {
  return String.fromCodePoint(...item.cps);
}
