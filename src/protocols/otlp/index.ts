// OTLP over HTTP, JSON and protobuf, and over gRPC, all three signals. Must not read bodies: it
// only says how they are read.

import { otlpJsonFormat, otlpProtobufFormat } from "./format/index.ts";
import { postedTo } from "../content.ts";
import { loneRecords } from "../lone-records.ts";
import type { ModuleRegistration } from "../protocol.ts";
import { otlpRecords } from "./backend.ts";
import { GRPC_METRICS } from "./grpc-metrics.ts";
import { OTLP_METHODS } from "./grpc-methods.ts";
import { OtlpModule } from "./otlp-module.ts";

export { type OtlpFormats, OtlpModule } from "./otlp-module.ts";

/** With it come the schemas of all messages. */
const singleRecords = () => import("./single-record.ts");

/** Documents of either are requests in JSON. */
const alone = () => Promise.resolve(loneRecords(otlpJsonFormat("log")));

/** OTLP, for a distribution's list of protocols. */
export const otlp: ModuleRegistration = {
  name: "otlp",
  telemetry: ["otlp_logs", "otlp_metrics", "otlp_traces"],
  knownPaths: ["v1_logs", "v1_metrics", "v1_traces"],
  metrics: GRPC_METRICS,
  stages: ["log_filter", "log_transform", "metric_filter", "trace_sampling"],
  encodings: {
    otlp_json: {
      payload: "json",
      document: async () => (await singleRecords()).otlpJsonDocument,
      alone,
      series: async () => (await import("./series.ts")).otlpJsonSeries,
    },
    otlp_protobuf: {
      payload: "binary",
      document: async () => (await singleRecords()).otlpProtobufDocument,
      alone,
      series: async () => (await import("./series.ts")).otlpProtobufSeries(),
    },
  },
  samples: { paths: { log: "/v1/logs", metric: "/v1/metrics", trace: "/v1/traces" } },
  signalPaths: postedTo("/v1/logs", "/v1/metrics", "/v1/traces"),
  grpc: {
    methods: OTLP_METHODS,
    transcoder: async () => (await import("./transcode.ts")).otlpTranscoder,
  },
  backend: { records: otlpRecords },
  create: () => new OtlpModule({ json: otlpJsonFormat, protobuf: otlpProtobufFormat }),
};
