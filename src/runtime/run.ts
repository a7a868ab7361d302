// Runs a distribution: from a loaded configuration to the exit code. The order matters: providers
// start and the socket is bound before "ready" is said, and everything is told to stop before the
// process ends.

import {
  checkPem,
  type ConfigSource,
  type ProxyConfig,
  secretsOf,
  type UpstreamTarget,
} from "../config/index.ts";
import { EventBus, createLog } from "../o11y/index.ts";
import { type Assembly, assemble } from "./assemble.ts";
import { VERSION } from "../o11y/build-info.ts";
import { misdirected } from "../server/misdirected.ts";
import { HangWatch } from "./hang-watch.ts";
import { type ProcessPort, ProcessWatch, realProcess, untilStopped } from "./lifecycle.ts";
import {
  BindError,
  HEAD_TIMEOUT_MS,
  QUEUE_FULL,
  type Listener,
  type ListenTlsPem,
  listen,
} from "../server/listener.ts";
import { listenPem, type ProxyDistribution } from "./serving.ts";
import { TlsFiles } from "../server/tls-files.ts";
import { createSpanExporter } from "./tracing.ts";
import { WorkerPool, workersFor } from "./workers/index.ts";

export interface RunContext {
  readonly source: ConfigSource;
  /** Default: the process. */
  readonly process?: ProcessPort;
}

/**
 * How many requests fetch, which is used for TLS, has in flight unless the environment says
 * otherwise; the others wait their turn.
 */
const FETCH_REQUESTS_MAX = 256;
const FETCH_REQUESTS_VARIABLE = "BUN_CONFIG_MAX_HTTP_REQUESTS";
/** What the last export of the program's own spans may take when it stops. */
const SPANS_STOP_MS = 1000;
/** What a silent connection may take beyond the slowest answer of an upstream. */
const IDLE_MARGIN_MS = 10_000;

/**
 * How a distribution starts, in the main thread: takes a configuration, runs until it is told to
 * stop, resolves to the exit code.
 */
export function startProxy(
  distribution: ProxyDistribution,
): (config: ProxyConfig, context: RunContext) => Promise<number> {
  return async (config, context) => {
    const bus = new EventBus();
    const { logLevel: level, logFormat: format } = config;
    const log = createLog(bus, { level, format, secrets: secretsOf(config) });
    try {
      return await run(config, distribution, context, bus);
    } finally {
      log.close();
    }
  };
}

async function run(
  config: ProxyConfig,
  distribution: ProxyDistribution,
  context: RunContext,
  bus: EventBus,
): Promise<number> {
  const port = context.process ?? realProcess;
  let assembly: Assembly | undefined;
  const watch = new ProcessWatch(port, {
    distribution: distribution.label,
    secrets: secretsOf(config),
    recentRequests: () => assembly?.server.recentRequests() ?? [],
  });
  bus.emit("server.starting", { distribution: distribution.label, version: VERSION });
  const { source } = context;
  bus.emit("config.loaded", { path: source.kind === "file" ? source.path : "defaults" });
  warnOfLimits(config, bus);
  const pool = createPool(config, bus, port);
  assembly = assemble(config, distribution, bus, { threads: pool?.threads });
  const { registry, reloader, readiness, server, adminServer, upstreams, metrics } = assembly;
  const { gate, firstPolicies } = assembly;
  const spans = createSpanExporter(config, bus);
  const tls = listenPem(config.tls);
  if (tls !== undefined) checkPem("tls", { ...tls, ca: tls.clientCa });
  firstPolicies.watch(registry);
  const listeners = await bind(config, assembly, bus, pool, tls);
  if (listeners === undefined) return 1;
  const tlsFiles = createTlsFiles(config, tls, listeners[0], bus);
  reloader.tlsFiles = tlsFiles;
  await tlsFiles?.start();
  registry.start();
  readiness.bound();
  const hangWatch =
    pool === undefined ? new HangWatch({ bus, format: config.logFormat }) : undefined;
  hangWatch?.start();
  for (const { url } of listeners) bus.emit("server.ready", { url });
  return untilStopped({
    listeners,
    readiness,
    bus,
    shutdownTimeoutMs: config.shutdownTimeoutMs,
    lastCall: () => {
      gate.stop();
      firstPolicies.stop();
      server.lastCall();
      adminServer.lastCall();
      pool?.lastCall();
    },
    reload: async () => {
      await reloader.reload();
    },
    stop: async (deadlineMs) => {
      hangWatch?.stop();
      tlsFiles?.stop();
      await registry.stop(deadlineMs);
      await spans?.stop(SPANS_STOP_MS);
      for (const upstream of upstreams) upstream.close();
      metrics.stop();
    },
    watch,
  });
}

/** Undefined: this thread serves itself. */
function createPool(config: ProxyConfig, bus: EventBus, port: ProcessPort): WorkerPool | undefined {
  const { workerCount: wanted, listen: target } = config;
  const { workers, why } = workersFor(wanted, target);
  if (why !== undefined) bus.emit("workers.limited", { wanted: wanted ?? 1, workers, why });
  if (workers === 1) return undefined;
  bus.emit("workers.starting", { workers });
  return new WorkerPool({ config, workers, bus, writeError: (text) => port.writeError(text) });
}

/** Opens the sockets; undefined, after saying why, when one cannot be opened. */
async function bind(
  config: ProxyConfig,
  assembly: Assembly,
  bus: EventBus,
  pool: WorkerPool | undefined,
  tls: ListenTlsPem | undefined,
): Promise<readonly Listener[] | undefined> {
  const { connectMs, firstByteMs, idleMs } = config.upstreamTimeouts;
  const { headerTimeoutMs: headTimeoutMs, servesPipelined } = config;
  const { beforePolicies, readyTimeoutMs } = config;
  const lost = (): void => bus.emit("connection.lost", QUEUE_FULL);
  const waitMs = beforePolicies === "wait" ? readyTimeoutMs : 0;
  const idleTimeoutMs = waitMs + Math.max(connectMs + firstByteMs, idleMs) + IDLE_MARGIN_MS;
  const onTlsClient = (): void => bus.emit("client.misdirected", misdirected("tls"));
  const common = { idleTimeoutMs, headTimeoutMs, servesPipelined, lost, onTlsClient };
  const listeners: Listener[] = [];
  try {
    const { fetch } = assembly.server.app;
    listeners.push(
      pool === undefined
        ? await listen({ target: config.listen, tls, ...common, fetch })
        : await pool.listen({
            tls,
            idleTimeoutMs,
            pages: fetch,
            ready: () => assembly.readiness.isReady,
          }),
    );
    const { listen: target } = config.admin;
    if (target !== undefined) {
      listeners.push(
        await listen({
          target,
          ...common,
          fetch: assembly.adminServer.app.fetch,
        }),
      );
    }
    return listeners;
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.abort()));
    if (!(error instanceof BindError)) throw error;
    bus.emit("program.failed", { what: error.message, where: error.where, cure: error.cure });
    return undefined;
  }
}

/** Undefined: there is no certificate, or none that could be replaced. */
function createTlsFiles(
  { tls: files }: ProxyConfig,
  inUse: ListenTlsPem | undefined,
  listener: Listener | undefined,
  bus: EventBus,
): TlsFiles | undefined {
  const apply = listener?.replaceTls;
  if (files === undefined || inUse === undefined || apply === undefined) return undefined;
  return new TlsFiles({ files, inUse, read: () => listenPem(files), apply, bus });
}

/** Settings that cannot be kept to the letter: said once, at start. */
function warnOfLimits(config: ProxyConfig, bus: EventBus): void {
  const { connectionsMax, headerTimeoutMs } = config;
  const requestsMax = Number(process.env[FETCH_REQUESTS_VARIABLE] ?? FETCH_REQUESTS_MAX);
  if (connectionsMax > requestsMax && hasTlsUpstream(config)) {
    bus.emit("upstream.requests_limited", {
      maxConnections: connectionsMax,
      upstreamRequests: requestsMax,
      cure: `set ${FETCH_REQUESTS_VARIABLE} in the environment; until then the others wait`,
    });
  }
  const isPlain = config.tls === undefined && config.listen.kind === "tcp";
  if (headerTimeoutMs !== HEAD_TIMEOUT_MS && !isPlain) {
    const asked = { headerTimeoutMs, appliedMs: HEAD_TIMEOUT_MS };
    const cure = "it can be set for TCP without TLS only; leave it out";
    bus.emit("header_timeout.ignored", { ...asked, cure });
  }
  if (config.servesPipelined && !isPlain) {
    bus.emit("pipelining.ignored", { cure: "it works for TCP without TLS only; leave it out" });
  }
}

function hasTlsUpstream({ upstreams }: ProxyConfig): boolean {
  return Object.values(upstreams).some(
    (target: UpstreamTarget) => target.kind === "http" && target.url.startsWith("https:"),
  );
}
