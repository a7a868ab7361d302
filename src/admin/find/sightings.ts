// What one thread remembers of the logs and spans that it judged, so that it can tell where a trace
// id or a text went. Bounded memory: filters of ids, and samples of records.

import { keepingAll, type PolicyEngine, type Signal } from "../../policy/index.ts";
import { FIND_MATCHES_MAX, FIND_POLICIES_MAX } from "../../core/limits.ts";
import { textSearch } from "../tap/text-search.ts";
import { IdHash, salted } from "./id-hash.ts";
import { RotatingFilter, type Span } from "./rotating-filter.ts";
import { SampleRing } from "./sample-ring.ts";
import { SightedEvaluation, type Sighting } from "./sighted-evaluation.ts";

export type FindQuery = { readonly traceId: string } | { readonly text: string };

/** Where something went: on, when no policy is named, or nowhere. */
export interface Whereabouts extends Span {
  readonly signal: Signal;
  readonly outcome: "forwarded" | "dropped";
  readonly policy: string | undefined;
  /** Of what went on: a policy in shadow that would drop it. */
  readonly wouldDropBy?: string | undefined;
  /** A record that it is in; of texts. */
  readonly record?: Uint8Array;
}

/** What one thread knows. */
export interface FindAnswer {
  /** Unix milliseconds: what was before is not known. */
  readonly sinceMs: number;
  readonly found: readonly Whereabouts[];
  /** Of texts: the records that were looked at, of so many. */
  readonly held: number;
  readonly seen: number;
}

const SIGNALS = ["log", "trace"] as const;
const OTHERS = "(another policy)";
/** In front of the id of a policy that would have dropped something. */
const TRIED = "\u0000";
/** Salts of what was forwarded; those of drops come after. */
const FORWARDED_SALT = 0;

export class Sightings {
  readonly #ids = { forwarded: new RotatingFilter(), dropped: new RotatingFilter() };
  readonly #samples = { forwarded: new SampleRing(), dropped: new SampleRing() };
  /** Numbers of the policies that dropped something, for as long as the program runs. */
  readonly #policies = new Map<string, number>([[OTHERS, 0]]);
  readonly #standIns = { log: keepingAll("log"), trace: keepingAll("trace") };
  readonly nowMs: () => number;
  readonly #startedMs: number;

  /** `nowMs`: wall clock. */
  constructor(nowMs: () => number = Date.now) {
    this.nowMs = nowMs;
    this.#startedMs = nowMs();
  }

  /** `engine`, but what becomes of logs and spans is remembered, also where no policy looks. */
  watching(engine: Pick<PolicyEngine, "evaluation">): Pick<PolicyEngine, "evaluation"> {
    return {
      evaluation: (signal) => {
        const evaluation = engine.evaluation(signal);
        if (signal === "metric") return evaluation;
        return new SightedEvaluation(evaluation ?? this.#standIns[signal], this);
      },
    };
  }

  /** The ring of an outcome when the next record is one to keep. */
  sampleOf(outcome: Whereabouts["outcome"], nowMs: number): SampleRing | undefined {
    const ring = this.#samples[outcome];
    return ring.wants(nowMs) ? ring : undefined;
  }

  /**
   * `policy`: that dropped it, or would have, when it is tried; undefined: it goes on.
   */
  saltOf(signal: Signal, policy: string | undefined, isTried = false): number {
    const name = isTried && policy !== undefined ? TRIED + policy : policy;
    const number = name === undefined ? FORWARDED_SALT : 1 + this.#numberOf(name);
    return number * SIGNALS.length + (signal === "trace" ? 1 : 0);
  }

  #numberOf(policy: string): number {
    const known = this.#policies.get(policy);
    if (known !== undefined) return known;
    if (this.#policies.size > FIND_POLICIES_MAX) return 0;
    const number = this.#policies.size;
    this.#policies.set(policy, number);
    return number;
  }

  /** Remembers what a request came to. */
  take({ a, b, salts, samples }: Sighting): void {
    const nowMs = this.nowMs();
    for (const [i, salt] of salts.entries()) {
      const filter = salt < SIGNALS.length ? this.#ids.forwarded : this.#ids.dropped;
      filter.add(salted(a[i] ?? 0, salt), salted(b[i] ?? 0, salt), nowMs);
    }
    for (const { ring, ...record } of samples) ring.take({ ...record, timeMs: nowMs });
  }

  find(query: FindQuery): FindAnswer {
    return "traceId" in query ? this.#findId(query.traceId) : this.#findText(query.text);
  }

  #findId(traceId: string): FindAnswer {
    const hash = new IdHash();
    const bytes = Buffer.from(traceId);
    hash.text(bytes, 0, bytes.length);
    const { forwarded, dropped } = this.#ids;
    const found: Whereabouts[] = [];
    for (const signal of SIGNALS) {
      const look = (filter: RotatingFilter, policy: string | undefined): void => {
        const salt = this.saltOf(signal, policy);
        const span = filter.find(salted(hash.a, salt), salted(hash.b, salt));
        if (span !== undefined) found.push({ ...span, signal, ...outcomeOf(policy) });
      };
      look(forwarded, undefined);
      for (const policy of this.#policies.keys()) look(dropped, policy);
    }
    const sinces = [forwarded, dropped].flatMap(({ isRotated, sinceMs }) =>
      isRotated && sinceMs !== undefined ? [sinceMs] : [],
    );
    return { sinceMs: Math.max(this.#startedMs, ...sinces), found, held: 0, seen: 0 };
  }

  #findText(text: string): FindAnswer {
    const search = textSearch(text);
    const found: Whereabouts[] = [];
    let [held, seen] = [0, 0];
    let sinceMs = this.#startedMs;
    for (const outcome of ["dropped", "forwarded"] as const) {
      const ring = this.#samples[outcome];
      held += ring.counts.held;
      seen += ring.counts.seen;
      if (ring.isFull) sinceMs = Math.max(sinceMs, ring.sinceMs ?? 0);
      const matches = ring.records.filter(({ bytes }) => search(bytes, 0, bytes.length));
      for (const one of matches.slice(0, FIND_MATCHES_MAX)) {
        const { timeMs, signal, policy, wouldDropBy, bytes: record } = one;
        const place = { signal, outcome, policy, ...(wouldDropBy && { wouldDropBy }) };
        found.push({ fromMs: timeMs, toMs: timeMs, ...place, record });
      }
    }
    return { sinceMs, found, held, seen };
  }
}

/** What was remembered under the name of a policy, or under none. */
function outcomeOf(
  policy: string | undefined,
): Pick<Whereabouts, "outcome" | "policy" | "wouldDropBy"> {
  if (policy === undefined) return { outcome: "forwarded", policy };
  if (!policy.startsWith(TRIED)) return { outcome: "dropped", policy };
  const wouldDropBy = policy.slice(TRIED.length);
  return { outcome: "forwarded", policy: undefined, wouldDropBy };
}
