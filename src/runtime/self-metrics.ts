// The metrics of a program that judges with policies.

import { COMMIT, VERSION } from "../o11y/build-info.ts";
import { type BuildInfo, type EventBus, Metrics, type ProtocolMetrics } from "../o11y/index.ts";
import type { MetricsOptions, WorkersSample } from "../o11y/metrics.ts";
import { type ItemSignal, itemsOf } from "../o11y/otel/item-metrics.ts";
import type { Budgets, Engine, PolicyTotals } from "../policy/index.ts";

/** What this build says of itself. */
export function buildOf(distribution: string): BuildInfo {
  return { version: VERSION, commit: COMMIT, distribution };
}

/** What the metrics of a program are made from. */
export interface SelfMetricsOptions {
  /** Threads that serve in place of this one. Default: there are none. */
  readonly workers?: WorkersSample | undefined;
  /** What the program's protocols bring. Default: nothing. */
  readonly protocols?: ProtocolMetrics;
  /** What requests hold at the moment. Default: there are none. */
  readonly saturation?: MetricsOptions["saturation"];
  /** Default: there are none. */
  readonly budgets?: Budgets | undefined;
}

/** All that was counted of policies, each count once. */
export function totalsOf(
  engine: Pick<Engine, "countedTotals" | "forgottenTotals">,
): readonly PolicyTotals[] {
  return [...engine.countedTotals(), engine.forgottenTotals()];
}

/** Creates a program's metrics, which count from now on until they are stopped. */
export function createMetrics(
  distribution: string,
  bus: EventBus,
  engine: Pick<Engine, "countedTotals" | "forgottenTotals" | "evictedWindows" | "snapshot">,
  { workers, protocols, saturation, budgets }: SelfMetricsOptions = {},
): Metrics {
  return new Metrics(bus, {
    build: buildOf(distribution),
    policyTotals: () => totalsOf(engine),
    policyItems: itemsIn(engine),
    evictedWindows: () => engine.evictedWindows,
    workers,
    saturation,
    budgets: () => budgets?.statuses() ?? [],
    ...(protocols === undefined ? {} : { protocols }),
  });
}

/** Looks policies up, in a table that is made once for each set in force. */
function itemsIn(engine: Pick<Engine, "snapshot">): (id: string) => ItemSignal | undefined {
  let [version, items] = [-1, new Map<string, ItemSignal | undefined>()];
  return (id) => {
    const { snapshot } = engine;
    if (snapshot.version !== version) {
      version = snapshot.version;
      items = new Map(snapshot.policies.map((policy) => [policy.id, itemsOf(policy)]));
    }
    return items.get(id);
  };
}
