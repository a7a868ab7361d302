// Prints ended spans as an ExportTraceServiceRequest in OTLP JSON. Source: OTLP specification,
// section "JSON Protobuf Encoding": ids are hex text, 64-bit integers are strings.

import type { Events } from "./events.ts";

/** Where the spans come from, as attributes of their resource. */
export interface SpanResource {
  readonly name: string;
  readonly namespace: string;
  readonly version: string;
  readonly instanceId: string;
  readonly resourceAttributes: readonly { readonly key: string; readonly value: string }[];
}

type EndedSpan = Events["span.ended"];
type AttributeValue = string | number | boolean;

const SPAN_KIND_INTERNAL = 1;
const SPAN_KIND_SERVER = 2;
const SPAN_KIND_CLIENT = 3;
const STATUS_ERROR = 2;

const KINDS: Readonly<Record<EndedSpan["span"], number>> = {
  request: SPAN_KIND_SERVER,
  decode: SPAN_KIND_INTERNAL,
  evaluate: SPAN_KIND_INTERNAL,
  upstream: SPAN_KIND_CLIENT,
};

/** The body of one export. `version` is that of the program, as the scope's. */
export function spansJson(
  spans: readonly EndedSpan[],
  resource: SpanResource,
  version: string,
): string {
  const attributes = resourceAttributes(resource);
  const scope = { name: "edge", version };
  const scopeSpans = [{ scope, spans: spans.map(spanDocument) }];
  return JSON.stringify({ resourceSpans: [{ resource: { attributes }, scopeSpans }] });
}

export function resourceAttributes(resource: SpanResource): unknown[] {
  const own = [
    ["service.name", resource.name],
    ["service.namespace", resource.namespace],
    ["service.version", resource.version],
    ["service.instance.id", resource.instanceId],
  ] as const;
  const names = new Set<string>(own.map(([key]) => key));
  const more = resource.resourceAttributes.filter(({ key }) => !names.has(key));
  return [
    ...own.map(([key, value]) => attribute(key, value)),
    ...more.map(({ key, value }) => attribute(key, value)),
  ];
}

function spanDocument(span: EndedSpan): Record<string, unknown> {
  const { traceId, spanId, parentSpanId, startMs, durationMs, failure, attributes } = span;
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name: `edge.${span.span}`,
    kind: KINDS[span.span],
    startTimeUnixNano: unixNanos(startMs),
    endTimeUnixNano: unixNanos(startMs + durationMs),
    attributes: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
    ...(failure === undefined ? {} : { status: { code: STATUS_ERROR, message: failure } }),
  };
}

export function attribute(key: string, value: AttributeValue): Record<string, unknown> {
  if (typeof value === "string") return { key, value: { stringValue: value } };
  if (typeof value === "boolean") return { key, value: { boolValue: value } };
  if (Number.isSafeInteger(value)) return { key, value: { intValue: String(value) } };
  return { key, value: { doubleValue: value } };
}

/** Whole microseconds: as many as a double holds exactly of Unix milliseconds. */
export function unixNanos(unixMs: number): string {
  return `${Math.round(unixMs * 1000)}000`;
}
