// The library root: what other programs may import to judge records with policies, to filter
// expositions, or to build a distribution of their own. The engine alone, which is pure and needs
// neither Bun nor Node, is the entry "./policy".

// Policies: model, decoding, engine; policy/record-port.ts says how a format meets the engine.
export * from "./policy/index.ts";
export { createJudge } from "./re2/index.ts";

// Formats of records.
export { otlpJsonFormat, otlpProtobufFormat } from "./protocols/otlp/format/index.ts";
export {
  datadogLogsFormat,
  datadogSeriesJsonFormat,
  datadogSeriesProtobufFormat,
} from "./protocols/datadog/format/index.ts";
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
} from "./protocols/prometheus/format/index.ts";

// Protocols: what a module is, and those that there are.
export * from "./protocols/index.ts";
export { DatadogModule, datadog } from "./protocols/datadog/index.ts";
export { OtlpModule, otlp } from "./protocols/otlp/index.ts";
export { PassthroughModule, passthrough } from "./protocols/passthrough/index.ts";
export { PrometheusModule, prometheus } from "./protocols/prometheus/index.ts";

// The proxy: `startProxy(distribution)(config, context)` runs a whole one.
export { type ProxyDistribution, type RunContext, startProxy } from "./runtime/index.ts";
export { compress, decode, type Upstream, type UpstreamRequest } from "./pipeline/index.ts";
export { ProxyServer, type ProxyServerOptions, Router } from "./server/index.ts";
export { UpstreamClient, type UpstreamClientOptions } from "./upstream/index.ts";
export { PolicyRegistry, type PolicyProvider, type RegistryOptions } from "./providers/index.ts";
export { ConfigError, loadConfig } from "./config/index.ts";
export type { ProviderConfig, ProxyConfig, ServiceMetadata } from "./config/index.ts";
export { EventBus, type EventName, type Events } from "./o11y/index.ts";
