// Redacts copies of records as the policy that keeps them redacts records: each copy is judged
// again, alone, by a policy that only removes and redacts. Fails closed: what cannot be redacted as
// asked is removed. Loaded only if a target asks for it.

import {
  createEngine,
  type Engine,
  type Evaluation,
  type OfferSource,
} from "../../policy/index.ts";
import type { LoneRecords } from "../../protocols/index.ts";

const NOTHING = new Uint8Array(0);

export class Redactor {
  readonly #nowMs: () => number;
  /** By the source, which is one object for all records of a policy. */
  readonly #evaluations = new WeakMap<OfferSource, Evaluation>();

  /** Monotonic milliseconds. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The document without what its policy hides; undefined: the document must not be kept. */
  redact(
    source: OfferSource,
    { format, before, after }: LoneRecords,
    document: Uint8Array,
  ): Uint8Array | undefined {
    try {
      const evaluation = this.#evaluationOf(source);
      const body = joined([before, document, after]);
      const outcome = format.filter(body, evaluation);
      const undecided = evaluation.takeTooCostly?.().records ?? 0;
      const { records, dropped, unreadable, body: changed = body } = outcome;
      if (records !== 1 || dropped + unreadable + undecided > 0) return undefined;
      const stands = startsWith(changed, before) && changed.length >= before.length + after.length;
      return stands ? changed.slice(before.length, changed.length - after.length) : undefined;
    } catch {
      return undefined;
    }
  }

  #evaluationOf(source: OfferSource): Evaluation {
    const known = this.#evaluations.get(source);
    if (known !== undefined) return known;
    const evaluation = this.#engineOf(source).evaluation(source.signal);
    if (evaluation === undefined) throw new TypeError("a policy that was in force does not work");
    this.#evaluations.set(source, evaluation);
    return evaluation;
  }

  #engineOf({ policy: id, signal, redactions }: OfferSource): Engine {
    const engine = createEngine({
      // The policy was in force, so its patterns are known to be valid.
      validateRegex: () => undefined,
      nowMs: this.#nowMs,
      random: () => 0,
    });
    const transform = { remove: [], redact: [], ...redactions, rename: [], add: [] };
    // Without matchers it applies to every record: this one is known to belong to the policy.
    const target = { signal, matchers: [], keep: { kind: "all" }, transform } as const;
    const policy = { id, name: id, enabled: true, extensions: [], errors: [], target };
    const steps = engine.replace([policy]);
    while (steps.next().done !== true);
    return engine;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = parts.filter(({ length }) => length > 0);
  return whole.length === 1 ? (whole[0] ?? NOTHING) : new Uint8Array(Buffer.concat(whole));
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}
