// Documents of single records, as taps write them: turned into bodies that can be judged or
// explained, and into lines for people. Pure.

import { encodeUtf8 } from "../../core/utf8.ts";
import type { Signal } from "../../policy/index.ts";
import type { RecordBody } from "../../cli/policies/records.ts";

/** What /_edge/explain takes. */
export interface Explainable {
  readonly form: "otlp" | "datadog" | "loki";
  readonly body: string;
}

const OTLP = /^\s*\{\s*"resource(?:Logs|Metrics|Spans)"/;
const LOKI = /^\s*\{\s*"streams"/;
const SERIES = /^\s*\{\s*"series"/;

export function explainable(document: string, signal: Signal): Explainable {
  if (OTLP.test(document)) return { form: "otlp", body: document };
  if (LOKI.test(document)) return { form: "loki", body: document };
  if (signal === "log") return { form: "datadog", body: `[${document}]` };
  return { form: "datadog", body: SERIES.test(document) ? document : `{"series":[${document}]}` };
}

/** What the engine in this page judges; undefined: it reads no such body. */
export function bodyOf(document: string, signal: Signal): RecordBody | undefined {
  const { form, body } = explainable(document, signal);
  if (form === "datadog" && signal !== "log") return undefined;
  return { kind: form, signal, bytes: encodeUtf8(body) };
}

export interface Summary {
  readonly service: string;
  readonly severity: string;
  readonly text: string;
}

const TEXT_CHARS_MAX = 300;

/** Of a document, or of any other text the text itself. */
export function summaryOf(text: string): Summary {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { service: "", severity: "", text: shortened(text) };
  }
  const root = asTree(document);
  const resource =
    first(root, "resourceLogs") ?? first(root, "resourceMetrics") ?? first(root, "resourceSpans");
  if (resource !== undefined) return otlpSummary(resource);
  const stream = first(root, "streams");
  if (stream !== undefined) {
    const labels = asTree(stream["stream"]);
    const entry = Array.isArray(stream["values"]) ? (stream["values"] as unknown[])[0] : undefined;
    return {
      service: textOf(labels["service_name"] ?? labels["service"] ?? labels["app"]),
      severity: textOf(labels["level"] ?? labels["detected_level"]),
      text: shortened(Array.isArray(entry) ? textOf(entry[1]) : textOf(entry)),
    };
  }
  const series = first(root, "series") ?? root;
  const shown = series["message"] ?? series["metric"] ?? series["name"];
  return {
    service: textOf(series["service"]),
    severity: textOf(series["status"]),
    text: shortened(shown === undefined ? text : textOf(shown)),
  };
}

type Tree = Readonly<Record<string, unknown>>;

function otlpSummary(resource: Tree): Summary {
  const attributes = asTree(resource["resource"])["attributes"];
  const service = attributeOf(attributes, "service.name");
  const scope =
    first(resource, "scopeLogs") ??
    first(resource, "scopeMetrics") ??
    first(resource, "scopeSpans");
  const log = first(scope, "logRecords");
  if (log !== undefined) {
    const severity = textOf(log["severityText"]) || severityName(log["severityNumber"]);
    return { service, severity, text: shortened(valueText(log["body"])) };
  }
  const metric = first(scope, "metrics");
  if (metric !== undefined) return { service, severity: "", text: textOf(metric["name"]) };
  const span = first(scope, "spans");
  const code = asTree(span?.["status"])["code"];
  const isError = code === 2 || code === "STATUS_CODE_ERROR";
  return { service, severity: isError ? "ERROR" : "", text: shortened(textOf(span?.["name"])) };
}

/** By the ranges of the OpenTelemetry log data model. */
function severityName(number: unknown): string {
  if (typeof number !== "number" || number < 1 || number > 24) return "";
  return ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"][Math.floor((number - 1) / 4)] ?? "";
}

function attributeOf(attributes: unknown, key: string): string {
  if (!Array.isArray(attributes)) return "";
  const found = attributes.map(asTree).find((one) => one["key"] === key);
  return valueText(found?.["value"]);
}

/** A value of OTLP as text. */
function valueText(value: unknown): string {
  const { stringValue, ...others } = asTree(value);
  if (typeof stringValue === "string") return stringValue;
  const [other] = Object.values(others);
  return other === undefined ? "" : textOf(other);
}

function first(tree: Tree | undefined, member: string): Tree | undefined {
  const list = tree?.[member];
  return Array.isArray(list) && list.length > 0 ? asTree(list[0]) : undefined;
}

function asTree(value: unknown): Tree {
  return typeof value === "object" && value !== null ? (value as Tree) : {};
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > TEXT_CHARS_MAX ? `${line.slice(0, TEXT_CHARS_MAX)}…` : line;
}
