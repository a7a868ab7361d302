// What a protocol module is: routes as data, and a pure function from a request's head to a plan. A
// module never reads a body, never waits and never does I/O; the executor in src/pipeline does all
// of that, for every module alike.

import type { FailOpenReason, RouteKind, Telemetry } from "../o11y/events.ts";
import type { KnownPath } from "../o11y/labels.ts";
import type { RecordFormat, Signal } from "../policy/index.ts";

/**
 * What a module may look at. Header names are looked up without case; `query` begins with "?" or is
 * empty.
 */
export interface RequestHead {
  readonly method: string;
  /** As the client wrote it; the route tells which path it is. */
  readonly path: string;
  readonly query: string;
  readonly headers: Headers;
}

/**
 * The upstreams of the configuration, by the kind of traffic; fall-backs are applied behind the
 * name.
 */
export type UpstreamName = "default" | "logs" | "metrics" | "traces";

/** Answered here; no upstream is asked. */
export interface AnswerPlan {
  readonly kind: "answer";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sent on as it comes, and the answer likewise. */
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

/**
 * What the client is told when policies dropped every record of its request: what the backend would
 * say.
 */
export interface EmptyAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** Codings that the executor decodes and encodes. */
export type BodyCoding = "identity" | "gzip" | "deflate" | "zstd";

/** The body is decoded, its records are judged, and what is left is sent on. */
export interface FilterPlan {
  readonly kind: "filter";
  readonly telemetry: Telemetry;
  readonly signal: Signal;
  readonly coding: BodyCoding;
  readonly format: RecordFormat;
  readonly upstream: UpstreamName;
  readonly emptyAnswer: EmptyAnswer;
}

/** Fetched from an exporter; the exposition is filtered line by line as it streams back. */
export interface ScrapePlan {
  readonly kind: "scrape";
  readonly telemetry: Telemetry;
  readonly signal: Signal;
  /** Path in `prometheus.targets` whose URL is fetched; undefined: the upstream of scrapes. */
  readonly target: string | undefined;
  /** Path and query below the base URL of what is fetched. */
  readonly path: string;
}

/** Answered by a page of the program's own that needs the request, takes its time, or streams. */
export interface OwnPlan {
  readonly kind: "own";
  readonly page: ServedPage;
  readonly query: string;
}

/**
 * Every way in which a request can go on. A new one is a member here and a case in the executor.
 */
export type Plan = AnswerPlan | ForwardPlan | FilterPlan | ScrapePlan | OwnPlan;

/**
 * `exact`: the whole path, with or without a slash at its end. `prefix`: the path begins with it;
 * the longest prefix wins. `any`: all the rest. Compared is the canonical path (core/paths.ts).
 */
export type PathMatch =
  | { readonly kind: "exact"; readonly path: string }
  | { readonly kind: "prefix"; readonly path: string }
  | { readonly kind: "any" };

/** What the clients of a kind of telemetry read errors in; others get JSON of our own. */
export type ErrorForm = "otlp" | "datadog";

export interface Route {
  readonly match: PathMatch;
  /** Whether an exact path may stand below any other: `/v1/logs` as `/otlp/v1/logs`. */
  readonly isBelowAnyBase?: boolean;
  /**
   * Methods that this route takes; undefined: all. A request with another method goes on to the
   * next best route, which in a distribution with passthrough means that it is forwarded raw.
   */
  readonly methods?: readonly string[];
  /** Label of the request metrics. */
  readonly knownPath: KnownPath;
  /** Label of the metric of prefilter decisions; `health` routes are never forwarded. */
  readonly routeKind: RouteKind;
  readonly errors?: ErrorForm;
  /** Where its requests go when the module fails to plan. Default: the default upstream. */
  readonly upstream?: UpstreamName;
}

export interface ProxyModule {
  readonly name: string;
  /** Read once, at start. */
  readonly routes: readonly Route[];
  /** Pure. Called with a head that one of the routes matched, and with that route. */
  plan(head: RequestHead, route: Route): Plan;
}

/** A page below the program's own paths. `render` is called for each request. */
export interface OwnPage {
  /** For example `/_edge/metrics`. */
  readonly path: string;
  readonly render: (query: URLSearchParams) => PageContent;
}

/** A page that is more than a text: it reads a body, waits, or streams. */
export interface ServedPage {
  readonly path: string;
  /** For example GET and HEAD. */
  readonly methods: readonly string[];
  readonly serve: (request: Request, query: URLSearchParams) => Response | Promise<Response>;
}

export interface PageContent {
  readonly contentType: string;
  readonly text: string;
}

/** What modules are given by the program that they run in. */
export interface ModuleDeps {
  /**
   * False until the socket is bound and the policies are there, and again when the program is
   * stopping.
   */
  readonly ready: () => boolean;
  /** Pages below `/_edge/`. */
  readonly pages: readonly (OwnPage | ServedPage)[];
  /** Bearer token that pages below `/_edge/` ask for; undefined: none. */
  readonly adminToken: string | undefined;
  /** Paths of `prometheus.targets`. Default: none. */
  readonly scrapeTargets?: readonly string[];
  /** Whether the pages below `/_edge/` are served by this listener. */
  readonly servesPages: boolean;
}

/** One line of a distribution's list. */
export interface ModuleRegistration {
  readonly name: string;
  readonly create: (deps: ModuleDeps) => ProxyModule;
}
