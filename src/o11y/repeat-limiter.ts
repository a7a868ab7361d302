// Sums up events that repeat: the first ones of a kind are printed as they come, and the rest of
// the period becomes one line with a count. It holds one small entry per kind, for a bounded number
// of kinds, and no timer of its own.

import { LOG_REPEAT_KEYS_MAX, LOG_REPEAT_PERIOD_MS } from "../core/limits.ts";
import type { LogFields } from "./log-format.ts";
import type { RepeatRule } from "./log-table.ts";

export type EmitLine = (event: string, fields: LogFields) => void;

interface Kind {
  readonly event: string;
  readonly sum: readonly string[];
  readonly sums: number[];
  printed: number;
  held: number;
  last: LogFields;
}

export class RepeatLimiter {
  readonly #kinds = new Map<string, Kind>();
  readonly #print: EmitLine;
  readonly #periodMs: number;

  constructor(print: EmitLine, periodMs = LOG_REPEAT_PERIOD_MS) {
    this.#print = print;
    this.#periodMs = periodMs;
  }

  /** True when nothing is remembered, so no period need end. */
  get idle(): boolean {
    return this.#kinds.size === 0;
  }

  /** What is held, as lines for a report: how often, and nothing that was in it. */
  held(): readonly string[] {
    const held = new Map<string, number>();
    for (const kind of this.#kinds.values()) {
      if (kind.held > 0) held.set(kind.event, (held.get(kind.event) ?? 0) + kind.held);
    }
    return [...held].map(([event, times]) => `not logged yet: ${event}, ${times} more`);
  }

  /** Prints the event, or holds it for the summary of this period, and is true then. */
  take(event: string, rule: RepeatRule<string>, fields: LogFields): boolean {
    const kind = this.#kind(event, rule, fields);
    if (kind.printed < rule.burst) {
      kind.printed++;
      this.#print(event, fields);
      return false;
    }
    kind.held++;
    kind.last = fields;
    for (let i = 0; i < kind.sum.length; i++) {
      const value = fields[kind.sum[i] ?? ""];
      if (typeof value === "number") kind.sums[i] = (kind.sums[i] ?? 0) + value;
    }
    return true;
  }

  /**
   * Ends the period: one line for each kind that held something, with the sums, `repeated` and
   * `period_s`. A kind that held something stays silent in the next period too, but for its
   * summary; a quiet one is forgotten.
   */
  endPeriod(): void {
    for (const [key, kind] of this.#kinds) {
      if (kind.held === 0) {
        this.#kinds.delete(key);
        continue;
      }
      const summary: Record<string, unknown> = { ...kind.last };
      for (let i = 0; i < kind.sum.length; i++) summary[kind.sum[i] ?? ""] = kind.sums[i];
      summary["repeated"] = kind.held;
      summary["periodS"] = this.#periodMs / 1000;
      kind.held = 0;
      kind.sums.fill(0);
      this.#print(kind.event, summary);
    }
  }

  #kind(event: string, rule: RepeatRule<string>, fields: LogFields): Kind {
    let key = event;
    for (const name of rule.by) key += `\n${String(fields[name])}`;
    // Past the bound, all further kinds of an event share one entry.
    if (!this.#kinds.has(key) && this.#kinds.size >= LOG_REPEAT_KEYS_MAX) key = event;
    const known = this.#kinds.get(key);
    if (known !== undefined) return known;
    const sum = rule.sum ?? [];
    const kind = { event, sum, sums: sum.map(() => 0), printed: 0, held: 0, last: fields };
    this.#kinds.set(key, kind);
    return kind;
  }
}
