// Reads the settings of the Lambda extension, which come from environment variables alone, because
// there is no file. No value is fatal: a wrong one is reported, and its default applies.

import { z } from "zod";
import { httpUrl, integer, optional, text, upstreamUrl, withDefault } from "../config/leaf.ts";
import type { HttpProviderConfig } from "../config/index.ts";
import { loadSettings } from "../config/settings.ts";
import { buildConfig, configProblems } from "../config/resolve.ts";
import { CREDENTIAL_VARIABLES } from "../config/schema-s3-dump.ts";
import { configSchema } from "../config/schema.ts";
import { type Machine, thisMachine } from "../config/own-address.ts";
import { flushStrategyFault, parseFlushStrategy } from "./flush-strategy.ts";
import { type LambdaConfig, USUAL_LISTEN } from "./lambda-config.ts";

const MIB = 1024 * 1024;
const PORT_MAX = 65_535;

/** What a sandbox has room for; all else is as the proxy has it. */
const BODY_BYTES_MAX = 5 * MIB;
const DECODED_BYTES_MAX = 16 * MIB;
const INFLIGHT_BYTES_MAX = 32 * MIB;
/** An invocation waits meanwhile. */
const READY_TIMEOUT_MS = 1000;
const SYNC_TIMEOUT_MS = 2000;
const POLL_INTERVAL_S = 60;

const { service, s3_dump: s3Dump } = configSchema.shape;

const policy = z
  .strictObject({
    static: optional(
      text({
        allowed: "a JSON document with policies",
        about: "Policies, as a policy file has them, on one line.",
      }),
    ),
    url: optional(
      httpUrl("Where policies are synced from, by convention `<base>/v1/policy/sync`."),
    ),
    api_key: optional(
      text({
        allowed: "text",
        about: "Sent with each sync as `Authorization: Bearer …`.",
        show: "never",
      }),
    ),
    poll_interval: withDefault(
      integer({
        min: 1,
        max: 86_400,
        unit: "seconds",
        about: "How often is synced; at the next invocation after that.",
      }),
      POLL_INTERVAL_S,
    ),
  })
  .prefault({})
  .describe("Where policies come from.");

const lambdaSchema = z.strictObject({
  listen_address: configSchema.shape.listen_address,
  listen_port: withDefault(
    integer({ min: 1, max: PORT_MAX, about: "The port that the function sends telemetry to." }),
    USUAL_LISTEN.port,
  ),
  upstream_url: withDefault(
    upstreamUrl("Where telemetry and all other requests go: a base URL."),
    "http://localhost",
  ),
  logs_url: configSchema.shape.logs_url,
  metrics_url: configSchema.shape.metrics_url,
  traces_url: configSchema.shape.traces_url,
  upstream_headers: configSchema.shape.upstream_headers,
  max_body_size: withDefault(
    integer({ min: 1, max: 1024 * MIB, unit: "bytes", about: "Largest request body as received." }),
    BODY_BYTES_MAX,
  ),
  max_decoded_bytes: withDefault(
    integer({
      min: 1,
      max: 1024 * MIB,
      unit: "bytes",
      about: "Largest request body after decompression; a larger one passes without policies.",
    }),
    DECODED_BYTES_MAX,
  ),
  max_connections: configSchema.shape.max_connections,
  record_time_max_ms: configSchema.shape.record_time_max_ms,
  shadow_policies: configSchema.shape.shadow_policies,
  worker_count: optional(
    integer({ min: 0, max: 256, about: "Accepted; the extension has one thread." }),
  ),
  thread_pool_count: configSchema.shape.thread_pool_count,
  before_policies: configSchema.shape.before_policies,
  ready_timeout_ms: withDefault(
    integer({
      min: 0,
      max: 10_000,
      unit: "milliseconds",
      about: "How long the first policies are waited for by telemetry.",
    }),
    READY_TIMEOUT_MS,
  ),
  service,
  policy,
  s3_dump: s3Dump,
  flush_strategy: withDefault(
    text({
      allowed: "end, background, or periodic: and milliseconds, such as periodic:60000",
      about:
        "When what waits is sent and policies are synced. `end`: at each invocation, which ends no sooner than that. `background`: at each invocation, beside it. `periodic`: as `end`, at most so often.",
      check: flushStrategyFault,
    }),
    "end",
  ),
  log_level: configSchema.shape.log_level,
  log_format: configSchema.shape.log_format,
});
type LambdaFile = z.output<typeof lambdaSchema>;

export interface LambdaLoadOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly instanceId: string;
  /** Whose addresses are the program's own; default: the one that it runs on. */
  readonly machine?: Machine;
}

/** Throws nothing: each warning says what is wrong, and what holds instead. */
export function loadLambda({ env, instanceId, machine = thisMachine() }: LambdaLoadOptions): {
  readonly config: LambdaConfig;
  readonly warnings: readonly string[];
} {
  const { values, warnings } = loadSettings({
    schema: lambdaSchema,
    env: serviceNamed(env),
    lenient: true,
    check: (file) => configProblems(proxyFileOf(file), machine),
    otherVariables: CREDENTIAL_VARIABLES,
  });
  const file = proxyFileOf(values);
  const proxy = buildConfig(file, {
    folder: "/tmp",
    instanceId,
    memoryBytes: machine.memoryBytes,
  });
  const provider = providerOf(values);
  const config = {
    proxy: {
      ...proxy,
      waitingBytesMax: INFLIGHT_BYTES_MAX,
      providers: provider === undefined ? [] : [provider],
    },
    staticPolicies: values.policy.static,
    flushStrategy: parseFlushStrategy(values.flush_strategy),
    syncIntervalMs: provider?.pollIntervalMs ?? 0,
  };
  return { config, warnings: [...warnings, ...uselessSettings(values)] };
}

/** What the extension is called unless somebody says otherwise. */
function serviceNamed(env: LambdaLoadOptions["env"]): LambdaLoadOptions["env"] {
  return { ...env, TERO_SERVICE_NAME: env["TERO_SERVICE_NAME"] || "tero-edge-lambda" };
}

/** The words of a proxy's file. */
function proxyFileOf({
  policy: _policy,
  flush_strategy: _flush,
  worker_count: _workers,
  ...own
}: LambdaFile): z.output<typeof configSchema> {
  const defaults = configSchema.parse({});
  return { ...defaults, ...own, worker_count: 1, max_inflight_bytes: INFLIGHT_BYTES_MAX };
}

function providerOf({
  policy: { url, api_key, poll_interval },
}: LambdaFile): HttpProviderConfig | undefined {
  if (url === undefined) return undefined;
  return {
    type: "http",
    id: "lambda-http",
    url,
    headers: api_key === undefined ? [] : [{ name: "Authorization", value: `Bearer ${api_key}` }],
    encoding: "json",
    pollIntervalMs: poll_interval * 1000,
    timeoutMs: SYNC_TIMEOUT_MS,
    cachePath: undefined,
  };
}

function uselessSettings({ worker_count, thread_pool_count }: LambdaFile): readonly string[] {
  const useless = { TERO_WORKER_COUNT: worker_count, TERO_THREAD_POOL_COUNT: thread_pool_count };
  return Object.entries(useless).flatMap(([name, value]) =>
    value === undefined || value <= 1 ? [] : [`${name}: has no effect; there is one thread.`],
  );
}
