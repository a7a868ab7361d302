// The requests by which the cost of an analysis is measured.

import { datadogBody, type Generated, otlpBody } from "../../payloads/index.ts";

export interface Case {
  readonly title: string;
  readonly body: () => Generated;
  readonly path: string;
  readonly type: string;
}

const JSON_TYPE = "application/json";
const PROTOBUF_TYPE = "application/x-protobuf";
const [SMALL, LARGE] = [100_000, 1_000_000];
const protobuf = (signal: "log" | "metric" | "trace", bytes: number): Omit<Case, "title"> => ({
  body: () => otlpBody(signal, { bytes, encoding: "protobuf" }),
  path: `/v1/${signal}s`,
  type: PROTOBUF_TYPE,
});

export const CASES: readonly Case[] = [
  { title: "OTLP logs, protobuf, 100 KB", ...protobuf("log", SMALL) },
  { title: "OTLP logs, protobuf, 1 MB", ...protobuf("log", LARGE) },
  {
    title: "OTLP logs, JSON, 100 KB",
    body: () => otlpBody("log", { bytes: SMALL, encoding: "json" }),
    path: "/v1/logs",
    type: JSON_TYPE,
  },
  { title: "OTLP spans, protobuf, 100 KB", ...protobuf("trace", SMALL) },
  { title: "OTLP metrics, protobuf, 100 KB", ...protobuf("metric", SMALL) },
  {
    title: "Datadog logs, 100 KB",
    body: () => datadogBody({ bytes: SMALL }),
    path: "/api/v2/logs",
    type: JSON_TYPE,
  },
];
