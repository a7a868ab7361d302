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

// Types that signatures of these name.
export type * from "./index-types.ts";
