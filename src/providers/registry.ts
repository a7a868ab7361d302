// The registry: asks every provider, merges their sets and puts the result in force. Providers load
// in parallel; none blocks another one, the start or a request. A provider that fails keeps the
// last good set that it gave.

import { errorMessage } from "../core/errors.ts";
import { COUNTED_SETS_MAX } from "../core/limits.ts";
import type { EventBus } from "../o11y/event-bus.ts";
import { realSchedule, type Schedule } from "../system/timer.ts";
import type {
  Policy,
  PolicyEngine,
  PolicyMode,
  PolicySummary,
  Signal,
  StatusDelta,
} from "../policy/index.ts";
import { type Fault, type Faults, faultsOf, located } from "./faults.ts";
import { SetMemory } from "../system/free-memory.ts";
import { type MergedSet, mergeSets } from "./merge.ts";
import { VolumeCounter } from "./volume.ts";
import { type Pause, runInSteps, yieldToLoop } from "../system/pause.ts";
import type { PolicyProvider, PolicySet } from "./provider-port.ts";
import { ProviderSlot } from "./provider-slot.ts";
import { type ShadowChoice, shadowChoice, type ShadowSettings } from "./shadow-choice.ts";
import type { ProviderStatus } from "./provider-slot.ts";

/** What a registry needs to put policies in force. */
export interface RegistryOptions {
  readonly engine: PolicyEngine;
  readonly bus: EventBus;
  /** In the order of the configuration. */
  readonly providers: readonly PolicyProvider[];
  /** Which policies are in shadow whatever they say themselves. Default: none. */
  readonly shadow?: ShadowSettings;
  readonly pause?: Pause;
  readonly memory?: SetMemory;
  /** Wall clock and monotonic clock in milliseconds. */
  readonly nowMs?: () => number;
  readonly monotonicMs?: () => number;
  readonly schedule?: Schedule;
}

/** The state of all providers, and the set in force. */
export interface RegistryStatus {
  readonly version: number;
  readonly counts: Readonly<Record<Signal, number>>;
  /** All policies in force, inert ones included. */
  readonly policies: number;
  readonly invalid: number;
  /** How many are not enforced, or for a share of records only. */
  readonly modes: Readonly<Record<Exclude<PolicyMode, "enforce">, number>>;
  readonly ready: boolean;
  /** Ids of the providers of which no policies are in force. */
  readonly missing: readonly string[];
  readonly providers: readonly ProviderStatus[];
}

interface PendingSet {
  readonly slot: ProviderSlot;
  readonly set: PolicySet;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * The sets of all providers as one set in force.
 *
 * @example
 * const registry = new PolicyRegistry({ engine, bus, providers });
 * registry.start();
 * await registry.whenComplete;
 * await registry.stop(1000);
 */
export class PolicyRegistry {
  /** Resolves when every provider has answered once, well or not. */
  readonly whenReady: Promise<void>;
  /** Resolves when the first policies of every provider are in force. */
  readonly whenComplete: Promise<void>;
  readonly #options: RegistryOptions;
  readonly #memory: SetMemory;
  readonly #inShadow: ShadowChoice | undefined;
  readonly #volume: VolumeCounter;
  readonly #slots: readonly ProviderSlot[];
  #becomeReady: () => void = () => undefined;
  #becomeComplete: () => void = () => undefined;
  #ready = false;
  #stopped = false;
  #pendingSets: PendingSet[] = [];
  /** The sets in force are to be put in force again. */
  #isStale = false;
  #applying: Promise<void> | undefined;
  /** Who has which policy: in the sets that are counted, the one in force first. */
  #owners: readonly Owners[] = [];
  /** In the set that is being put in force, which some threads may have already. */
  #comingOwners: Owners | undefined;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#inShadow = options.shadow && shadowChoice(options.shadow);
    this.#volume = new VolumeCounter(options.bus);
    this.#memory = options.memory ?? new SetMemory();
    const nowMs = options.nowMs ?? Date.now;
    this.#slots = options.providers.map((provider) => new ProviderSlot(provider, nowMs));
    this.whenReady = new Promise((resolve) => (this.#becomeReady = resolve));
    this.whenComplete = new Promise((resolve) => (this.#becomeComplete = resolve));
  }

  /** Whether anybody is told counts. */
  get #reports(): boolean {
    return this.#slots.some(({ provider }) => provider.reportsStatus);
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** Starts all providers; returns at once. */
  start(): void {
    for (const { provider } of this.#slots) {
      const { id, kind, source } = provider;
      this.#options.bus.emit("provider.added", { provider: id, kind, source });
    }
    for (const slot of this.#slots) this.#startOne(slot);
    this.#checkReady();
  }

  /** Makes every provider look now; resolves when all have, and what they gave is in force. */
  async reload(): Promise<void> {
    if (this.#stopped) return;
    await Promise.allSettled(this.#slots.map(({ provider }) => provider.reload()));
    await this.#applying;
  }

  /**
   * Stops all providers; those that report counts do so once more. Resolves when they are done or
   * after `deadlineMs`, whichever comes first. Never rejects. The policies in force stay in force.
   */
  async stop(deadlineMs: number): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const one of this.#pendingSets.splice(0)) one.reject(stoppedError());
    const stops = this.#slots.map(({ provider }) => provider.stop(deadlineMs));
    let cancel = (): void => undefined;
    const deadline = new Promise<void>((resolve) => {
      cancel = (this.#options.schedule ?? realSchedule)(deadlineMs, resolve);
    });
    await Promise.race([Promise.allSettled(stops), deadline]);
    cancel();
  }

  status(): RegistryStatus {
    const { version, counts, policies } = this.#options.engine.snapshot;
    return {
      version,
      counts,
      policies: policies.length,
      invalid: policies.filter(({ errors }) => errors.length > 0).length,
      modes: {
        shadow: policies.filter(({ mode }) => mode === "shadow").length,
        rollout: policies.filter(({ mode }) => mode === "rollout").length,
      },
      ready: this.#ready,
      missing: this.missing().map(({ id }) => id),
      providers: this.#slots.map((slot) => slot.status()),
    };
  }

  /** The policy of this id, of the first provider that has it: that is the one in force. */
  policy(id: string): Policy | undefined {
    const sets = this.#slots.map(({ set }) => set?.policies ?? []);
    return sets.flatMap((policies) => policies.find((policy) => policy.id === id) ?? [])[0];
  }

  /** Puts the sets in force again, because what policies may ask of extensions has changed. */
  refresh(): void {
    if (this.#stopped || this.#slots.every(({ set }) => set === undefined)) return;
    this.#isStale = true;
    this.#applying ??= this.#applyAll();
  }

  #startOne(slot: ProviderSlot): void {
    const { bus } = this.#options;
    const { provider } = slot;
    const volume = this.#volume.book();
    try {
      provider.start({
        offer: (set) => this.#offer(slot, set),
        refresh: () => this.refresh(),
        unchanged: () => {
          slot.succeeded();
          bus.emit("provider.unchanged", { provider: provider.id, hash: slot.hash });
          this.#checkReady();
        },
        failed: (reason) => this.#failed(slot, reason),
        cacheFailed: (reason) => {
          bus.emit("provider.cache_failed", { provider: provider.id, reason });
        },
        takeDelta: () => this.#takeDelta(slot),
        takeVolume: () => volume.take(),
      });
    } catch (error) {
      this.#failed(slot, errorMessage(error));
    }
  }

  #failed(slot: ProviderSlot, reason: string): void {
    slot.failed(reason);
    const { id: provider } = slot.provider;
    this.#options.bus.emit("provider.failed", { provider, reason, keeping: slot.policyCount });
    this.#checkReady();
  }

  /** Providers of which no policies are in force. */
  missing(): readonly ProviderStatus[] {
    return this.#slots.filter(({ set }) => set === undefined).map((slot) => slot.status());
  }

  #checkReady(): void {
    if (this.#slots.every(({ set }) => set !== undefined)) this.#becomeComplete();
    if (this.#ready || !this.#slots.every(({ answered }) => answered)) return;
    this.#ready = true;
    this.#becomeReady();
  }

  #offer(slot: ProviderSlot, set: PolicySet): Promise<void> {
    if (this.#stopped) return Promise.reject(stoppedError());
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#pendingSets.push({ slot, set, resolve, reject });
    this.#applying ??= this.#applyAll();
    return promise;
  }

  /** Puts pending sets in force until there are none; those that come meanwhile go together. */
  async #applyAll(): Promise<void> {
    const pause = this.#options.pause ?? yieldToLoop;
    // Providers that answer at the same moment are one replacement.
    await pause();
    while ((this.#pendingSets.length > 0 || this.#isStale) && !this.#stopped) {
      const pending = this.#pendingSets.splice(0);
      this.#isStale = false;
      try {
        await this.#apply(pending, pause);
      } catch (error) {
        const keepingVersion = this.#options.engine.snapshot.version;
        const reason = errorMessage(error);
        this.#options.bus.emit("policies.replace_failed", { reason, keepingVersion });
        for (const one of pending) one.reject(error instanceof Error ? error : new Error(reason));
        continue;
      }
      for (const one of pending) one.resolve();
      this.#checkReady();
      this.#memory.replaced(this.#options.engine.snapshot.policies.length);
    }
    for (const one of this.#pendingSets.splice(0)) one.reject(stoppedError());
    // Synchronously after the loop's last check: a set that is offered later begins a new loop.
    this.#applying = undefined;
  }

  async #apply(pending: readonly PendingSet[], pause: Pause): Promise<void> {
    const { engine, bus, monotonicMs = () => performance.now() } = this.#options;
    const startedMs = monotonicMs();
    const offered = new Map(pending.map(({ slot, set }) => [slot, set]));
    const sets = this.#slots.map((slot) => offered.get(slot) ?? slot.set);
    const merged = mergeSets(
      sets.map((set, i) => {
        const provider = this.#slots[i]?.provider.id ?? "";
        const policies = set?.policies ?? [];
        return { provider, policies: this.#inShadow?.(provider, policies) ?? policies };
      }),
    );
    if (this.#reports) this.#comingOwners = merged.owners;
    this.#memory.beforeNext(merged.policies.length);
    const { version, counts, policies } = await runInSteps(engine.replace(merged.policies), pause);
    const durationMs = monotonicMs() - startedMs;
    // What was counted until now is theirs who had the policies until now.
    this.#drain();
    if (this.#reports) {
      this.#owners = [merged.owners, ...this.#owners].slice(0, COUNTED_SETS_MAX);
    }
    for (const [slot, set] of offered) slot.inForce(set);
    const invalid = policies.filter((policy) => policy.errors.length > 0).length;
    for (const [slot, set] of offered) {
      const { id: provider } = slot.provider;
      bus.emit("provider.loaded", { provider, policies: set.policies.length, hash: set.hash });
    }
    bus.emit("policies.replaced", { version, counts, durationMs, invalid });
    this.#report(merged, policies);
  }

  /** Tells each provider's book, and the bus, what is wrong with its policies. */
  #report(merged: MergedSet, policies: readonly PolicySummary[]): void {
    const faults = faultsOf(
      this.#slots.map(({ set }) => set),
      merged,
      policies,
    );
    for (const [index, slot] of this.#slots.entries()) {
      const { errors = NO_FAULTS, warnings = NO_FAULTS } = faults[index] ?? {};
      if (slot.provider.reportsStatus) {
        const known = new Map<string, readonly string[]>();
        for (const { id } of slot.set?.policies ?? []) {
          if (!known.has(id)) known.set(id, listOf(errors.get(id), warnings.get(id)));
        }
        slot.counts.setKnown(known);
      }
      this.#tell(slot, slot.newFaults("errors", errors), slot.newFaults("warnings", warnings));
    }
    // One that answers later may make a policy of an earlier one a duplicate.
    if (this.#slots.every(({ answered }) => answered)) {
      for (const slot of this.#slots) slot.forgetPlaces();
    }
  }

  /** At once, or as soon as the places are found, which nothing waits for. */
  #tell(slot: ProviderSlot, errors: readonly Fault[], warnings: readonly Fault[]): void {
    const { set } = slot;
    if (errors.length + warnings.length === 0) return;
    if (set?.locate === undefined) this.#emitFaults(slot, errors, warnings);
    else void this.#tellPlaces(slot, set, errors, warnings);
  }

  async #tellPlaces(
    slot: ProviderSlot,
    set: PolicySet,
    errors: readonly Fault[],
    warnings: readonly Fault[],
  ): Promise<void> {
    const told = (await located(set, [...errors, ...warnings])).map(([policy, list]): Fault => [
      policy,
      list.map(({ place, text }) => (place === undefined ? text : `${place} ${text}`)),
    ]);
    this.#emitFaults(slot, told.slice(0, errors.length), told.slice(errors.length));
  }

  #emitFaults(slot: ProviderSlot, errors: readonly Fault[], warnings: readonly Fault[]): void {
    const { bus } = this.#options;
    const { id: provider } = slot.provider;
    for (const [policy, list] of errors) {
      bus.emit("policy.invalid", { provider, policy, errors: list });
    }
    for (const [policy, list] of warnings) {
      bus.emit("policy.warned", { provider, policy, warnings: list });
    }
  }

  #takeDelta(slot: ProviderSlot): StatusDelta {
    this.#drain();
    return slot.counts.takeDelta();
  }

  /**
   * Moves the engine's counts to the providers that report them. It is acknowledged at once: from
   * here on the book keeps them, and the engine can forget policies that are gone.
   */
  #drain(): void {
    const delta = this.#options.engine.takePending();
    for (const status of delta.statuses) {
      const slot = this.#ownerOf(status.id);
      if (slot?.provider.reportsStatus === true) slot.counts.addStatus(status);
    }
    delta.acknowledge();
  }

  #ownerOf(id: string): ProviderSlot | undefined {
    const owners = this.#owners.find((one) => one.has(id)) ?? this.#comingOwners;
    return this.#slots[owners?.get(id) ?? -1];
  }
}

type Owners = MergedSet["owners"];

const NO_FAULTS: Faults = new Map();

function listOf(
  errors: readonly string[] = [],
  warnings: readonly string[] = [],
): readonly string[] {
  return warnings.length === 0 ? errors : [...errors, ...warnings];
}

function stoppedError(): Error {
  return new Error("the policy registry has stopped");
}
