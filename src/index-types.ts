// Types of the library that programs seldom name themselves: signatures of what index.ts exports
// use them.

export type { PagesDeps } from "./admin/plan-page.ts";
export type { Problem } from "./config/draft.ts";
export type { Override } from "./config/environment.ts";
export type { KeyPath } from "./config/keys.ts";
export type {
  AdminConfig,
  BeforePolicies,
  CorsConfig,
  AnalysisConfig,
  FailureCaptureConfig,
  CostConfig,
  DumpCompression,
  DumpTarget,
  FileProviderConfig,
  HeaderField,
  HttpProviderConfig,
  OpampProviderConfig,
  ListenTarget,
  ListenTls,
  PrometheusConfig,
  S3DumpConfig,
  SharedLimitsConfig,
  ServiceAttribute,
  SignalCost,
  UpstreamHeaderRule,
  UpstreamKind,
  UpstreamTarget,
  UpstreamTargets,
  UpstreamTimeouts,
  UpstreamTls,
} from "./config/model.ts";
export type { Machine } from "./config/own-address.ts";
export type { ReadFile } from "./config/source.ts";
export type { UpstreamHeaderValues } from "./config/upstream-headers/values.ts";
export type { Environment } from "./config/substitute.ts";
export type {
  Extension,
  ExtensionContext,
  ExtensionKind,
  ExtensionThread,
} from "./extensions/extension.ts";
export type { Extensions } from "./extensions/extensions.ts";
export type { RecordCall } from "./extensions/record-forwarder.ts";
export type { AnySubscriber } from "./o11y/event-bus.ts";
export type {
  ExtensionLossReason,
  FailOpenReason,
  LossReason,
  PrefilterDecision,
  RouteKind,
  ScrapeOutcome,
  Telemetry,
} from "./o11y/events.ts";
export type { LogFields } from "./o11y/log-format.ts";
export type {
  ClosedLabel,
  CountedSeries,
  MetricOfEvent,
  MetricSpec,
  OpenLabel,
  ProtocolMetric,
  ProtocolMetrics,
} from "./o11y/metric-spec.ts";
export type { ProcessSample, WorkersSample } from "./o11y/metrics.ts";
export type { ExportFetch } from "./o11y/otel/json-export.ts";
export type { EndedSpan } from "./o11y/spans-exporter.ts";
export type { SpanResource } from "./o11y/spans-otlp.ts";
export type { SpanAttribute, SpanPort } from "./o11y/spans.ts";
export type { TraceContext } from "./o11y/traceparent.ts";
export type { Call } from "./pipeline/call.ts";
export type { Decoded } from "./pipeline/coding/decode.ts";
export type { FailedRequest, FailureKeeper } from "./pipeline/failures/failed-request.ts";
export type { BodyMeter, TrafficMeter } from "./pipeline/request-meter.ts";
export type { Permit, PermitIssuer } from "./pipeline/room/permit.ts";
export type { UploadCutError, UpstreamPhase } from "./pipeline/upstream-error.ts";
export type { UpstreamBase } from "./pipeline/upstream-url.ts";
export type { OutgoingBody, UploadWatch } from "./pipeline/upstream.ts";
export type { SyncEncoding } from "./policy/wire/encoding.ts";
export type { ExtensionCapability, SyncStage } from "./policy/wire/sync-request.ts";
export type { ExtensionConfig } from "./policy/wire/sync-response.ts";
export type { FamilyTypeIndex, SuffixIndex } from "./protocols/prometheus/format/family-type.ts";
export type { Family, Remembered } from "./protocols/prometheus/format/family.ts";
export type { SampleParts } from "./protocols/prometheus/format/field-accessor.ts";
export type { LineModeIndex, LineTaker } from "./protocols/prometheus/format/line-stream.ts";
export type { MessageTaker } from "./protocols/prometheus/format/protobuf/message-stream.ts";
export type { ProtobufFilterOptions } from "./protocols/prometheus/format/protobuf/protobuf-filter.ts";
export type { Fetch } from "./providers/http/sync-exchange.ts";
export type { LocatedError } from "./providers/provider-port.ts";
export type { ThreadReports } from "./runtime/fatal/thread-reports.ts";
export type { JudgingThreads } from "./runtime/policy-runtime.ts";
export type { Assemble } from "./runtime/program.ts";
export type { SelfMetricsOptions } from "./runtime/self-metrics.ts";
export type { ListenTlsPem, ListenerOptions } from "./server/listener.ts";
export type { Routed } from "./server/router.ts";
export type { ListenerState } from "./server/listener-state.ts";
export type { SetMemory } from "./system/free-memory.ts";
export type { Pause } from "./system/pause.ts";
export type { Schedule } from "./system/timer.ts";
export type { ConnectProbe } from "./upstream/connect-probe.ts";
export type { UpstreamTlsPem } from "./upstream/fetch-transport.ts";
export type { HeaderChange, HeaderChanges } from "./upstream/header-changes.ts";
export type { Connection, Exchange } from "./upstream/http1/connection.ts";
export type { ResponseHead } from "./upstream/http1/response-reader.ts";
export type { Connect } from "./upstream/http1/transport.ts";
export type { StdoutUpstreamOptions } from "./upstream/stdout-upstream.ts";
export type { UpstreamTimeoutsMs } from "./upstream/upstream-client.ts";
