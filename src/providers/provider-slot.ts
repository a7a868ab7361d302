// What the registry remembers about one provider: its last good set, how its last check went, and
// what was reported about it.

import { FAULTY_POLICIES_TOLD_MAX } from "../core/limits.ts";
import type { Fault, Faults } from "./faults.ts";
import { PolicyCounts } from "../policy/index.ts";
import type { PolicyProvider, PolicySet } from "./provider-port.ts";

/** One provider for pages. Times are Unix milliseconds. */
export interface ProviderStatus {
  readonly id: string;
  readonly kind: string;
  readonly source: string;
  /** Policies of its set in force. */
  readonly policies: number;
  /** The hash of the set in force; empty before the first. */
  readonly hash: string;
  readonly answered: boolean;
  readonly lastLoadedMs: number | undefined;
  readonly lastSuccessMs: number | undefined;
  /** Why the last look gave nothing, which keeps a newer set out; undefined when it went well. */
  readonly lastError: string | undefined;
  readonly lastErrorMs: number | undefined;
}

export class ProviderSlot {
  readonly provider: PolicyProvider;
  /** Counts on their way to its control plane: those that the engine handed out. */
  readonly counts = new PolicyCounts();
  /** The last good set, in force. */
  set: PolicySet | undefined;
  answered = false;
  readonly #nowMs: () => number;
  #lastLoadedMs: number | undefined;
  #lastSuccessMs: number | undefined;
  #lastError: { readonly reason: string; readonly atMs: number } | undefined;
  /** What was reported, by kind and policy. */
  #reported = { errors: new Map<string, string>(), warnings: new Map<string, string>() };

  constructor(provider: PolicyProvider, nowMs: () => number) {
    this.provider = provider;
    this.#nowMs = nowMs;
  }

  get policyCount(): number {
    return this.set?.policies.length ?? 0;
  }

  get hash(): string {
    return this.set?.hash ?? "";
  }

  inForce(set: PolicySet): void {
    this.set = set;
    this.#lastLoadedMs = this.#nowMs();
    this.succeeded();
  }

  succeeded(): void {
    this.answered = true;
    this.#lastSuccessMs = this.#nowMs();
    this.#lastError = undefined;
  }

  failed(reason: string): void {
    this.answered = true;
    this.#lastError = { reason, atMs: this.#nowMs() };
  }

  /**
   * The policies whose faults of this kind differ from those reported before; `faults` holds all of
   * the provider. A policy that was mended or left is forgotten, and reported again should it break
   * again.
   */
  newFaults(kind: "errors" | "warnings", faults: Faults): Fault[] {
    const fresh: Fault[] = [];
    const reported = new Map<string, string>();
    let more = 0;
    for (const [policy, list] of faults) {
      if (reported.size === FAULTY_POLICIES_TOLD_MAX) {
        more++;
        continue;
      }
      const key = list.join("\n");
      reported.set(policy, key);
      if (this.#reported[kind].get(policy) !== key) fresh.push([policy, list]);
    }
    if (more > 0) {
      const note = `and ${more} more policies have ${kind}; /_edge/policies shows them`;
      if (this.#reported[kind].get(MORE) !== note) fresh.push(["", [note]]);
      reported.set(MORE, note);
    }
    this.#reported[kind] = reported;
    return fresh;
  }

  /** Everything was reported. The place finder holds the document, which costs memory to keep. */
  forgetPlaces(): void {
    if (this.set?.locate === undefined) return;
    const { locate: _, ...set } = this.set;
    this.set = set;
  }

  status(): ProviderStatus {
    const { id, kind, source } = this.provider;
    return {
      id,
      kind,
      source,
      policies: this.policyCount,
      hash: this.hash,
      answered: this.answered,
      lastLoadedMs: this.#lastLoadedMs,
      lastSuccessMs: this.#lastSuccessMs,
      lastError: this.#lastError?.reason,
      lastErrorMs: this.#lastError?.atMs,
    };
  }
}

/** Under which it is remembered that not all was told; no id. */
const MORE = "\n";
