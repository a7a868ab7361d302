// The requests by which the cost of an analysis is measured.

export interface Case {
  readonly title: string;
  readonly kind: string;
  readonly options: Readonly<Record<string, string>>;
  readonly path: string;
  readonly type: string;
}

const JSON_TYPE = "application/json";
const PROTOBUF_TYPE = "application/x-protobuf";
const logs = (size: string, encoding: string, type: string): Case => ({
  title: `OTLP logs, ${encoding}, ${size}`,
  kind: "otlp-logs",
  options: { size, encoding },
  path: "/v1/logs",
  type,
});

export const CASES: readonly Case[] = [
  logs("100KB", "protobuf", PROTOBUF_TYPE),
  logs("1MB", "protobuf", PROTOBUF_TYPE),
  logs("100KB", "json", JSON_TYPE),
  {
    title: "OTLP spans, protobuf, 100KB",
    kind: "otlp-traces",
    options: { size: "100KB", encoding: "protobuf" },
    path: "/v1/traces",
    type: PROTOBUF_TYPE,
  },
  {
    title: "OTLP metrics, protobuf, 100KB",
    kind: "otlp-metrics",
    options: { size: "100KB", encoding: "protobuf" },
    path: "/v1/metrics",
    type: PROTOBUF_TYPE,
  },
  {
    title: "Datadog logs, 100KB",
    kind: "datadog-logs",
    options: { size: "100KB" },
    path: "/api/v2/logs",
    type: JSON_TYPE,
  },
];
