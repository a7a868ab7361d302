// Datadog's HTTP intake: logs and series as agents, forwarders and client libraries send them. Must
// not read bodies: it only says how they are read, and to which upstream all other Datadog requests
// go.

import {
  datadogLogsFormat,
  datadogSeriesJsonFormat,
  datadogSeriesProtobufFormat,
} from "./format/index.ts";
import { postedTo } from "../content.ts";
import { loneRecords } from "../lone-records.ts";
import type { BackendRequest, HeaderValues, ModuleRegistration } from "../protocol.ts";
import { ACCEPTED, DatadogModule } from "./datadog-module.ts";

export { type DatadogFormats, DatadogModule } from "./datadog-module.ts";

/** Datadog, for a distribution's list of protocols. */
export const datadog: ModuleRegistration = {
  name: "datadog",
  telemetry: ["datadog_logs", "datadog_metrics"],
  knownPaths: ["api_v2_logs", "api_v2_series", "api_v1_series"],
  stages: ["log_filter", "log_transform", "metric_filter"],
  encodings: {
    datadog_json: {
      payload: "json",
      document: async () => (await import("./single-log.ts")).logDocument,
      alone: () => Promise.resolve(loneRecords(datadogLogsFormat(), "[", "]")),
      series: async () => (await import("./series-labels.ts")).datadogSeriesLabels,
    },
    datadog_protobuf: {
      payload: "binary",
      document: async () => (await import("./single-series.ts")).seriesDocument,
      series: async () => (await import("./series-labels.ts")).datadogProtobufLabels,
    },
  },
  samples: { paths: { log: "/api/v2/logs", metric: "/api/v2/series" }, recognises: isJsonArray },
  signalPaths: [
    ...postedTo("/api/v2/logs", "/api/v2/series", "/api/v1/series"),
    { methods: ["POST"], path: "/v1/input", anchor: "begin" },
  ],
  backend: { accepted: ACCEPTED, records: seriesOf },
  create: () =>
    new DatadogModule({
      logs: datadogLogsFormat(),
      seriesV1: datadogSeriesJsonFormat("v1"),
      seriesV2: datadogSeriesJsonFormat("v2"),
      seriesProtobuf: datadogSeriesProtobufFormat(),
    }),
};

const OPEN_BRACKET = 0x5b;

/** No other protocol has bodies that are arrays. */
function isJsonArray(body: Uint8Array, headers: HeaderValues): boolean {
  if (!/json/i.test(headers.get("content-type") ?? "")) return false;
  return body.find((byte) => byte > 0x20) === OPEN_BRACKET;
}

/** Logs are arrays, objects or lines, which are printed without help from a protocol. */
function seriesOf({ document }: BackendRequest): readonly unknown[] | undefined {
  if (typeof document !== "object" || document === null || !("series" in document)) {
    return undefined;
  }
  return Array.isArray(document.series) ? document.series : [];
}
