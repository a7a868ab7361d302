// The library root (docs/library.md): what other programs may import; "./policy" is the engine.

export {
  type Add,
  type AttributePaths,
  type AttributeScope,
  AUTHORING,
  type Condition,
  createEngine,
  type DecodedSet,
  decodePolicy,
  decodePolicySet,
  type Dialect,
  type EditExplanation,
  type ByteCount,
  type CompiledSet,
  type Engine,
  type EngineDeps,
  type FlatMemory,
  type Evaluation,
  type ExplainingEvaluation,
  type ExtensionHandler,
  type ExtensionHandlers,
  type ExtensionMode,
  type ExtensionUse,
  Field,
  FIELD_COUNT,
  type FieldIndex,
  type FieldName,
  type FieldRef,
  FIELDS_OF_SIGNAL,
  type FieldTable,
  type FieldValues,
  type FilterOptions,
  type FilterOutcome,
  type FoundValues,
  type Keep,
  type LevelIndex,
  type Matcher,
  type MatcherExplanation,
  type NearMiss,
  type Num,
  type NumericBound,
  type NumericScalar,
  type OfferedRecord,
  type OfferedRecords,
  type OfferSource,
  type Pauses,
  type FieldSelector,
  type Policy,
  type PolicyCount,
  type PolicyEngine,
  policyErrors,
  type PolicyExplanation,
  type PolicyStatus,
  type PolicySummary,
  type PolicyTotals,
  type ProgramData,
  putInForce,
  type RateCharge,
  type RateKeep,
  type RateLimiter,
  type Reach,
  type RecordEditor,
  type RecordEncoding,
  type RecordExplanation,
  type RecordFormat,
  type RecordFrame,
  type Redact,
  type RegexValidator,
  type Rename,
  type Scalar,
  Scope,
  SCOPE_COUNT,
  type ScopeIndex,
  type Settlement,
  type Signal,
  SIGNALS,
  type SnapshotSummary,
  type TransformCount,
  type StatusDelta,
  type Target,
  type TextChange,
  type TooCostly,
  type Transform,
  type Undecided,
  type UndecidedReason,
  ValueKind,
  type ValuePuts,
  type ValueKindIndex,
  type ValueStore,
  Verdict,
  type VerdictIndex,
  WIRE,
  type Work,
} from "./policy/index.ts";
export type { Budget, BudgetDay, BudgetDeps, Budgets, BudgetStatus } from "./policy/index.ts";
export type { DayBudget, PolicyMode, ShadowExplanation, Tried, Would } from "./policy/index.ts";
export type { BodyFlow, ServiceLedger, ServiceSharing, SpentDay } from "./policy/index.ts";
export type { PointEvaluation, Sampling, SamplingMode, ValueLevelIndex } from "./policy/index.ts";

// What is a valid regular expression, as RE2 itself says.
export { createRegexValidator, type RegexValidatorDeps } from "./re2/index.ts";
export type { NativeConstructor, NativeMatch, NativePattern, NativeRe2 } from "./re2/runtime.ts";

// Formats of records.
export { otlpJsonFormat, otlpProtobufFormat } from "./protocols/otlp/format/index.ts";
export {
  type DatadogLogsFormat,
  datadogLogsFormat,
  datadogSeriesJsonFormat,
  datadogSeriesProtobufFormat,
  type SeriesVersion,
} from "./protocols/datadog/format/index.ts";
export { lokiJsonFormat, lokiProtobufFormat } from "./protocols/loki/format/index.ts";
export {
  type ByteSink,
  ExpositionFilter,
  type ExpositionFilterOptions,
  FieldAccessor,
  FilteringWriter,
  LineKind,
  type LineKindIndex,
  LineParser,
  PolicyStreamingFilter,
  ProtobufFilter,
  type StreamingCounts,
  type StreamingFilterOptions,
} from "./protocols/prometheus/format/index.ts";

// Protocols: what a module is, and those that there are.
export type {
  AcceptedResponse,
  RespondPlan,
  Backend,
  GrpcService,
  BackendRequest,
  BodyCoding,
  EncodingOfRecords,
  SeriesOf,
  SeriesTaker,
  Encodings,
  ErrorResponse,
  ErrorContent,
  ErrorForm,
  FilterPlan,
  ForwardPlan,
  HeaderValues,
  InnerCoding,
  ModuleDeps,
  ModuleRegistration,
  PagePlan,
  PathMatch,
  PayloadKind,
  Plan,
  ProxyModule,
  LoneRecords,
  RecordDocument,
  RequestHead,
  Route,
  Samples,
  PassedRecords,
  ScrapeFormat,
  ScrapePlan,
  SignalPath,
  SingleRecord,
  StreamFilter,
  StreamFilterOptions,
  Transcoder,
  Unpacked,
  UpstreamName,
} from "./protocols/index.ts";
export { datadog, type DatadogFormats, DatadogModule } from "./protocols/datadog/index.ts";
export { loki, type LokiFormats, LokiModule } from "./protocols/loki/index.ts";
export { otlp, type OtlpFormats, OtlpModule } from "./protocols/otlp/index.ts";
export { passthrough, PassthroughModule } from "./protocols/passthrough/index.ts";
export { prometheus, PrometheusModule } from "./protocols/prometheus/index.ts";

// Programs: a whole proxy, or parts of one's own, with a command line as distributions have it.
export {
  type Component,
  type Components,
  createMetrics,
  type End,
  PolicyRuntime,
  type PolicyRuntimeOptions,
  type ProcessPort,
  type ProgramContext,
  type ProgramOptions,
  type ProxyDistribution,
  Readiness,
  type RunContext,
  SelfServer,
  type SelfServerOptions,
  StartError,
  startProgram,
  startProxy,
} from "./runtime/index.ts";
export type { Distribution } from "./cli/index.ts";
export { runProgram } from "./cli/program.ts";
export { serveIfWorker } from "./runtime/workers/index.ts";

// The pieces of a proxy.
export { AdminModule, readyPage } from "./admin/index.ts";
export { type LocalPage, type LocalPages, pagesByPath } from "./pipeline/local-pages.ts";
export { type GateState, PolicyGate } from "./pipeline/policy-gate.ts";
export { type OtherThreads, Room, type RoomOptions } from "./pipeline/room/room.ts";
export type { Onlookers } from "./pipeline/onlooker.ts";
export { Scraper, type ScraperOptions } from "./pipeline/scrape/scrape.ts";
export { Cors } from "./server/cors.ts";
export { newPseudonym, Via } from "./server/via.ts";
export {
  compress,
  decode,
  Executor,
  type ExecutorOptions,
  type Original,
  type Upstream,
  UpstreamError,
  type UpstreamRequest,
  type WireCoding,
} from "./pipeline/index.ts";
export {
  BindError,
  listen,
  type Listener,
  ProxyServer,
  type ProxyServerOptions,
  Router,
} from "./server/index.ts";
export { StdoutUpstream, UpstreamClient, type UpstreamClientOptions } from "./upstream/index.ts";

// Sources of policies.
export {
  createProviders,
  FileProvider,
  type FileProviderOptions,
  HttpProvider,
  type HttpProviderOptions,
  type PolicyProvider,
  PolicyRegistry,
  type PolicySet,
  type ProviderDeps,
  type ProviderHost,
  type ProviderStatus,
  type RegistryOptions,
} from "./providers/index.ts";
export type { RegistryStatus, ShadowSettings, SyncIdentity } from "./providers/index.ts";

// Configuration.
export {
  ConfigError,
  type ConfigSource,
  type LoadedConfig,
  loadConfig,
  type LoadOptions,
  loadSettings,
  type ProviderConfig,
  type ProxyConfig,
  type ServiceMetadata,
  type Settings,
  type SettingsOptions,
} from "./config/index.ts";

// What a program says about itself.
export {
  type BuildInfo,
  createLog,
  EventBus,
  type EventBusOptions,
  type EventName,
  type Events,
  type Log,
  LOG_LEVELS,
  type LogFormat,
  type LogLevel,
  type LogOptions,
  type LogSink,
  Metrics,
  METRICS_CONTENT_TYPE,
  type MetricsOptions,
  RequestSpan,
  Span,
  type SpanAttributes,
  SpanExporter,
  type SpanExporterOptions,
  type SpanName,
  type Subscriber,
  Tracer,
  type TracerOptions,
  type Unsubscribe,
} from "./o11y/index.ts";

// Types that signatures name.
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
