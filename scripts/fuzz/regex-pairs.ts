// Random patterns, and texts that keep them busy: pieces of few letters, repeated or mixed.

import { Random } from "../random.ts";

export interface Pair {
  /** The first one is searched for alone, all of them as a set. */
  readonly patterns: readonly string[];
  /** The text: this so many times. */
  readonly piece: string;
  readonly copies: number;
  /** Not 0: as many letters of the piece in an order that only this number tells. */
  readonly mixed: number;
}

export function textOf({ piece, copies, mixed }: Pair): string {
  if (mixed === 0) return piece.repeat(copies);
  const letters = Array.from(piece);
  const random = new Random(mixed);
  return Array.from({ length: letters.length * copies }, () => random.of(letters)).join("");
}

const ATOMS = ["a", "b", "[ab]", "[a-m]", "[a-z0-9 ]", "[A-Z]", ".", "(?s:.)", "\\d", "\\w", "é"];
const EDGES = ["^", "$", "\\b", "\\B", "(?m:^)", "(?m:$)"];
const REPEATS = [
  "*",
  "+",
  "?",
  "*?",
  "+?",
  "??",
  "{2}",
  "{0,3}",
  "{3,}",
  "{20}",
  "{1,60}",
  "{200}",
];
const PIECES = ["a", "b", "ab", "A", "Z", "0", " ", "\n", "é", "aé", "x", "abc0 "];

const PATTERNS_MAX = 12;
const DEPTH_MAX = 4;
const TEXT_CHARS_MAX = 12_000;

export class PairSource {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  pair(): Pair {
    const patterns = Array.from({ length: 1 + this.#below(PATTERNS_MAX) }, () => this.#node(0));
    return this.#with(patterns, this.#pieces());
  }

  /** A pair that is like another one. */
  changed({ patterns, piece }: Pair): Pair {
    if (this.#below(3) === 0) return this.#with(patterns, this.#pieces());
    if (this.#below(3) === 0) return this.#with(patterns, piece + this.#of(PIECES));
    const first = patterns[0] ?? "";
    const next = [
      () => `${first}${this.#node(2)}`,
      () => `${this.#node(2)}${first}`,
      () => `${first}|${this.#node(2)}`,
      () => `(${first})${this.#of(REPEATS)}`,
      () => this.#node(0),
    ];
    const changed = this.#of(next)();
    return this.#with([changed, ...patterns.slice(1)], piece);
  }

  /** One to go on from, in half of the cases; undefined: begin anew. */
  pick<T>(list: readonly T[]): T | undefined {
    return list.length === 0 || this.#below(2) === 0 ? undefined : this.#of(list);
  }

  #with(patterns: readonly string[], piece: string): Pair {
    const charsMax = 1 + this.#below(TEXT_CHARS_MAX);
    const copies = Math.max(1, Math.floor(charsMax / piece.length));
    return { patterns, piece, copies, mixed: this.#below(2) * (1 + this.#below(1000)) };
  }

  #pieces(): string {
    const count = 1 + this.#below(6);
    return Array.from({ length: count }, () => this.#of(PIECES)).join("");
  }

  #node(depth: number): string {
    const choice = depth >= DEPTH_MAX ? 0 : this.#below(9);
    const inner = (): string => this.#node(depth + 1);
    if (choice < 3) return this.#of(ATOMS);
    if (choice < 5) return inner() + inner();
    if (choice === 5) return `(?:${inner()}|${inner()})`;
    if (choice === 6) return `(${inner()})${this.#of(REPEATS)}`;
    return choice === 7 ? `(?:${inner()})${this.#of(REPEATS)}` : this.#of(EDGES) + inner();
  }

  #of<T>(list: readonly T[]): T {
    return this.#random.of(list);
  }
  #below(count: number): number {
    return this.#random.below(count);
  }
}
