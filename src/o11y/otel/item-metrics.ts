// The two counters that OpenTelemetry's draft of policies names, in addition to Edge's own. An item
// is a log record, a span or a data point. What is not counted is left out, because 0 would claim
// something that is not known.

import { POLICY_LABELS_MAX } from "../../core/limits.ts";
import type { PolicySummary, Signal } from "../../policy/index.ts";
import type { EventBus, Unsubscribe } from "../event-bus.ts";
import { signalOf } from "../labels.ts";
import type { MetricFamily } from "../metric-family.ts";
import type { MetricSpec } from "../metric-spec.ts";
import type { PolicyRow } from "../policy-series.ts";

/** As the draft spells it. */
export type ItemSignal = "logs" | "metrics" | "traces";

/** What counts of a policy's hits are in; undefined: in no items. */
export function itemsOf({
  signal: own,
  dialect,
}: Pick<PolicySummary, "signal" | "dialect">): ItemSignal | undefined {
  if (own === "metric") return dialect === "otel" ? "metrics" : undefined;
  return own && RECORDS[own];
}

/** Of these a record is an item. */
const RECORDS = { log: "logs", trace: "traces" } as const satisfies Partial<
  Record<Signal, ItemSignal>
>;
const signal = { name: "signal", values: ["logs", "metrics", "traces"] };

export const ITEM_METRICS = {
  itemsConsumed: {
    name: "policy_consumed_items_total",
    type: "counter",
    unit: "none",
    help: "`policy.consumed.items` of OpenTelemetry's draft: log records, spans, and data points of metrics that could be read (a million of one metric at most), of bodies in which records were looked for, before policies. Bodies that no policy could concern are not looked into and not in it.",
    labels: [signal],
    isSparse: true,
    otel: { name: "policy.consumed.items", unit: "{item}", labels: {} },
  },
  itemsEvaluated: {
    name: "policy_evaluated_items_total",
    type: "counter",
    unit: "none",
    help: "`policy.evaluated.items` of OpenTelemetry's draft: log records and spans that a policy of either dialect matched, and data points that one of the draft's metric filters did, by the outcome in the policy's own dialect; of the policies of `edge_policy_hits_total`, without those under `other`.",
    open: { name: "policy_id", valuesMax: POLICY_LABELS_MAX + 1 },
    labels: [signal, { name: "outcome", values: ["hit", "miss"] }],
    isSparse: true,
    otel: {
      name: "policy.evaluated.items",
      unit: "{item}",
      labels: { policy_id: "policy.id" },
    },
  },
} as const satisfies Record<string, MetricSpec>;

type Families = Readonly<Record<keyof typeof ITEM_METRICS, MetricFamily>>;

export function countItems(bus: EventBus, { itemsConsumed }: Families): Unsubscribe {
  return bus.on("records.evaluated", ({ telemetry, records, points = 0 }) => {
    const own = signalOf(telemetry);
    if (own !== "metric") itemsConsumed.add(itemsConsumed.at(RECORDS[own]), records);
    else if (points > 0) itemsConsumed.add(itemsConsumed.at("metrics"), points);
  });
}

/** What policies count in, also those that have left the set and still have a row. */
export class EvaluatedItems {
  readonly #itemsOf: (id: string) => ItemSignal | undefined;
  #known = new Map<string, ItemSignal>();

  /** `itemsOfPolicy`: of one of the set in force. */
  constructor(itemsOfPolicy: (id: string) => ItemSignal | undefined) {
    this.#itemsOf = itemsOfPolicy;
  }

  /** Fills the series anew. */
  collect(rows: readonly (readonly [string, PolicyRow])[], { itemsEvaluated }: Families): void {
    itemsEvaluated.clear();
    const known = new Map<string, ItemSignal>();
    for (const [id, { hits, misses }] of rows) {
      const name = this.#itemsOf(id) ?? this.#known.get(id);
      if (name === undefined) continue;
      known.set(id, name);
      if (hits + misses === 0) continue;
      itemsEvaluated.add(itemsEvaluated.atOpen(id, name, "hit"), hits);
      itemsEvaluated.add(itemsEvaluated.atOpen(id, name, "miss"), misses);
    }
    this.#known = known;
  }
}
