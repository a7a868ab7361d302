// Loki over HTTP: which requests push logs, in which format and coding, and where all else of Loki
// goes. Plans only. Source: Loki HTTP API, "Ingest logs", and the receiver's own reading of heads
// (grafana/loki, pkg/loghttp/push).

import { encodeUtf8 } from "../../core/utf8.ts";
import type { RecordFormat } from "../../policy/index.ts";
import { bodyCodingOf, mediaTypeOf, unreadable } from "../content.ts";
import type {
  AcceptedResponse,
  BodyCoding,
  ErrorResponse,
  ErrorContent,
  HeaderValues,
  InnerCoding,
  Plan,
  ProxyModule,
  RequestHead,
  Route,
} from "../protocol.ts";

/** The body formats of pushes, and the coding of those in protobuf. */
export interface LokiFormats {
  readonly json: RecordFormat;
  readonly protobuf: RecordFormat;
  readonly snappy: InnerCoding;
}

export const PUSH_PATH = "/loki/api/v1/push";
export const ACCEPTED: AcceptedResponse = { status: 204, body: new Uint8Array(0) };

/** As Go's `http.Error` writes it, which is how Loki answers. */
function lokiError({ status, message }: ErrorContent): ErrorResponse {
  const contentType = "text/plain; charset=utf-8";
  return { status, contentType, body: encodeUtf8(`${message}\n`) };
}

const PUSH = { telemetry: "loki_logs", upstream: "logs" } as const;
const PUSH_ROUTE: Route = {
  match: { kind: "exact", path: PUSH_PATH },
  isBelowAnyBase: true,
  methods: ["POST"],
  knownPath: "loki_push",
  routeKind: PUSH.telemetry,
  errors: lokiError,
  upstream: PUSH.upstream,
};
/** Queries, the tail, and what is pushed in other ways. */
const OTHER_ROUTES: readonly Route[] = ["/loki/", "/api/prom/"].map((path) => ({
  match: { kind: "prefix", path },
  knownPath: "other",
  routeKind: "passthrough",
  errors: lokiError,
  upstream: PUSH.upstream,
}));

/** Plans requests of Loki's HTTP API: pushes are filtered, all else is sent on. */
export class LokiModule implements ProxyModule {
  readonly name = "loki";
  readonly routes: readonly Route[] = [PUSH_ROUTE, ...OTHER_ROUTES];
  readonly #formats: LokiFormats;

  constructor(formats: LokiFormats) {
    this.#formats = formats;
  }

  plan(head: RequestHead, route: Route): Plan {
    if (route !== PUSH_ROUTE) return { kind: "forward", upstream: PUSH.upstream };
    const coding = codingOf(head.headers);
    if (coding === undefined) return unreadable(head, "unknown_encoding", PUSH);
    // Whatever does not say that it is JSON is protobuf, as Loki reads it.
    const isJson = mediaTypeOf(head.headers) === "application/json";
    return {
      kind: "filter",
      ...PUSH,
      signal: "log",
      coding,
      inner: isJson ? undefined : this.#formats.snappy,
      format: isJson ? this.#formats.json : this.#formats.protobuf,
      emptyResponse: ACCEPTED,
    };
  }
}

/** `snappy` is what protobuf is in anyway; of JSON Loki does not mind it. */
function codingOf(headers: HeaderValues): BodyCoding | undefined {
  const value = headers.get("content-encoding");
  return value?.trim().toLowerCase() === "snappy" ? "identity" : bodyCodingOf(headers);
}
