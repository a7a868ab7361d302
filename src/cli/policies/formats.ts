// Chooses the format that reads a body of records.

import type { RecordFormat, Signal } from "../../policy/index.ts";
import { datadogLogsFormat } from "../../protocols/datadog/format/index.ts";
import { lokiJsonFormat } from "../../protocols/loki/format/index.ts";
import { otlpJsonFormat } from "../../protocols/otlp/format/index.ts";

/** What one of these formats reads in one go. */
export type DocumentKind = "otlp" | "datadog" | "loki";

const OTLP = {
  log: otlpJsonFormat("log"),
  metric: otlpJsonFormat("metric"),
  trace: otlpJsonFormat("trace"),
};
const DATADOG = datadogLogsFormat();
const LOKI = lokiJsonFormat();

export function formatOf(kind: DocumentKind, signal: Signal): RecordFormat {
  if (kind === "otlp") return OTLP[signal];
  return kind === "datadog" ? DATADOG : LOKI;
}
