// The library root: what other programs may import to judge records with policies, to filter
// expositions, or to build a distribution of their own. The engine alone, which is pure and needs
// neither Bun nor Node, is the entry "./policy".

// Policies: model, decoding, engine; policy/record-port.ts says how a format meets the engine.
export * from "./policy/index.ts";
export { createJudge } from "./re2/index.ts";

// Formats of records.
export { otlpJsonFormat, otlpProtobufFormat } from "./otlp/index.ts";
export {
  datadogLogsFormat,
  datadogSeriesJsonFormat,
  datadogSeriesProtobufFormat,
} from "./datadog/index.ts";
export {
  type ByteSink,
  ExpositionFilter,
  type ExpositionFilterOptions,
  FieldAccessor,
  FilteringWriter,
  LineParser,
  PolicyStreamingFilter,
  ProtobufFilter,
  type StreamingCounts,
  type StreamingFilterOptions,
} from "./prometheus/index.ts";

// Protocols: what a module is, and those that there are.
export * from "./modules/index.ts";
export { DatadogModule, datadog } from "./modules/datadog/index.ts";
export { HealthModule, health } from "./modules/health/index.ts";
export { OtlpModule, otlp } from "./modules/otlp/index.ts";
export { PassthroughModule, passthrough } from "./modules/passthrough/index.ts";
export { PrometheusModule, prometheus } from "./modules/prometheus/index.ts";

// The proxy: `startProxy(distribution)(config, context)` runs a whole one.
export {
  compress,
  decode,
  type ProxyDistribution,
  ProxyServer,
  type ProxyServerOptions,
  Router,
  type RunContext,
  startProxy,
  type Upstream,
  UpstreamClient,
  type UpstreamClientOptions,
  type UpstreamRequest,
} from "./proxy/index.ts";
export { PolicyRegistry, type PolicyProvider, type RegistryOptions } from "./providers/index.ts";
export { ConfigError, loadConfig } from "./config/index.ts";
export type { ProviderConfig, ProxyConfig, ServiceMetadata } from "./config/index.ts";
export { EventBus, type EventName, type Events } from "./o11y/index.ts";
