// Sets up what a proxy tells about itself, as its configuration asks: spans that are printed by the
// log or exported, or none, and the endpoint that its metrics are sent to.

import type { ProxyConfig } from "../../config/index.ts";
import {
  type EventBus,
  type Metrics,
  MetricsExporter,
  SpanExporter,
  Tracer,
} from "../../o11y/index.ts";
import { VERSION } from "../../o11y/build-info.ts";

/** What makes spans of requests; undefined: nobody would look at one. */
export function createTracer(config: ProxyConfig, bus: EventBus): Tracer | undefined {
  const isLogged = config.logLevel === "trace";
  const isExported = config.otlpSelfTracesUrl !== undefined;
  return isLogged || isExported ? new Tracer({ bus, isLogged, isExported }) : undefined;
}

/** What sends the spans of the bus away; undefined: no URL is configured. */
export function createSpanExporter(config: ProxyConfig, bus: EventBus): SpanExporter | undefined {
  const { otlpSelfTracesUrl: url, service: resource } = config;
  return url === undefined ? undefined : new SpanExporter({ url, resource, version: VERSION, bus });
}

/** What sends the metrics of the program away; undefined: no URL is configured. */
export function createMetricsExporter(
  config: ProxyConfig,
  bus: EventBus,
  metrics: Metrics,
): MetricsExporter | undefined {
  const { otlpSelfMetricsUrl: url, service: resource } = config;
  if (url === undefined) return undefined;
  return new MetricsExporter({ url, json: () => metrics.metricsJson(resource, VERSION), bus });
}
