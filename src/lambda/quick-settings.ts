// Reads the settings of an ordinary sandbox without the schemas of all settings, which would take a
// quarter of the extension's memory and half of its start. Anything unusual or wrong is left to
// settings.ts. For ordinary settings both give the same result, which a test checks.

import { leadsTo, type Machine, thisMachine } from "../config/own-address.ts";
import type { HttpProviderConfig, ProxyConfig, UpstreamTarget } from "../config/index.ts";
import { flushStrategyFault, parseFlushStrategy } from "./flush-strategy.ts";
import { type LambdaConfig, USUAL_LISTEN } from "./lambda-config.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = "TERO_";
const MIB = 1024 * 1024;
const PORT_MAX = 65_535;
const POLL_SECONDS_MAX = 86_400;
/** Longer texts have to be looked at. */
const TEXT_CHARS_MAX = 4096;
const LEVELS = ["trace", "debug", "info", "warn", "err"] as const;
const FORMATS = ["text", "json"] as const;
/** Not looked at here. */
const ELSEWHERE = new Set(["S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY", "S3_SESSION_TOKEN"]);

/** Something is unusual. */
class Unusual extends Error {
  readonly code = "unusual";
}

export interface QuickOptions {
  readonly env: Environment;
  readonly instanceId: string;
  readonly machine?: Machine;
}

/** Undefined: not all is as usual. */
export function quickSettings({
  env,
  instanceId,
  machine,
}: QuickOptions): LambdaConfig | undefined {
  try {
    return settingsOf(new Variables(env), instanceId, machine);
  } catch (error) {
    if (error instanceof Unusual) return undefined;
    throw error;
  }
}

/** Hands out variables, each once; what is left was not expected. */
class Variables {
  readonly #left = new Map<string, string>();

  constructor(env: Environment) {
    for (const [name, value] of Object.entries(env)) {
      if (!name.startsWith(PREFIX) || value === undefined) continue;
      const own = name.slice(PREFIX.length);
      if (!ELSEWHERE.has(own)) this.#left.set(own, value);
    }
  }

  /** Undefined: it is not set. A value with a dollar sign may stand for another. */
  take(name: string, isEmptyUnset = false): string | undefined {
    const value = this.#left.get(name);
    this.#left.delete(name);
    if (value === undefined || (value === "" && isEmptyUnset)) return undefined;
    if (value === "" || value.length > TEXT_CHARS_MAX || value.includes("$")) throw new Unusual();
    return value;
  }

  url(name: string, isEmptyUnset: boolean): string | undefined {
    const value = this.take(name, isEmptyUnset);
    if (value === undefined) return undefined;
    const url = URL.parse(value);
    if (url === null || !/^https?:$/.test(url.protocol) || url.hash !== "") throw new Unusual();
    return value;
  }

  whole(name: string, max: number): number | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    if (!/^[1-9]\d{0,8}$/.test(value) || Number(value) > max) throw new Unusual();
    return Number(value);
  }

  word<T extends string>(name: string, words: readonly T[]): T | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    const word = words.find((one) => one === value);
    if (word === undefined) throw new Unusual();
    return word;
  }

  end(): void {
    if (this.#left.size > 0) throw new Unusual();
  }
}

function settingsOf(
  variables: Variables,
  instanceId: string,
  machine: Machine | undefined,
): LambdaConfig {
  const port = variables.whole("LISTEN_PORT", PORT_MAX) ?? USUAL_LISTEN.port;
  const listen = { ...USUAL_LISTEN, port };
  const upstreamUrl = variables.url("UPSTREAM_URL", false) ?? "http://localhost";
  const urls = {
    logs: variables.url("LOGS_URL", true) ?? upstreamUrl,
    metrics: variables.url("METRICS_URL", true) ?? upstreamUrl,
    traces: variables.url("TRACES_URL", true) ?? upstreamUrl,
  };
  for (const text of [upstreamUrl, ...Object.values(urls)]) {
    if (leadsTo(new URL(text), listen, machine ?? thisMachine())) throw new Unusual();
  }
  const strategy = variables.take("FLUSH_STRATEGY") ?? "end";
  if (flushStrategyFault(strategy) !== undefined) throw new Unusual();
  const provider = providerOf(variables);
  const staticPolicies = variables.take("POLICY_STATIC", true);
  const proxy: ProxyConfig = {
    ...REST,
    listen,
    upstreams: {
      default: upstream(upstreamUrl),
      logs: upstream(urls.logs),
      metrics: upstream(urls.metrics),
      traces: upstream(urls.traces),
    },
    logLevel: variables.word("LOG_LEVEL", LEVELS) ?? "info",
    logFormat: variables.word("LOG_FORMAT", FORMATS) ?? "text",
    prometheus: { ...REST.prometheus, upstream: upstream(urls.metrics) },
    service: {
      name: variables.take("SERVICE_NAME") ?? "tero-edge-lambda",
      namespace: variables.take("SERVICE_NAMESPACE") ?? "tero",
      version: variables.take("SERVICE_VERSION") ?? "latest",
      instanceId,
      resourceAttributes: [],
      labels: [],
    },
    providers: provider === undefined ? [] : [provider],
  };
  variables.end();
  return {
    proxy,
    staticPolicies,
    flushStrategy: parseFlushStrategy(strategy),
    syncIntervalMs: provider?.pollIntervalMs ?? 0,
  };
}

function upstream(url: string): UpstreamTarget {
  return { kind: "http", url };
}

function providerOf(variables: Variables): HttpProviderConfig | undefined {
  const url = variables.url("POLICY_URL", true);
  const key = variables.take("POLICY_API_KEY", true);
  const pollIntervalMs = (variables.whole("POLICY_POLL_INTERVAL", POLL_SECONDS_MAX) ?? 60) * 1000;
  if (url === undefined) return undefined;
  return {
    type: "http",
    id: "lambda-http",
    url,
    headers: key === undefined ? [] : [{ name: "Authorization", value: `Bearer ${key}` }],
    encoding: "json",
    pollIntervalMs,
    timeoutMs: 2000,
    cachePath: undefined,
  };
}

type Rest = Omit<ProxyConfig, "prometheus" | Told> & {
  readonly prometheus: Omit<ProxyConfig["prometheus"], "upstream">;
};
type Told = "listen" | "upstreams" | "logLevel" | "logFormat" | "service" | "providers";

/** What no variable that is read here changes. */
const REST = {
  tls: undefined,
  grpc: undefined,
  upstreamTimeouts: { connectMs: 5000, firstByteMs: 30_000, idleMs: 30_000 },
  upstreamTls: undefined,
  upstreamHeaders: [],
  bodyBytesMax: 5 * MIB,
  decodedBytesMax: 16 * MIB,
  connectionsMax: 256,
  recordMsMax: 50,
  shadowPolicies: [],
  budgets: [],
  budgetsStatePath: undefined,
  inflightBytesMax: 32 * MIB,
  waitingBytesMax: 32 * MIB,
  workerCount: 1,
  headerTimeoutMs: 10_000,
  readyTimeoutMs: 1000,
  beforePolicies: "wait",
  shutdownTimeoutMs: 5000,
  tapEnabled: false,
  cors: { allowedOrigins: [], allowedHeaders: [], maxAgeS: 0 },
  admin: {
    listen: undefined,
    token: undefined,
    hosts: [],
    showPayloads: false,
    console: false,
    find: false,
  },
  prometheus: {
    targets: new Map<string, string>(),
    inputBytesPerScrapeMax: 0,
    outputBytesPerScrapeMax: 0,
  },
  s3Dump: {
    isEnabled: false,
    targets: [],
    compression: "none",
    batchBytesMax: 4 * MIB,
    batchRecordsMax: 10_000,
    batchAgeMs: 30_000,
    lookIntervalMs: 30_000,
    heldBytesMax: 32 * MIB,
    attemptsMax: 1,
    spoolPath: undefined,
    spoolBytesMax: 1024 * MIB,
  },
  sharedLimits: undefined,
  cost: undefined,
  analysis: { signals: [], sample: 0.01, memoryBytesMax: 16 * MIB },
  failureCapture: undefined,
  otlpSelfMetricsUrl: undefined,
  otlpSelfTracesUrl: undefined,
} as const satisfies Rest;
