// Rows of the metric table about rate limits that several instances share, and what is counted in
// them.

import type { EventBus, Unsubscribe } from "./event-bus.ts";
import type { MetricFamily } from "./metric-family.ts";

export const LIMIT_METRICS = {
  limitsConnected: {
    name: "edge_shared_limits_connected",
    type: "gauge",
    unit: "none",
    help: "1 while shared rate limits hold over all instances; 0 without `shared_limits`, and while its store does not answer: then each instance has its share.",
    labels: [],
  },
  limitsMembers: {
    name: "edge_shared_limits_members",
    type: "gauge",
    unit: "none",
    help: "Instances that share rate limits, as far as this one knows; 0 without `shared_limits`.",
    labels: [],
  },
  limitsFailures: {
    name: "edge_shared_limits_failures_total",
    type: "counter",
    unit: "none",
    help: "Calls of the store of shared rate limits that failed: no connection, no answer in time, or an error that it answered.",
    labels: [{ name: "reason", values: ["connection", "timeout", "refused"] }],
  },
  limitsWindows: {
    name: "edge_shared_limits_windows_total",
    type: "counter",
    unit: "none",
    help: "Windows of shared rate limits that began with a lease; with this instance's share because the window or key was new to it (first); or with its share because the store did not answer.",
    labels: [{ name: "tokens", values: ["lease", "first", "share"] }],
  },
  limitsTokens: {
    name: "edge_shared_limits_tokens_total",
    type: "counter",
    unit: "none",
    help: "Tokens of shared rate limits: leased from the store, and returned to it because another instance lacked them.",
    labels: [{ name: "kind", values: ["leased", "returned"] }],
  },
} as const;

type Families = Readonly<Record<keyof typeof LIMIT_METRICS, MetricFamily>>;

export function countLimits(bus: EventBus, families: Families): readonly Unsubscribe[] {
  const { limitsConnected, limitsMembers, limitsFailures, limitsWindows, limitsTokens } = families;
  return [
    bus.on("shared_limits.stands", ({ isConnected, members }) => {
      limitsConnected.set(0, isConnected ? 1 : 0);
      limitsMembers.set(0, members);
    }),
    bus.on("shared_limits.failed", ({ fault }) => limitsFailures.add(limitsFailures.at(fault), 1)),
    bus.on("shared_limits.windows", ({ tokens, windows }) => {
      limitsWindows.add(limitsWindows.at(tokens), windows);
    }),
    bus.on("shared_limits.tokens", ({ kind, tokens }) => {
      limitsTokens.add(limitsTokens.at(kind), tokens);
    }),
  ];
}
