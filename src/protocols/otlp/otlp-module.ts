// OTLP over HTTP: which requests carry records, in which format and coding. It only plans; finding
// and judging records is up to the format and the engine. Source: OTLP specification, section
// "OTLP/HTTP".

import { canonicalPath, withoutTrailingSlash } from "../../core/paths.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import type { RecordFormat, Signal } from "../../policy/index.ts";
import { bodyCodingOf, mediaTypeOf, unreadable } from "../content.ts";
import { eitherSnappy, snappyFrames } from "../snappy/index.ts";
import { otlpError } from "./errors.ts";
import type {
  AcceptedResponse,
  HeaderValues,
  InnerCoding,
  Plan,
  ProxyModule,
  RequestHead,
  Route,
  UpstreamName,
} from "../protocol.ts";

/** The two body formats of each signal. */
export interface OtlpFormats {
  readonly json: (signal: Signal) => RecordFormat;
  readonly protobuf: (signal: Signal) => RecordFormat;
}

interface Endpoint {
  readonly path: string;
  readonly signal: Signal;
  readonly telemetry: string;
  readonly upstream: UpstreamName;
  readonly knownPath: string;
}

const ENDPOINTS: readonly Endpoint[] = [
  {
    path: "/v1/logs",
    signal: "log",
    telemetry: "otlp_logs",
    upstream: "logs",
    knownPath: "v1_logs",
  },
  {
    path: "/v1/metrics",
    signal: "metric",
    telemetry: "otlp_metrics",
    upstream: "metrics",
    knownPath: "v1_metrics",
  },
  {
    path: "/v1/traces",
    signal: "trace",
    telemetry: "otlp_traces",
    upstream: "traces",
    knownPath: "v1_traces",
  },
];

const EMPTY_JSON = encodeUtf8("{}");
/** An empty Export…ServiceResponse is zero bytes. */
const EMPTY_PROTOBUF = new Uint8Array(0);

interface Prepared {
  readonly endpoint: Endpoint;
  readonly json: RecordFormat;
  readonly protobuf: RecordFormat;
}

/** Plans requests of OTLP over HTTP: logs, metrics and traces are filtered. */
export class OtlpModule implements ProxyModule {
  readonly name = "otlp";
  readonly routes: readonly Route[] = ENDPOINTS.map((endpoint) => ({
    match: { kind: "exact", path: endpoint.path },
    isBelowAnyBase: true,
    methods: ["POST"],
    knownPath: endpoint.knownPath,
    routeKind: endpoint.telemetry,
    errors: otlpError,
    upstream: endpoint.upstream,
  }));

  readonly #byPath: ReadonlyMap<string, Prepared>;

  constructor(formats: OtlpFormats) {
    this.#byPath = new Map(
      ENDPOINTS.map((endpoint) => [
        endpoint.path,
        {
          endpoint,
          json: formats.json(endpoint.signal),
          protobuf: formats.protobuf(endpoint.signal),
        },
      ]),
    );
  }

  plan(head: RequestHead): Plan {
    const path = withoutTrailingSlash(canonicalPath(head.path));
    // Whatever it stands below.
    const prepared = this.#byPath.get(path.slice(path.lastIndexOf("/v1/")));
    if (prepared === undefined) return { kind: "forward", upstream: "default" };
    const { signal, telemetry, upstream } = prepared.endpoint;
    const mediaType = mediaTypeOf(head.headers);
    const format = formatOf(prepared, mediaType);
    if (format === undefined) return unreadable(head, "unknown_content_type", prepared.endpoint);
    const inner = innerCodingOf(head.headers);
    const coding = inner === undefined ? bodyCodingOf(head.headers) : "identity";
    if (coding === undefined) return unreadable(head, "unknown_encoding", prepared.endpoint);
    const emptyResponse = emptyResponseOf(format === prepared.json, mediaType);
    return { kind: "filter", telemetry, signal, coding, inner, format, upstream, emptyResponse };
  }
}

/** What the Collector's exporters and receivers know beside what others do. */
function innerCodingOf(headers: HeaderValues): InnerCoding | undefined {
  switch (headers.get("content-encoding")?.trim().toLowerCase()) {
    case "snappy":
      return eitherSnappy;
    case "x-snappy-framed":
      return snappyFrames;
    default:
      return undefined;
  }
}

function formatOf(prepared: Prepared, mediaType: string): RecordFormat | undefined {
  switch (mediaType) {
    case "application/json":
      return prepared.json;
    case "application/x-protobuf":
    case "application/protobuf":
      return prepared.protobuf;
    default:
      return undefined;
  }
}

/** OTLP: the response has the content type of the request. */
function emptyResponseOf(isJson: boolean, contentType: string): AcceptedResponse {
  return { status: 200, contentType, body: isJson ? EMPTY_JSON : EMPTY_PROTOBUF };
}
