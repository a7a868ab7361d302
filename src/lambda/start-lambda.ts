// The extension as a program: it listens, then registers, then follows events. No setting ends it;
// if there is nothing it can do, it tells Lambda so before it ends.

import { fullGC } from "bun:jsc";
import { randomBytes } from "node:crypto";
import { basename } from "node:path";
import { readFileSync } from "node:fs";
import { keepSecrets, secretsOf } from "../config/secrets.ts";
import { headerValuesOf } from "../config/upstream-headers/values.ts";
import { CODE_PAGES_DELAY_MS, LAMBDA_REGISTER_ATTEMPTS } from "../core/limits.ts";
import { errorMessage } from "../core/errors.ts";
import type { EventBus } from "../o11y/index.ts";
import { StaticProvider } from "../providers/index.ts";
import {
  assemble,
  type Component,
  type Components,
  HeaderFiles,
  type ProgramContext,
  type ProxyDistribution,
  StartError,
  startProgram,
} from "../runtime/index.ts";
import { realProcess } from "../runtime/process-watch.ts";
import { SetMemory } from "../system/free-memory.ts";
import { realSchedule } from "../system/timer.ts";
import { followEvents } from "./event-loop.ts";
import { ExtensionsApi, ExtensionsApiError } from "./extensions-api.ts";
import { InvokeWork } from "./invoke-work.ts";
import type { ProxyConfig } from "../config/index.ts";
import { headerValuesNow } from "../runtime/proxy/header-values.ts";
import type { LambdaConfig } from "./lambda-config.ts";
import { LambdaListeners } from "./lambda-listeners.ts";
import { quickSettings } from "./quick-settings.ts";
import { shutdownTimeMs } from "./shutdown-time.ts";

const ADDRESS_VARIABLE = "AWS_LAMBDA_RUNTIME_API";
/** For the last counts, beside what is sent in the same time. */
const LAST_WORK_SHARE = 0.5;
const REGISTER_PAUSE_MS = 200;
const EXIT_FAILED = 1;

/** Runs the extension until Lambda ends it; resolves to the exit code. */
export async function startLambda(distribution: ProxyDistribution): Promise<number> {
  const address = process.env[ADDRESS_VARIABLE];
  if (address === undefined || address === "") {
    process.stderr.write(
      `edge-lambda: ${ADDRESS_VARIABLE} is not set: this program is an extension that AWS Lambda starts; to run a proxy, use edge.\n`,
    );
    return EXIT_FAILED;
  }
  const instanceId = `lambda-${Date.now()}-${randomBytes(4).toString("hex")}`;
  const { config, warnings } = await settingsOf(instanceId);
  const readDumpTarget = await dumpTargetReader(config);
  const api = new ExtensionsApi({ address, name: basename(process.execPath) });
  const { logLevel, logFormat, shutdownTimeoutMs } = config.proxy;
  return startProgram(
    {
      distribution: distribution.label,
      logLevel,
      logFormat,
      secrets: secretsOf(config.proxy),
      shutdownTimeoutMs,
      process: {
        ...realProcess,
        exit: (code) => {
          // A crash, whose report is written.
          const told = api.exitError("Extension.Crash", "an error was not caught");
          void told.finally(() => realProcess.exit(code));
        },
      },
    },
    (context) => {
      for (const problem of warnings) context.bus.emit("lambda.setting_ignored", { problem });
      return lambdaComponents(config, readDumpTarget, distribution, api, context);
    },
  );
}

interface Loaded {
  readonly config: LambdaConfig;
  readonly warnings: readonly string[];
}

/** The schemas of all settings are loaded when the quick way does not do. */
async function settingsOf(instanceId: string): Promise<Loaded> {
  const { env } = process;
  const config = quickSettings({ env, instanceId });
  if (config !== undefined) return { config, warnings: [] };
  const { loadLambda } = await import("./settings.ts");
  return loadLambda({ env, instanceId });
}

type ReadDumpTarget = NonNullable<Parameters<typeof assemble>[3]>["readDumpTarget"];

/** Nobody asks for targets where nothing is kept. */
async function dumpTargetReader({ proxy }: LambdaConfig): Promise<ReadDumpTarget> {
  if (!proxy.s3Dump.isEnabled) return undefined;
  const { broadcastDumpTarget } = await import("../config/schema-s3-dump.ts");
  return broadcastDumpTarget;
}

function lambdaComponents(
  config: LambdaConfig,
  readDumpTarget: ReadDumpTarget,
  distribution: ProxyDistribution,
  api: ExtensionsApi,
  context: ProgramContext,
): Components {
  const { bus } = context;
  const { staticPolicies: text } = config;
  const source = "TERO_POLICY_STATIC";
  const providers =
    text === undefined ? [] : [new StaticProvider({ id: "lambda-static", source, text })];
  const { headerValues, headerFiles } = headersOf(config.proxy, bus, () => assembly);
  // Memory is what a function is paid for: what the smallest set leaves is freed as well.
  const memory = new SetMemory({ policiesMin: 1, collect: freeMemory });
  const assembly = assemble(config.proxy, distribution, bus, {
    providers,
    readDumpTarget,
    memory,
    headerValues,
  });
  const { policies, metrics, upstreams, extensions, readiness } = assembly;
  const own = { config: config.proxy, assembly, bus, pool: undefined, distribution };
  const listeners = new LambdaListeners(own);
  return {
    metrics,
    upstreams: {
      stop: () => {
        for (const upstream of upstreams) upstream.stop();
      },
    },
    extensions,
    headerFiles,
    gates: { start: () => policies.watch() },
    listeners: {
      start: () => listenOrTell(listeners, api),
      drain: (deadlineMs) => listeners.drain(deadlineMs),
      stop: () => listeners.stop(),
    },
    policies,
    readiness,
    lambda: lambdaLife(config, assembly, api, context, headerFiles),
  };
}

/** A file that cannot be used is told of; its header is not sent until it can be. */
function headersOf(config: ProxyConfig, bus: EventBus, assembly: () => Assembly) {
  const rules = config.upstreamHeaders;
  const { values: headerValues, faults } = headerValuesOf(rules, (path) => readFileSync(path));
  keepSecrets(config, headerValues);
  for (const fault of faults) {
    const problem = `${fault}; the header is not sent until it can be read.`;
    bus.emit("lambda.setting_ignored", { problem });
  }
  if (rules.every(({ valueFile }) => valueFile === undefined)) {
    return { headerValues, headerFiles: undefined };
  }
  const headerFiles = new HeaderFiles({
    rules,
    read: () => headerValuesNow(config),
    inUse: headerValues,
    apply: (values) => assembly().upstreamHeaders.use(values),
    bus,
  });
  return { headerValues, headerFiles };
}

/** Without its port the extension has nothing to do, and Lambda is told so. */
async function listenOrTell(listeners: LambdaListeners, api: ExtensionsApi): Promise<void> {
  try {
    await listeners.start();
  } catch (error) {
    await register(api);
    await api.initError("Extension.CannotListen", errorMessage(error));
    throw error;
  }
}

async function register(api: ExtensionsApi): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await api.register();
      return;
    } catch (error) {
      if (attempt < LAMBDA_REGISTER_ATTEMPTS) {
        await pause(REGISTER_PAUSE_MS * attempt);
        continue;
      }
      const cure = "Lambda ends the sandbox; is the layer's file named as the extension?";
      throw new StartError(errorMessage(error), "the Extensions API", cure);
    }
  }
}

type Assembly = ReturnType<typeof assemble>;

function lambdaLife(
  config: LambdaConfig,
  { extensions, registry }: Assembly,
  api: ExtensionsApi,
  { bus, stop }: ProgramContext,
  headerFiles: HeaderFiles | undefined,
): Component {
  const work = new InvokeWork({
    strategy: config.flushStrategy,
    syncIntervalMs: config.syncIntervalMs,
    sync: () => registry.reload(),
    flush: async (deadlineMs) => {
      const failures = countOf(bus);
      await extensions.flush(deadlineMs, false);
      return failures.end() === 0;
    },
    nowMs: Date.now,
    pause,
  });
  const follow = async (): Promise<void> => {
    try {
      const invoked = (deadlineMs: number | undefined): Promise<void> => {
        // What watches and timers would have seen while the sandbox was frozen.
        headerFiles?.reload();
        return work.run(deadlineMs);
      };
      const options = { api, bus, pause, invoked };
      const { reason, deadlineMs } = await followEvents(options);
      const startedMs = Date.now();
      const budgetMs = shutdownTimeMs(deadlineMs, startedMs);
      // What only this sandbox has goes first, side by side: no step waits for another's server.
      const lastMs = budgetMs * LAST_WORK_SHARE;
      await Promise.all([extensions.flush(lastMs, true), registry.stop(lastMs)]);
      const leftMs = Math.max(0, budgetMs - (Date.now() - startedMs));
      stop(`SHUTDOWN ${reason}`, { timeoutMs: leftMs });
    } catch (error) {
      const isFinal = error instanceof ExtensionsApiError;
      bus.emit("program.failed", {
        what: errorMessage(error),
        where: "the Extensions API",
        cure: "the extension ends; Lambda starts a new sandbox",
      });
      if (isFinal) await api.exitError("Extension.ApiFailed", errorMessage(error));
      stop("the Extensions API", { exitCode: EXIT_FAILED, timeoutMs: 0 });
    }
  };
  return {
    start: async () => {
      await register(api);
      bus.emit("lambda.registered", { name: api.name });
      realSchedule(CODE_PAGES_DELAY_MS, freeMemory);
      void follow();
    },
  };
}

/** What starting, or making a set, has left: of the heap, and of pages of the program's code. */
function freeMemory(): void {
  fullGC();
  void import("../system/code-pages.ts").then(({ releaseCodePages }) => releaseCodePages());
}

/** Attempts to send an object that fail from now on. */
function countOf(bus: EventBus): { end(): number } {
  let count = 0;
  const off = bus.on("dump.failed", () => count++);
  return {
    end: () => {
      off();
      return count;
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
