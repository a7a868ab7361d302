// Datadog over HTTP: which requests carry records, in which format and encoding, and to which
// upstream each other Datadog path goes. It only plans. Source: Datadog API reference, "Logs" and
// "Metrics", and the Agent's forwarder.

import type { DatadogLogsFormat } from "./format/index.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import type { RecordFormat, Signal } from "../../policy/index.ts";
import { bodyCodingOf, mediaTypeOf, unreadable } from "../content.ts";
import type {
  AcceptedResponse,
  BodyCoding,
  ErrorResponse,
  ErrorContent,
  HeaderValues,
  PathMatch,
  Plan,
  ProxyModule,
  RequestHead,
  Route,
  UpstreamName,
} from "../protocol.ts";

/** The body formats of the routes that are filtered. */
export interface DatadogFormats {
  readonly logs: RecordFormat | DatadogLogsFormat;
  readonly seriesV1: RecordFormat;
  readonly seriesV2: RecordFormat;
  readonly seriesProtobuf: RecordFormat;
}

interface Endpoint {
  readonly path: string;
  readonly knownPath: string;
  readonly telemetry: string;
  readonly signal: Signal;
  readonly upstream: UpstreamName;
  readonly formats: ReadonlyMap<string, RecordFormat | DatadogLogsFormat>;
  readonly emptyResponse: AcceptedResponse;
}

/** Client libraries send `text/json` to version 1 of the API. */
const JSON_TYPES = ["application/json", "text/json"] as const;
/** Some forwarders that write one record per line send these types. */
const LINES_TYPES = ["application/x-ndjson", "application/ndjson", "application/jsonl"] as const;
const PROTOBUF_TYPES = ["application/x-protobuf", "application/protobuf"] as const;

/** A response of the intake; its status is 202. */
function accepted(body: string): AcceptedResponse {
  return { status: 202, contentType: "application/json", body: encodeUtf8(body) };
}
const LOGS_ACCEPTED = accepted("{}");
const SERIES_V1_ACCEPTED = accepted('{"status":"ok"}');
const SERIES_V2_ACCEPTED = accepted('{"errors":[]}');

/** The intake's responses; client libraries raise an error if they get anything else. */
export const ACCEPTED: Readonly<Record<string, AcceptedResponse>> = {
  "/api/v2/logs": LOGS_ACCEPTED,
  "/api/v2/series": SERIES_V2_ACCEPTED,
  "/api/v1/series": SERIES_V1_ACCEPTED,
  "/api/v1/distribution_points": SERIES_V1_ACCEPTED,
  "/api/v1/check_run": SERIES_V1_ACCEPTED,
};

function datadogError({ status, message }: ErrorContent): ErrorResponse {
  const body = encodeUtf8(JSON.stringify({ errors: [message] }));
  return { status, contentType: "application/json", body };
}

/**
 * All other Datadog requests, by kind, whatever their method and content. Paths that are not listed
 * go to the default upstream.
 */
const FORWARDED: readonly (readonly [UpstreamName, readonly PathMatch[]])[] = [
  ["logs", [prefix("/api/v2/logs"), prefix("/v1/input")]],
  [
    "metrics",
    [
      prefix("/api/v1/series"),
      prefix("/api/v2/series"),
      prefix("/api/beta/sketches"),
      prefix("/api/v1/distribution_points"),
      prefix("/api/v1/check_run"),
      exact("/intake"),
      prefix("/intake/"),
      prefix("/api/v1/metadata"),
      prefix("/api/v2/host_metadata"),
      prefix("/api/v1/metrics"),
      prefix("/api/v2/metrics"),
      prefix("/api/v1/validate"),
    ],
  ],
  ["traces", [prefix("/api/v0.2/traces"), prefix("/api/v0.2/stats")]],
];

function exact(path: string): PathMatch {
  return { kind: "exact", path };
}
function prefix(path: string): PathMatch {
  return { kind: "prefix", path };
}

/**
 * Plans requests to Datadog's intake: logs and series are filtered, everything else is forwarded.
 */
export class DatadogModule implements ProxyModule {
  readonly name = "datadog";
  readonly routes: readonly Route[];

  readonly #endpoints: ReadonlyMap<Route, Endpoint>;
  readonly #upstreams: ReadonlyMap<Route, UpstreamName>;

  constructor(formats: DatadogFormats) {
    this.#endpoints = new Map(
      endpoints(formats).map((endpoint) => [
        {
          match: exact(endpoint.path),
          isBelowAnyBase: true,
          methods: ["POST"],
          knownPath: endpoint.knownPath,
          routeKind: endpoint.telemetry,
          errors: datadogError,
          upstream: endpoint.upstream,
        },
        endpoint,
      ]),
    );
    this.#upstreams = new Map(
      FORWARDED.flatMap(([upstream, matches]) =>
        matches.map((match): [Route, UpstreamName] => [
          { match, knownPath: "other", routeKind: "passthrough", errors: datadogError, upstream },
          upstream,
        ]),
      ),
    );
    this.routes = [...this.#endpoints.keys(), ...this.#upstreams.keys()];
  }

  plan(head: RequestHead, route: Route): Plan {
    const endpoint = this.#endpoints.get(route);
    if (endpoint === undefined) {
      return { kind: "forward", upstream: this.#upstreams.get(route) ?? "default" };
    }
    const { emptyResponse, signal, telemetry, upstream } = endpoint;
    const format = endpoint.formats.get(mediaTypeOf(head.headers));
    if (format === undefined) return unreadable(head, "unknown_content_type", endpoint);
    const coding = codingOf(head.headers);
    if (coding === undefined) return unreadable(head, "unknown_encoding", endpoint);
    return {
      kind: "filter",
      telemetry,
      signal,
      coding,
      format: "withQuery" in format ? format.withQuery(head.query) : format,
      upstream,
      emptyResponse,
    };
  }
}

/** Datadog's API and its client libraries call zstd "zstd1". */
function codingOf(headers: HeaderValues): BodyCoding | undefined {
  const value = headers.get("content-encoding");
  return value?.trim().toLowerCase() === "zstd1" ? "zstd" : bodyCodingOf(headers);
}

function endpoints(formats: DatadogFormats): Endpoint[] {
  const series = {
    telemetry: "datadog_metrics",
    signal: "metric",
    upstream: "metrics",
  } as const;
  return [
    {
      path: "/api/v2/logs",
      knownPath: "api_v2_logs",
      telemetry: "datadog_logs",
      signal: "log",
      upstream: "logs",
      formats: typed([...JSON_TYPES, ...LINES_TYPES], formats.logs),
      emptyResponse: LOGS_ACCEPTED,
    },
    {
      ...series,
      path: "/api/v2/series",
      knownPath: "api_v2_series",
      emptyResponse: SERIES_V2_ACCEPTED,
      formats: new Map([
        ...typed(JSON_TYPES, formats.seriesV2),
        ...typed(PROTOBUF_TYPES, formats.seriesProtobuf),
      ]),
    },
    {
      ...series,
      path: "/api/v1/series",
      knownPath: "api_v1_series",
      emptyResponse: SERIES_V1_ACCEPTED,
      formats: typed(JSON_TYPES, formats.seriesV1),
    },
  ];
}

function typed(
  mediaTypes: readonly string[],
  format: RecordFormat,
): ReadonlyMap<string, RecordFormat> {
  return new Map(mediaTypes.map((mediaType) => [mediaType, format]));
}
