// The matchers of the ten policies of a set that match something, each by another kind of matcher:
// together exactly the records that are made to be noise.

export type Matcher = Readonly<Record<string, string | boolean>>;
export type Live = readonly (readonly Matcher[])[];
/** How a flavor of records names the service, and spells a severity. */
export interface Spelling {
  readonly service: Matcher;
  readonly severity: (text: string) => string;
}

export const structuredLogs = ({ service: svc, severity: sev }: Spelling): Live => [
  [
    { ...svc, exact: "checkout-worker" },
    { log_field: "severity_text", exact: sev("DEBUG") },
  ],
  [{ log_field: "body", contains: "/healthz" }],
  [{ log_field: "body", starts_with: "Cache hit for key " }],
  [{ log_field: "body", regex: '^GET /(ready|live)z? HTTP/1\\.[01]" 200 [0-9]+ms$' }],
  [{ log_attribute: "debug_session", exists: true }],
  [{ log_attribute: "http_route", exact: "/metrics" }],
  [{ log_field: "body", ends_with: " heartbeat ok" }],
  [
    { ...svc, exact: "batch-archiver" },
    { log_field: "severity_text", exact: sev("ERROR"), negate: true },
  ],
  [{ log_field: "body", contains: "verbose trace", case_insensitive: true }],
  [{ log_attribute: "url_path", regex: "^/internal/(debug|trace)/[0-9a-f]{8}$" }],
];
export const RAW_LOGS: Live = [
  [{ log_field: "body", contains: " DEBUG checkout-worker " }],
  [{ log_field: "body", contains: "/healthz" }],
  [{ log_field: "body", contains: "] Cache hit for key " }],
  [{ log_field: "body", regex: 'GET /(ready|live)z? HTTP/1\\.[01]" 200 [0-9]+ms' }],
  [{ log_field: "body", contains: " debug_session=" }],
  [{ log_field: "body", contains: " http_route=/metrics" }],
  [{ log_field: "body", contains: " heartbeat ok " }],
  [{ log_field: "body", regex: " (INFO|WARN) batch-archiver " }],
  [{ log_field: "body", contains: "verbose trace", case_insensitive: true }],
  [{ log_field: "body", regex: " url_path=/internal/(debug|trace)/[0-9a-f]{8} " }],
];
export const metricLive = (sep: string): Live => {
  const n = (s: string): string => s.replaceAll(".", sep);
  const re = sep === "." ? "\\." : "_";
  return [
    [{ metric_field: "name", exact: n("runtime.gc.heap.allocs") }],
    [{ metric_field: "name", starts_with: n("debug.") }],
    [{ metric_field: "name", regex: `^jvm${re}(buffer|memory)${re}pool${re}[a-z]+$` }],
    [{ metric_field: "name", ends_with: n(".unused") }],
    [{ metric_field: "name", contains: "experimental" }],
    [{ datapoint_attribute: "pod_uid", exists: true }],
    [{ datapoint_attribute: "outcome", exact: "canceled" }],
    [{ datapoint_attribute: "endpoint", regex: "^/(healthz|readyz|livez)$" }],
    [
      { metric_field: "name", starts_with: n("test.") },
      { datapoint_attribute: "env", exact: "ci" },
    ],
    [{ metric_field: "name", exact: n("legacy.temp.gauge"), case_insensitive: true }],
  ];
};
export const TRACE_LIVE: Live = [
  [{ trace_field: "TRACE_FIELD_NAME", exact: "GET /healthz" }],
  [{ trace_field: "TRACE_FIELD_NAME", starts_with: "internal.debug" }],
  [{ trace_field: "TRACE_FIELD_NAME", regex: "^SELECT pg_(catalog|stat)_[a-z]+$" }],
  [{ span_attribute: "http.route", exact: "/metrics" }],
  [{ span_attribute: "debug_session", exists: true }],
  [
    { resource_attribute: "service.name", exact: "batch-archiver" },
    { span_kind: "SPAN_KIND_INTERNAL", exists: true },
  ],
  [{ span_attribute: "url.path", regex: "^/internal/(debug|trace)/[0-9a-f]{8}$" }],
  [{ trace_field: "TRACE_FIELD_NAME", ends_with: ".heartbeat" }],
  [{ trace_field: "TRACE_FIELD_NAME", contains: "cache.get" }],
  [{ resource_attribute: "service.name", exact: "synthetic-canary" }],
];
