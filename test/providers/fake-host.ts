// A registry for one provider that notes what it is told, and lets a test wait for it instead of
// for a time.

import type { PolicySet, ProviderHost } from "../../src/providers/index.ts";
import type { PolicyStatus, StatusDelta } from "../../src/policy/index.ts";

type Volume = ReturnType<ProviderHost["takeVolume"]>;
const NOTHING = { items: 0, bytes: 0 };
export const NO_VOLUME: Volume = { log: NOTHING, metric: NOTHING, trace: NOTHING };

export class FakeHost implements ProviderHost {
  readonly told: string[] = [];
  readonly sets: PolicySet[] = [];
  /** Handed out with each delta until it is acknowledged. */
  statuses: readonly PolicyStatus[] = [];
  acknowledged = 0;
  /** Handed out once. */
  volume: Volume = NO_VOLUME;
  /** Set, it makes the next offer fail. */
  refuse: string | undefined;
  #waiters: { needed: string; resolve: () => void }[] = [];

  /** Resolves as soon as something that contains `needed` has been told, counting from now. */
  next(needed: string): Promise<void> {
    return new Promise((resolve) => this.#waiters.push({ needed, resolve }));
  }

  offer(set: PolicySet): Promise<void> {
    const { refuse } = this;
    this.refuse = undefined;
    if (refuse !== undefined) {
      this.#tell(`refused ${set.policies.map(({ id }) => id).join(",")}`);
      return Promise.reject(new Error(refuse));
    }
    this.sets.push(set);
    this.#tell(`offer ${set.policies.map(({ id }) => id).join(",")}`);
    return Promise.resolve();
  }

  refresh(): void {
    this.#tell("refresh");
  }

  unchanged(): void {
    this.#tell("unchanged");
  }

  failed(reason: string): void {
    this.#tell(`failed ${reason}`);
  }

  cacheFailed(reason: string): void {
    this.#tell(`cache ${reason}`);
  }

  takeVolume(): Volume {
    const { volume } = this;
    this.volume = NO_VOLUME;
    return volume;
  }

  takeDelta(): StatusDelta {
    return {
      statuses: this.statuses,
      acknowledge: () => {
        this.acknowledged++;
        this.statuses = [];
      },
    };
  }

  /** All but "unchanged", which depends on how often a provider looked. */
  get news(): string[] {
    return this.told.filter((one) => one !== "unchanged");
  }

  #tell(what: string): void {
    this.told.push(what);
    const due = this.#waiters.filter(({ needed }) => what.includes(needed));
    this.#waiters = this.#waiters.filter((waiter) => !due.includes(waiter));
    for (const { resolve } of due) resolve();
  }
}

/** A status without counts but those given. */
export function status(id: string, hits = 0, more: Partial<PolicyStatus> = {}): PolicyStatus {
  const none = { hits: 0, misses: 0 };
  return {
    id,
    hits,
    misses: 0,
    errors: [],
    remove: none,
    redact: none,
    rename: none,
    add: none,
    ...more,
  };
}
