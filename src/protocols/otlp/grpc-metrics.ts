// Metrics of gRPC calls, and what each answered call adds to them.

import type { ProtocolMetric } from "../../o11y/metric-spec.ts";
import { OTLP_METHODS } from "./grpc-methods.ts";

/** Names of google/rpc/code.proto, by code. */
const STATUSES = [
  "ok",
  "cancelled",
  "unknown",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
  "unauthenticated",
] as const;
const METHODS = [...Object.keys(OTLP_METHODS).map((path) => path.slice(1)), "health", "other"];

export const GRPC_METRICS: readonly ProtocolMetric[] = [
  {
    spec: {
      name: "edge_grpc_calls_total",
      type: "counter",
      unit: "none",
      help: "Calls over gRPC by the status that the client was told; each is a request of the other metrics as well, unless it was refused before it became one.",
      labels: [
        { name: "method", values: METHODS },
        { name: "status", values: STATUSES },
      ],
    },
    event: "grpc.answered",
    count: ({ method, status }, calls) => {
      calls.add(calls.at(method, STATUSES[status] ?? "unknown"), 1);
    },
  },
  {
    spec: {
      name: "edge_grpc_connections_ended_total",
      type: "counter",
      unit: "none",
      help: "Connections of gRPC that were ended for what their clients did too often: pings, or calls taken back.",
      labels: [{ name: "what", values: ["pings", "resets"] }],
    },
    event: "grpc.connection_ended",
    count: ({ what }, ended) => ended.add(ended.at(what), 1),
  },
];
