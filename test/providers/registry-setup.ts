// A registry between two providers and an engine that do what the test tells them.

import { EventBus, type EventName } from "../../src/o11y/index.ts";
import type {
  Policy,
  PolicyEngine,
  PolicyStatus,
  PolicyTotals,
  PolicySummary,
  SnapshotSummary,
} from "../../src/policy/index.ts";
import {
  type PolicyProvider,
  PolicyRegistry,
  type PolicySet,
  type ProviderHost,
  type RegistryOptions,
} from "../../src/providers/index.ts";
import { ManualClock } from "../o11y/manual-clock.ts";

/** Gives what the test tells it to. */
export class FakeProvider implements PolicyProvider {
  readonly kind = "fake";
  readonly source = "memory";
  readonly id: string;
  readonly reportsStatus: boolean;
  host!: ProviderHost;
  reloads: () => Promise<void> = () => Promise.resolve();
  stops: (deadlineMs: number) => Promise<void> = () => Promise.resolve();
  constructor(id: string, reportsStatus = false) {
    this.id = id;
    this.reportsStatus = reportsStatus;
  }
  start(host: ProviderHost): void {
    this.host = host;
  }
  reload(): Promise<void> {
    return this.reloads();
  }
  stop(deadlineMs: number): Promise<void> {
    return this.stops(deadlineMs);
  }
  give(...ids: string[]): Promise<void> {
    return this.host.offer(setOf(ids.map((id) => policy(id))));
  }
}

/** Notes the sets that it was given; takes `steps` steps for each. */
export class FakeEngine implements PolicyEngine {
  snapshot: SnapshotSummary = { version: 0, policies: [], counts: { log: 0, metric: 0, trace: 0 } };
  readonly replaced: string[][] = [];
  steps = 0;
  fail: string | undefined;
  pending: PolicyStatus[] = [];
  *replace(policies: readonly Policy[]): Generator<undefined, SnapshotSummary> {
    for (let i = 0; i < this.steps; i++) yield;
    if (this.fail !== undefined) throw new Error(this.fail);
    this.replaced.push(policies.map(({ id, name }) => (id === name ? id : `${id}:${name}`)));
    const summaries: PolicySummary[] = policies.map(({ id, name, enabled, errors }) => ({
      id,
      name,
      enabled,
      mode: "enforce",
      errors,
      warnings: id === "warned" ? ["no handler"] : [],
      signal: "log" as const,
    }));
    const log = policies.filter(({ errors }) => errors.length === 0).length;
    const version = this.snapshot.version + 1;
    this.snapshot = { version, policies: summaries, counts: { log, metric: 0, trace: 0 } };
    return this.snapshot;
  }
  evaluation(): undefined {
    return undefined;
  }
  takePending() {
    return { statuses: [...this.pending], acknowledge: () => void (this.pending = []) };
  }
  totals(): readonly PolicyTotals[] {
    return [];
  }
}

export function policy(id: string, errors: readonly string[] = [], name = id): Policy {
  return { id, name, enabled: true, extensions: [], errors };
}
export function setOf(policies: readonly Policy[], more: Partial<PolicySet> = {}): PolicySet {
  return { policies, hash: `hash of ${policies.map(({ id }) => id).join(",")}`, ...more };
}

export class RegistrySetup {
  readonly a = new FakeProvider("a", true);
  readonly b = new FakeProvider("b", true);
  readonly engine = new FakeEngine();
  readonly clock = new ManualClock(1_000_000);
  readonly events: [EventName, unknown][] = [];
  readonly bus = this.busOf();
  readonly registry = this.registryOf([this.a, this.b]);

  private busOf(): EventBus {
    const bus = new EventBus();
    bus.onAny((name, event) => void this.events.push([name, event]));
    return bus;
  }

  registryOf(
    providers: readonly PolicyProvider[],
    more: Partial<RegistryOptions> = {},
  ): PolicyRegistry {
    return new PolicyRegistry({
      engine: this.engine,
      bus: this.bus,
      providers,
      nowMs: this.clock.now,
      monotonicMs: this.clock.now,
      schedule: this.clock.schedule,
      ...more,
    });
  }

  eventsOf(name: EventName): unknown[] {
    return this.events.flatMap(([of, event]) => (of === name ? [event] : []));
  }
}

export const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
