// Builds what carries requests in one thread from the configuration: upstreams, executor, modules,
// server. Starts nothing. Threads that only serve load this, without what only the main thread
// needs.

import { readFileSync } from "node:fs";
import type {
  UpstreamHeaderValues,
  ListenTls,
  ProxyConfig,
  UpstreamKind,
  UpstreamTarget,
  UpstreamTls,
} from "../../config/index.ts";
import { checkPem, type PemGroup, pemPaths, type PemTexts, readPem } from "../../config/pem.ts";
import { secretsOf } from "../../config/secrets.ts";
import type { ExtensionKind } from "../../extensions/index.ts";
import type { EventBus } from "../../o11y/index.ts";
import type {
  Backend,
  ModuleRegistration,
  Plan,
  RequestHead,
  UpstreamName,
} from "../../protocols/index.ts";
import { AdminModule, namesOf, readyPage } from "../../admin/index.ts";
import type { Engine } from "../../policy/index.ts";
import { VERSION } from "../../o11y/build-info.ts";
import { Cors } from "../../server/cors.ts";
import { DumpFolder } from "../../pipeline/failures/dump-folder.ts";
import { FailureCapture } from "../../pipeline/failures/failure-capture.ts";
import { Executor } from "../../pipeline/executor.ts";
import type { UpstreamTlsPem } from "../../upstream/fetch-transport.ts";
import type { ListenTlsPem } from "../../server/listener.ts";
import type { Onlookers } from "../../pipeline/onlooker.ts";
import { PolicyGate } from "../../pipeline/policy-gate.ts";
import { type OtherThreads, Room } from "../../pipeline/room/room.ts";
import { Router } from "../../server/router.ts";
import { Scraper } from "../../pipeline/scrape/scrape.ts";
import { ProxyServer } from "../../server/server.ts";
import { StdoutUpstream } from "../../upstream/stdout-upstream.ts";
import type { Sightings } from "../../admin/find/sightings.ts";
import type { TapSubscriptions } from "../../admin/tap/tap-subscriptions.ts";
import { headerValuesNow } from "./header-values.ts";
import { createTracer } from "./tracing.ts";
import { UpstreamHeaders } from "../../upstream/header-changes.ts";
import { UpstreamClient } from "../../upstream/upstream-client.ts";
import { type LocalPage, pagesByPath } from "../../pipeline/local-pages.ts";
import type { Upstream } from "../../pipeline/upstream.ts";
import { newPseudonym, Via } from "../../server/via.ts";

/** What distinguishes one distribution of the proxy from another: its protocols. */
export interface ProxyDistribution {
  readonly label: string;
  /** In order; the last one should take whatever the others do not. */
  readonly modules: readonly ModuleRegistration[];
  /** Kinds of extensions that policies may use. Default: all that there are. */
  readonly extensions?: readonly ExtensionKind[];
}

/** What carries requests. Each thread that serves has its own. */
export interface Serving {
  readonly server: ProxyServer;
  /** Serves only the program's own paths; for `admin.listen`. */
  readonly adminServer: ProxyServer;
  /** What requests of this thread hold. */
  readonly room: Room;
  /** Whoever opens them says here how many connections this thread has. */
  readonly doors: { connections: () => number };
  readonly upstreams: readonly Upstream[];
  /** Holds telemetry back until the first policies are in force. */
  readonly gate: PolicyGate;
  /** Keeps requests that failed; undefined: nothing does. */
  readonly failures: FailureCapture | undefined;
  /** What becomes of headers on the way to upstreams. */
  readonly upstreamHeaders: UpstreamHeaders;
  /** What the distribution does with a request of this head; undefined: no module takes it. */
  plan(head: RequestHead): Plan | undefined;
}

export interface ServingDeps {
  readonly engine: Pick<Engine, "evaluation">;
  readonly bus: EventBus;
  readonly ready: () => boolean;
  /** Pages below `/_edge/`. */
  readonly pages: readonly LocalPage[];
  /** Which taps are open, and where to leave what they want; undefined: taps are off. */
  readonly taps?: TapSubscriptions | undefined;
  /** What remembers where records went; undefined: nothing does. */
  readonly sightings?: Sightings | undefined;
  /** Who looks at what policies leave of bodies. */
  readonly onlookers?: Onlookers | undefined;
  /** What this instance calls itself to upstreams; all its threads the same. Default: a new one. */
  readonly pseudonym?: string;
  /** Other threads that serve; undefined: this one is alone. */
  readonly others?: OtherThreads | undefined;
  /** What headers are set to. Default: what is written in the configuration and its files. */
  readonly headerValues?: UpstreamHeaderValues | undefined;
  /** How many threads share the memory that requests may hold. Default 1. */
  readonly threads?: number;
}

/** The part of an assembly that each thread has of its own. */
export function assembleServing(
  config: ProxyConfig,
  distribution: ProxyDistribution,
  { engine: judging, bus, ready, pages, taps, sightings, onlookers, ...shared }: ServingDeps,
): Serving {
  const via = new Via(shared.pseudonym ?? newPseudonym());
  const values = shared.headerValues ?? headerValuesNow(config);
  const headers = new UpstreamHeaders(config.upstreamHeaders, values);
  const { upstreams, scraped, targets } = createUpstreams(config, distribution, bus, via, headers);
  const { bodyBytesMax, decodedBytesMax } = config;
  const room = new Room({
    bus,
    requestsMax: config.connectionsMax,
    bytesMax: Math.ceil(config.inflightBytesMax / (shared.threads ?? 1)),
    waitMs: config.upstreamTimeouts.connectMs,
    unreadBytesMax: Math.ceil(config.waitingBytesMax / (shared.threads ?? 1)),
    others: shared.others,
  });
  const { inputBytesPerScrapeMax: inputBytesMax, outputBytesPerScrapeMax: outputBytesMax } =
    config.prometheus;
  const limits = { inputBytesMax, outputBytesMax };
  const remembered = sightings?.watching(judging) ?? judging;
  const engine = taps?.watching(remembered) ?? remembered;
  const scraper = new Scraper({ engine, bus, upstream: scraped, targets, onlookers, ...limits });
  const gate = new PolicyGate(config.beforePolicies);
  const failures = createFailures(config, distribution, bus);
  const executor = new Executor({
    engine,
    onlookers,
    failures,
    gate,
    upstreams,
    bus,
    scraper,
    pages: pagesByPath([readyPage(ready), ...pages]),
    bodyBytesMax,
    decodedBytesMax,
    plan: (head) => router.plan(head),
    ...(taps === undefined ? {} : { format: (signal, format) => taps.format(signal, format) }),
  });
  const scrapeTargets = [...config.prometheus.targets.keys()];
  const modules = distribution.modules.map(({ create }) => create({ scrapeTargets }));
  const hosts = [...config.admin.hosts, ...namesOf(config.listen, config.admin.listen)];
  const admin = (servesPages: boolean): AdminModule =>
    new AdminModule({ pages, adminToken: config.admin.token, hosts, servesPages });
  const tracer = createTracer(config, bus);
  const serve = (router: Router): ProxyServer =>
    new ProxyServer({
      router,
      executor,
      bus,
      room,
      tracer,
      adminToken: config.admin.token,
      via,
      cors: config.cors.allowedOrigins.length === 0 ? undefined : new Cors(config.cors),
    });
  const router = new Router([admin(config.admin.listen === undefined), ...modules]);
  return {
    server: serve(router),
    adminServer: serve(new Router([admin(true)])),
    room,
    doors: { connections: () => 0 },
    gate,
    failures,
    upstreamHeaders: headers,
    plan: (head) => router.plan(head),
    upstreams: [...new Set([...Object.values(upstreams), scraped, ...targets.values()])],
  };
}

function createFailures(
  config: ProxyConfig,
  { modules }: ProxyDistribution,
  bus: EventBus,
): FailureCapture | undefined {
  if (config.failureCapture === undefined) return undefined;
  const hidden = {
    secrets: secretsOf(config),
    headers: new Set(config.upstreamHeaders.map(({ name }) => name)),
    signalPaths: modules.flatMap(({ signalPaths = [] }) => signalPaths),
  };
  return new FailureCapture({ folder: new DumpFolder(config.failureCapture), hidden, bus });
}

/** For the report of a crash: shapes of the last requests, without anything that was in them. */
export function recentRequests(server: ProxyServer): readonly string[] {
  const lines = server.recentRequests();
  if (lines.length === 0) return ["no requests yet"];
  return ["last requests, the latest first:", ...lines.map((line) => `  ${line}`)];
}

interface Upstreams {
  readonly upstreams: Record<UpstreamName, Upstream>;
  /** Where scrapes go, and those of `prometheus.targets`. */
  readonly scraped: Upstream;
  readonly targets: ReadonlyMap<string, Upstream>;
}

/**
 * One client for each URL and what becomes of headers there, so that kinds of traffic with the same
 * upstream share its connections.
 */
function createUpstreams(
  config: ProxyConfig,
  { modules }: ProxyDistribution,
  bus: EventBus,
  via: Via,
  headers: UpstreamHeaders,
): Upstreams {
  const signalPaths = modules.flatMap(({ signalPaths: paths = [] }) => paths);
  const backends = modules.flatMap(({ backend }): readonly Backend[] =>
    backend === undefined ? [] : [backend],
  );
  const services = modules.flatMap(({ grpc }) => (grpc === undefined ? [] : [grpc]));
  const tls = upstreamPem(config.upstreamTls);
  const made = new Map<string, Upstream>();
  const create = (kind: UpstreamKind, target: UpstreamTarget, name: string = kind): Upstream => {
    const key = target.kind === "stdout" ? "stdout:" : `${headers.keyOf(kind)} ${target.url}`;
    const known = made.get(key);
    if (known !== undefined) return known;
    const { decodedBytesMax, upstreamTimeouts: timeouts } = config;
    const upstream =
      target.kind === "stdout"
        ? new StdoutUpstream({ name, decodedBytesMax, backends })
        : new UpstreamClient({
            name,
            url: target.url,
            timeouts,
            tls,
            bus,
            signalPaths,
            grpc: { services, decodedBytesMax },
            userAgent: `edge/${VERSION}`,
            via: via.entry,
            headers: headers.of(kind),
          });
    made.set(key, upstream);
    return upstream;
  };
  const { upstreams, prometheus } = config;
  const byName = {
    default: create("default", upstreams.default),
    logs: create("logs", upstreams.logs),
    metrics: create("metrics", upstreams.metrics),
    traces: create("traces", upstreams.traces),
  };
  const scraped = create("prometheus", prometheus.upstream);
  const targets = new Map(
    [...prometheus.targets].map(([path, url]) => [
      path,
      create("prometheus", { kind: "http", url }, path),
    ]),
  );
  return { upstreams: byName, scraped, targets };
}

/** A file that the configuration names cannot be read. */
class PemFileError extends Error {
  readonly code = "pem_file";
  constructor(key: string, path: string, reason: string) {
    super(`${key}: ${path}: ${reason}; name a PEM file that this user can read`);
    this.name = "PemFileError";
  }
}

function upstreamPem(tls: UpstreamTls | undefined): UpstreamTlsPem | undefined {
  if (tls === undefined) return undefined;
  const { cert, key, ca } = pemTexts("upstream_tls", { upstreamTls: tls, tls: undefined });
  checkPem("upstream_tls", { cert, key, ca });
  return { cert, key, ca };
}

/** The listener's PEM texts; throws PemFileError. */
export function listenPem(tls: ListenTls): ListenTlsPem;
export function listenPem(tls: ListenTls | undefined): ListenTlsPem | undefined;
export function listenPem(tls: ListenTls | undefined): ListenTlsPem | undefined {
  if (tls === undefined) return undefined;
  const { cert = "", key = "", ca } = pemTexts("tls", { tls, upstreamTls: undefined });
  return { cert, key, clientCa: ca };
}

function pemTexts(group: PemGroup, config: Pick<ProxyConfig, "tls" | "upstreamTls">): PemTexts {
  const read = (path: string): string => readFileSync(path, "utf8");
  return readPem(group, pemPaths(config)[group], read, (key, path, error) => {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new PemFileError(key, path, reason);
  });
}
