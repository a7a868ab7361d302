// What a protocol is to the program: routes as data, a pure function from a request's head to a
// plan, and everything else that other folders need to know about it. A module never reads a body,
// never waits and never does I/O; the executor in src/pipeline does all of that, for every module
// alike.

import type { FailOpenReason, RouteKind, Telemetry } from "../o11y/events.ts";
import type { ProtocolMetric } from "../o11y/metric-spec.ts";
import type { RecordEncoding, RecordFormat, RecordFrame, Signal } from "../policy/index.ts";
import type { SyncStage } from "../policy/wire/index.ts";
import type { HeaderValues } from "./header-values.ts";
import type { ScrapeFormat } from "./scrape-format.ts";

export type { HeaderValues } from "./header-values.ts";

/** What a module may look at. `query` begins with "?" or is empty. */
export interface RequestHead {
  readonly method: string;
  /** As the client wrote it; the route tells which path it is. */
  readonly path: string;
  readonly query: string;
  readonly headers: HeaderValues;
}

/**
 * The upstreams of the configuration, by the kind of traffic; fall-backs are applied behind the
 * name.
 */
export type UpstreamName = "default" | "logs" | "metrics" | "traces";

/** Edge answers the request itself; no upstream is asked. */
export interface RespondPlan {
  readonly kind: "respond";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The request is forwarded as it comes, and so is the response. */
export interface ForwardPlan {
  readonly kind: "forward";
  readonly upstream: UpstreamName;
  /**
   * Set when policies would have judged the body had it been readable: counted as a fail-open pass.
   */
  readonly unjudged?: {
    readonly telemetry: Telemetry;
    readonly reason: FailOpenReason;
    readonly detail: string;
  };
}

/** Codings that the executor decodes and encodes. */
export type BodyCoding = "identity" | "gzip" | "deflate" | "zstd";

/** Decoded bytes, or why there are none. */
export type Unpacked =
  | {
      readonly kind: "ok";
      readonly bytes: Uint8Array;
      /** What they were coded in, where only they tell; they are coded in it again. */
      readonly inner?: InnerCoding;
    }
  /** More than the bound; nothing is known of the rest. */
  | { readonly kind: "too_large" }
  | { readonly kind: "corrupt"; readonly detail: string };

/**
 * A coding that HTTP does not know, inside of the one that it knows. Untrusted bytes cost what they
 * unfold to, at most. Both ways go in steps of some 64 KiB, between which others have a turn.
 */
export interface InnerCoding {
  /** Bytes in clear, as far as the coded ones tell beforehand; 0 when they do not. */
  expectedBytes(coded: Uint8Array): number;
  decode(coded: Uint8Array, clearBytesMax: number): Generator<undefined, Unpacked>;
  encode(clear: Uint8Array): Generator<undefined, Uint8Array>;
}

/** What a backend says when it took all of a request. */
export interface AcceptedResponse {
  readonly status: number;
  /** Undefined: there is no body. */
  readonly contentType?: string;
  readonly body: Uint8Array;
}

/** The body is decoded, its records are judged, and what is left is sent on. */
export interface FilterPlan {
  readonly kind: "filter";
  readonly telemetry: Telemetry;
  readonly signal: Signal;
  readonly coding: BodyCoding;
  /** What else the body is coded in. Default: nothing. */
  readonly inner?: InnerCoding | undefined;
  readonly format: RecordFormat;
  readonly upstream: UpstreamName;
  /** What the client is told when policies dropped every record of its request. */
  readonly emptyResponse: AcceptedResponse;
}

/** Fetched from an exporter, and filtered as it streams back. */
export interface ScrapePlan {
  readonly kind: "scrape";
  readonly telemetry: Telemetry;
  readonly signal: Signal;
  readonly format: ScrapeFormat;
  /** Path in `prometheus.targets` whose URL is fetched; undefined: the upstream of scrapes. */
  readonly target: string | undefined;
  /** Path and query below the base URL of what is fetched. */
  readonly path: string;
}

/** One of the program's own pages answers the request, whatever it does for that. */
export interface PagePlan {
  readonly kind: "page";
  /** Path of the page. */
  readonly page: string;
  readonly query: string;
}

/**
 * Every way in which a request can go on. A new one is a member here and a case in the executor.
 */
export type Plan = RespondPlan | ForwardPlan | FilterPlan | ScrapePlan | PagePlan;

/**
 * `exact`: the whole path, with or without a slash at its end. `prefix`: the path begins with it;
 * the longest prefix wins. `any`: all the rest. Compared is the canonical path (core/paths.ts).
 */
export type PathMatch =
  | { readonly kind: "exact"; readonly path: string }
  | { readonly kind: "prefix"; readonly path: string }
  | { readonly kind: "any" };

/** What is wrong with a request, or with what it needs. */
export interface ErrorContent {
  readonly status: number;
  /** A word for programs. */
  readonly code: string;
  readonly message: string;
}

/** An error as clients of a protocol read it. */
export interface ErrorResponse {
  /** Another one where clients would take the error's for something else. */
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** Writes an error for the client whose request has these headers. */
export type ErrorForm = (error: ErrorContent, request: HeaderValues) => ErrorResponse;

/** Which requests a module plans, and how they are counted. */
export interface Route {
  readonly match: PathMatch;
  /** Whether an exact path may stand below any other: `/v1/logs` as `/otlp/v1/logs`. */
  readonly isBelowAnyBase?: boolean;
  /**
   * Methods that this route takes; undefined: all. A request with another method goes on to the
   * next best route, which in a distribution with passthrough means that it is forwarded raw.
   */
  readonly methods?: readonly string[];
  /** Label of the request metrics: one that the protocol brings, or `other`. */
  readonly knownPath: string;
  /** Label of the metric of prefilter decisions; `health` routes are never forwarded. */
  readonly routeKind: RouteKind;
  /** Default: JSON of the program's own. */
  readonly errors?: ErrorForm;
  /**
   * Where its requests go when the module fails to plan; `none`: nowhere, their clients are told of
   * a fault. Default: the default upstream.
   */
  readonly upstream?: UpstreamName | "none";
}

/** A protocol at work: its routes, and plans for their requests. */
export interface ProxyModule {
  readonly name: string;
  /** Read once, at start. */
  readonly routes: readonly Route[];
  /**
   * Pure, and total: of any head it makes a plan. Called with a head that one of the routes
   * matched, and with that route.
   */
  plan(head: RequestHead, route: Route): Plan;
}

/** The parts of the configuration that modules are made with. */
export interface ModuleDeps {
  /** Paths of `prometheus.targets`. Default: none. */
  readonly scrapeTargets?: readonly string[];
}

/** What the bytes of a record are to people. */
export type PayloadKind = "json" | "text" | "binary";

/** A record apart from its request, with its surroundings. */
export interface SingleRecord {
  readonly signal: Signal;
  readonly bytes: Uint8Array;
  readonly frame?: RecordFrame | undefined;
}

/**
 * Writes a record as one JSON document that can be understood, and sent again, alone; undefined: it
 * has no such document. Its bytes are to be used before the next one is written.
 */
export type RecordDocument = (record: SingleRecord) => Uint8Array | undefined;

/** Told of the series of a metric: of the labels of each, and then of its end. Holds no value. */
export interface SeriesTaker {
  /** `value`: a hash of the label's value. */
  label(name: string, value: number): void;
  /** The same of a name that is bytes[start, end), UTF-8. */
  labelAt(bytes: Uint8Array, start: number, end: number, value: number): void;
  /** The series with the labels since the last one. */
  series(): void;
}

/** Tells the series of a metric: sets of labels, with what its format has in place of labels. */
export type SeriesOf = (metric: SingleRecord, taker: SeriesTaker) => void;

/** What can be done with the bytes of single records. */
export interface EncodingOfRecords {
  readonly payload: PayloadKind;
  /** Loads what writes them as documents. Default: JSON is one as it is, others have none. */
  readonly document?: () => Promise<RecordDocument>;
  /**
   * Loads what judges such documents, or the bytes of those that have none, alone. Default: nothing
   * can.
   */
  readonly alone?: () => Promise<LoneRecords>;
  /** Loads what tells the series of metrics. Default: nothing does. */
  readonly series?: () => Promise<SeriesOf>;
}

/** How one document is a body: that of a log, which alone can be edited. */
export interface LoneRecords {
  readonly format: RecordFormat;
  /** What stands around it in a body of that format. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** What is posted to see what policies make of it, by `/_edge/explain`. */
export interface Samples {
  /** Where clients post records of each signal. */
  readonly paths: Readonly<Partial<Record<Signal, string>>>;
  /**
   * Whether a body is one of this protocol for sure, when nobody says which it is. Without it the
   * protocol is taken for what no other one recognises.
   */
  readonly recognises?: (body: Uint8Array, headers: HeaderValues) => boolean;
}

/** A request as the backend receives it. */
export interface BackendRequest {
  /** Without the query. */
  readonly path: string;
  readonly contentType: string;
  /** Decoded, unless its coding is one that is not known. */
  readonly bytes: Uint8Array;
  /** What the bytes are in JSON; undefined: they are none, or said to be protobuf. */
  readonly document: unknown;
}

/** A path that telemetry is sent to, as backends and their documents name it. */
export interface SignalPath {
  readonly path: string;
  /** Those that send telemetry to it, or fetch it. */
  readonly methods: readonly string[];
  /**
   * `end`: requests for it end with it, whatever they have before. `begin`: they begin with it,
   * and may have more behind it.
   */
  readonly anchor: "end" | "begin";
}

/**
 * What the upstream `stdout:`, which stands in for a protocol's backend, needs to know about it.
 */
export interface Backend {
  /**
   * What it says, by path, when it took all of a request. Default: an empty message, `{}` or
   * nothing, as the request is written.
   */
  readonly accepted?: Readonly<Record<string, AcceptedResponse>>;
  /** What is to be printed of each record; undefined: the body is none of this protocol. */
  readonly records?: (
    request: BackendRequest,
  ) => readonly unknown[] | undefined | Promise<readonly unknown[] | undefined>;
}

/** What its documents are as messages of protobuf. Both throw for what is neither. */
export interface Transcoder {
  /** The message of a request in JSON for this path. */
  message(path: string, json: Uint8Array): Uint8Array;
  /** A response's message as JSON. */
  document(path: string, message: Uint8Array): Uint8Array;
}

/** The protocol's service over gRPC. */
export interface GrpcService {
  /**
   * Paths of its own, by those of the methods that take and give the protobuf messages that these
   * paths do.
   */
  readonly methods: Readonly<Record<string, string>>;
  /** Loads what makes messages of JSON. */
  readonly transcoder: () => Promise<Transcoder>;
}

/**
 * Everything that a protocol brings: one line of a distribution's list. It lacks what is absent.
 */
export interface ModuleRegistration {
  readonly name: string;
  /** Kinds of telemetry that it carries: values of labels. */
  readonly telemetry?: readonly Telemetry[];
  /** What its paths are called in metrics. */
  readonly knownPaths?: readonly string[];
  /** Metrics of its own. */
  readonly metrics?: readonly ProtocolMetric[];
  /** What policies can do with what it carries; told to control planes. */
  readonly stages?: readonly SyncStage[];
  /** What its formats call the bytes of single records, and what can be done with those. */
  readonly encodings?: Readonly<Record<RecordEncoding, EncodingOfRecords>>;
  readonly samples?: Samples;
  /** With which the URL of an upstream may end that is the whole one. */
  readonly signalPaths?: readonly SignalPath[];
  readonly grpc?: GrpcService;
  readonly backend?: Backend;
  readonly create: (deps: ModuleDeps) => ProxyModule;
}
