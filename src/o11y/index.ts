// What the program says about itself: typed events on one bus, a structured log and metrics that
// subscribe to it. Imports core and policy types only; never sees a payload.

export { EventBus, type EventBusOptions, type Subscriber, type Unsubscribe } from "./event-bus.ts";
export type { EventName, Events, ExtensionLossReason } from "./events.ts";
export { createLog, type Log, type LogOptions, type LogSink } from "./log.ts";
export { formatLine, type LogFormat } from "./log-format.ts";
export { LOG_LEVELS, LOG_TABLE, type LogLevel } from "./log-table.ts";
export { type BuildInfo, Metrics, METRICS_CONTENT_TYPE, type MetricsOptions } from "./metrics.ts";
export type { MetricSpec, ProtocolMetrics } from "./metric-spec.ts";
export { METRICS, metricSpecs } from "./metric-table.ts";
export {
  RequestSpan,
  Span,
  type SpanAttributes,
  type SpanName,
  Tracer,
  type TracerOptions,
} from "./spans.ts";
export { SELF_TRACES_AGENT } from "./otel/json-export.ts";
export { SpanExporter, type SpanExporterOptions } from "./spans-exporter.ts";
export { MetricsExporter } from "./otel/metrics-exporter.ts";
export { type Schedule } from "../system/timer.ts";
