// The proxy as a program: which parts it has, in which order they start, and what it warns about.

import { Worker } from "node:worker_threads";
import {
  broadcastDumpTarget,
  type ConfigSource,
  type UpstreamHeaderValues,
  type ProxyConfig,
  secretsOf,
  type UpstreamTarget,
} from "../../config/index.ts";
import type { EventBus } from "../../o11y/index.ts";
import type { Components } from "../component.ts";
import { HangWatch } from "../hang-watch.ts";
import { ServiceLedgers } from "../../policy/index.ts";
import { createBudgetState } from "../budget-state.ts";
import { createBudgets } from "../budgets.ts";
import type { ProcessPort } from "../process-watch.ts";
import { type ProgramContext, startProgram } from "../program.ts";
import { createLeasing, createSharedLimits, OwnPolicies } from "../shared-limits/index.ts";
import { serveIfWorker, WorkerPool, type WorkerPoolOptions, workersFor } from "../workers/index.ts";
import { assemble, type Assembly } from "./assemble.ts";
import { grpcMethodsOf } from "./doors.ts";
import { HeaderFiles } from "../header-files.ts";
import { headerValuesNow } from "./header-values.ts";
import { ProxyListeners } from "./listeners.ts";
import { type ProxyDistribution, recentRequests } from "./serving.ts";
import { createMetricsExporter, createSpanExporter } from "./tracing.ts";

/** The process as the program sees it: streams, variables, signals. */
export interface RunContext {
  /** Where the configuration is from, for the log. */
  readonly source?: ConfigSource | undefined;
  /** Default: the process. */
  readonly process?: ProcessPort | undefined;
}

/**
 * How many requests fetch, which is used for TLS, has in flight unless the environment says
 * otherwise; the others wait their turn.
 */
const FETCH_REQUESTS_MAX = 256;
const FETCH_REQUESTS_VARIABLE = "BUN_CONFIG_MAX_HTTP_REQUESTS";
/** What the last export of own spans, or metrics, may take at a stop, and of what is left. */
const SPANS_STOP_MS = 1000;
const SPANS_STOP_SHARE = 0.5;

/**
 * Runs a proxy until it is told to stop; resolves to the exit code. Rejects when it cannot start
 * for what it was given, such as a certificate file that is not there.
 *
 * With a `worker_count` above 1 each worker runs the program's entry file again. There this serves
 * as the main thread says, and never resolves: nothing behind it happens twice. What stands before
 * it does.
 *
 * @example
 * const { config, source } = loadConfig({ path: "config.json", env: process.env });
 * const modules = [otlp, passthrough];
 * process.exit(await startProxy({ label: "mine", modules }, config, { source }));
 */
export async function startProxy(
  distribution: ProxyDistribution,
  config: ProxyConfig,
  { source, process }: RunContext = {},
): Promise<number> {
  await serveIfWorker(distribution);
  const { logLevel, logFormat, shutdownTimeoutMs } = config;
  const { label } = distribution;
  const secrets = secretsOf(config);
  return startProgram(
    { distribution: label, logLevel, logFormat, secrets, shutdownTimeoutMs, source, process },
    (context) => proxyComponents(config, distribution, context),
  );
}

/** Of this program: its entry file serves, or does what else it was started for. */
function startThread(workerData: object): Worker {
  return new Worker(Bun.main, { workerData });
}

/** In the order in which they start. */
function proxyComponents(
  config: ProxyConfig,
  distribution: ProxyDistribution,
  { bus, writeError, threadReports }: ProgramContext,
): Components {
  warnOfLimits(config, bus);
  if (config.grpc !== undefined && Object.keys(grpcMethodsOf(distribution)).length === 0) {
    bus.emit("grpc.ignored", {
      cure: "this distribution has no service over gRPC; leave grpc out",
    });
  }
  const leasing = createLeasing(config);
  const budgets = createBudgets(config.budgets);
  const services = new ServiceLedgers();
  const counted = { budgets: budgets.memory, services };
  const pool = createPool(config, bus, { writeError, threadReports, leasing, ...counted });
  const own = pool === undefined && leasing ? new OwnPolicies(leasing, Math.random) : undefined;
  const assembly = assemble(config, distribution, bus, {
    threads: pool?.threads,
    ownPolicies: own,
    budgets,
    services,
    readDumpTarget: broadcastDumpTarget,
    startThread,
  });
  const { policies, metrics, upstreams, extensions, readiness, server, analysis, failures } =
    assembly;
  const headerFiles = watchHeaderFiles(config, assembly, bus, pool);
  const spans = createSpanExporter(config, bus);
  const metricsExporter = createMetricsExporter(config, bus, metrics);
  const listeners = new ProxyListeners({ config, assembly, bus, pool, distribution });
  return {
    metrics,
    // Behind what is counted, so that it ends before that.
    selfMetrics: metricsExporter && {
      start: () => metricsExporter.start(),
      stop: (deadlineMs) => metricsExporter.stop(stopMsOf(deadlineMs)),
    },
    upstreams: { stop: () => upstreams.forEach((upstream) => upstream.stop()) },
    // Before anything is judged, and behind the last of it.
    budgets: createBudgetState(config.budgetsStatePath, budgets, bus),
    // Before those who have requests, so that it ends after them.
    failures: failures && { stop: (deadlineMs) => settledBy(failures.settled(), deadlineMs) },
    // Before those who offer them records, so that it ends after them.
    extensions,
    // Before policies come: the first windows have leases.
    sharedLimits: leasing && createSharedLimits(config, bus, leasing),
    requests: { recent: () => recentRequests(server) },
    analysis: { start: () => analysis.startConfigured() },
    // Before anybody listens: the port is open before the first policies are in force.
    gates: { start: () => policies.watch() },
    headerFiles,
    listeners,
    policies,
    spans: spans && {
      stop: (deadlineMs) => spans.stop(stopMsOf(deadlineMs)),
    },
    hangWatch: pool === undefined ? new HangWatch({ bus, format: config.logFormat }) : undefined,
    readiness,
    ready: {
      start: () => {
        // Whoever reads that it is ready asks a thread next.
        pool?.tellReady();
        for (const url of listeners.urls) bus.emit("server.ready", { url });
      },
    },
  };
}

function stopMsOf(deadlineMs: number): number {
  return Math.min(SPANS_STOP_MS, deadlineMs * SPANS_STOP_SHARE);
}

/** When `work` is done, or the time is over. */
async function settledBy(work: Promise<void>, deadlineMs: number): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, deadlineMs);
  await Promise.race([work, late.promise]);
  clearTimeout(timer);
}

/** Undefined: no header of requests to upstreams is in a file. */
function watchHeaderFiles(
  config: ProxyConfig,
  { upstreamHeaders, reloader }: Assembly,
  bus: EventBus,
  pool: WorkerPool | undefined,
): HeaderFiles | undefined {
  pool?.replaceHeaderValues(upstreamHeaders.values);
  if (config.upstreamHeaders.every(({ valueFile }) => valueFile === undefined)) return undefined;
  const apply = (values: UpstreamHeaderValues): void => {
    upstreamHeaders.use(values);
    pool?.replaceHeaderValues(values);
  };
  const files = new HeaderFiles({
    rules: config.upstreamHeaders,
    read: () => headerValuesNow(config),
    inUse: upstreamHeaders.values,
    apply,
    bus,
  });
  reloader.headerFiles = files;
  return files;
}

/** Undefined: this thread serves itself. */
function createPool(
  config: ProxyConfig,
  bus: EventBus,
  context: Pick<
    WorkerPoolOptions,
    "writeError" | "threadReports" | "leasing" | "budgets" | "services"
  >,
): WorkerPool | undefined {
  const { workerCount: wanted, listen: target } = config;
  const { workers, why } = workersFor(wanted, target);
  if (why !== undefined) bus.emit("workers.limited", { wanted: wanted ?? 1, workers, why });
  if (workers === 1) return undefined;
  bus.emit("workers.starting", { workers });
  return new WorkerPool({ config, workers, bus, ...context });
}

/** Settings that cannot be kept to the letter: said once, at start. */
function warnOfLimits(config: ProxyConfig, bus: EventBus): void {
  const { connectionsMax } = config;
  const requestsMax = Number(process.env[FETCH_REQUESTS_VARIABLE] ?? FETCH_REQUESTS_MAX);
  if (connectionsMax > requestsMax && hasTlsUpstream(config)) {
    bus.emit("upstream.requests_limited", {
      maxConnections: connectionsMax,
      upstreamRequests: requestsMax,
      cure: `set ${FETCH_REQUESTS_VARIABLE} in the environment; until then the others wait`,
    });
  }
}

function hasTlsUpstream({ upstreams }: ProxyConfig): boolean {
  return Object.values(upstreams).some(
    (target: UpstreamTarget) => target.kind === "http" && target.url.startsWith("https:"),
  );
}
