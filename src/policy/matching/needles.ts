// Chooses the byte strings by which a slot's automaton finds its predicates: short literals whole;
// of longer ones, the window that the fewest other predicates share; for a regex, the required
// literals that the fewest others share. Finding a needle makes all of its owners candidates at
// once, so rarity matters more than length.

import { encodeUtf8 } from "../../core/utf8.ts";
import { foldedBytes } from "./literal.ts";
import type { LiteralTest, RequiredLiteral } from "../../regex/index.ts";
import { NEEDLE_BYTES_MAX } from "../../core/limits.ts";

/**
 * A regex whose best needle is shared by more patterns than this is searched for in a regex set
 * instead.
 */
const SHARED_MAX = 24;
/** Needles this short occur in most texts: if more than a few owners share one, it is no guard. */
const SHORT_BYTES = 2;
const SHORT_SHARED_MAX = 4;

/** Needles one of which is in every text that the owner matches. `exact`: and in no other text. */
export interface NeedleChoice {
  readonly needles: readonly Uint8Array[];
  readonly exact: boolean;
}

/** Alternative choices for one owner; any one of them is enough. */
type Alternatives = readonly NeedleChoice[];

/** Counts which owners could use which needle, then lets each owner choose. */
export class NeedleChooser {
  private readonly folding: boolean;
  private readonly owners: Alternatives[] = [];
  private readonly shares = new Map<string, number>();

  /** `folding`: all needles are folded, because some owner ignores case. */
  constructor(folding: boolean) {
    this.folding = folding;
  }

  /** An owner that matches if the text contains one of these literals. */
  addContains(tests: readonly LiteralTest[]): number {
    const exact = tests.every((test) => test.caseInsensitive === this.folding);
    const starts = tests.map((test) => this.windows(test));
    if (starts.every((windows) => windows.length === 1)) {
      return this.addOwner([{ needles: starts.map((windows) => windows[0] as Uint8Array), exact }]);
    }
    const choices = [0, 1, 2].map((which) => ({
      needles: starts.map((windows) => windows[which] ?? (windows[0] as Uint8Array)),
      exact: false,
    }));
    return this.addOwner(choices);
  }

  /** An owner that needs one literal of each of these sets. */
  addGuarded(required: readonly (readonly RequiredLiteral[])[]): number {
    const choices: NeedleChoice[] = [];
    for (const set of required) {
      const windows = set.map((literal) => this.windows(literal));
      for (const which of [0, 1, 2]) {
        if (which > 0 && !windows.some((w) => w.length > which)) continue;
        const needles = windows.map((w) => w[which] ?? (w[0] as Uint8Array));
        choices.push({ needles, exact: false });
      }
    }
    return this.addOwner(choices);
  }

  /** The best choice of the owner; undefined if even that one is too common to guard anything. */
  choose(owner: number): NeedleChoice | undefined {
    let best: NeedleChoice | undefined;
    let bestCost = Number.POSITIVE_INFINITY;
    for (const choice of this.owners[owner] as Alternatives) {
      const cost = this.cost(choice);
      if (cost < bestCost) {
        best = choice;
        bestCost = cost;
      }
    }
    return best;
  }

  /** Whether a choice sets its owner apart from others well enough to guard a regex. */
  isSelective(choice: NeedleChoice): boolean {
    return choice.needles.every((needle) => {
      const shared = this.shares.get(keyOf(needle)) ?? 0;
      return shared <= (needle.length <= SHORT_BYTES ? SHORT_SHARED_MAX : SHARED_MAX);
    });
  }

  private addOwner(alternatives: Alternatives): number {
    const own = new Set<string>();
    for (const choice of alternatives) for (const needle of choice.needles) own.add(keyOf(needle));
    for (const key of own) this.shares.set(key, (this.shares.get(key) ?? 0) + 1);
    this.owners.push(alternatives);
    return this.owners.length - 1;
  }

  /** Fewer sharers first; among equals the longer needle, then the choice with fewer needles. */
  private cost(choice: NeedleChoice): number {
    let shared = 0;
    let shortest = NEEDLE_BYTES_MAX;
    for (const needle of choice.needles) {
      shared += this.shares.get(keyOf(needle)) ?? 0;
      shortest = Math.min(shortest, needle.length);
    }
    const common = shortest <= SHORT_BYTES ? 8 * (SHORT_BYTES + 1 - shortest) : 0;
    return shared + common + (NEEDLE_BYTES_MAX - shortest) / (NEEDLE_BYTES_MAX * 2);
  }

  /** The literal itself if it is short; otherwise its beginning, end and middle. */
  private windows(literal: RequiredLiteral): Uint8Array[] {
    const bytes = this.folding ? foldedBytes(literal.text) : encodeUtf8(literal.text);
    const length = bytes.length;
    if (length <= NEEDLE_BYTES_MAX) return [bytes];
    const middle = (length - NEEDLE_BYTES_MAX) >> 1;
    return [0, length - NEEDLE_BYTES_MAX, middle].map((at) =>
      bytes.subarray(at, at + NEEDLE_BYTES_MAX),
    );
  }
}

function keyOf(needle: Uint8Array): string {
  return String.fromCharCode(...needle);
}
