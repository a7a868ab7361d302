// The tailer as a program: which parts it has, and in which order they start and stop.

import { errorMessage } from "../../core/errors.ts";
import { hostname } from "node:os";
import { join } from "node:path";
import { page } from "../../admin/admin-page.ts";
import type { ConfigSource } from "../../config/index.ts";
import { VERSION } from "../../o11y/build-info.ts";
import type { EventBus } from "../../o11y/index.ts";
import { localResponse } from "../../pipeline/request-meter.ts";
import { budgetFaults, checkPolicyFiles } from "../../providers/index.ts";
import { createRegexValidator } from "../../re2/index.ts";
import {
  type Component,
  type Components,
  PolicyRuntime,
  type ProcessPort,
  type ProgramContext,
  Readiness,
  SelfServer,
  createBudgetState,
  createMetrics,
  startProgram,
} from "../../runtime/index.ts";
import { StateError } from "../checkpoint/store.ts";
import { FileFinder } from "../find/find-files.ts";
import { Committer } from "../follow/committer.ts";
import { Delivery } from "../follow/delivery.ts";
import { followedFilesMax } from "../follow/descriptor-limit.ts";
import { Follower } from "../follow/follower.ts";
import { Ledger } from "../follow/ledger.ts";
import { OpenFiles } from "../follow/open-files.ts";
import { Stdin } from "../follow/stdin.ts";
import { Tracker } from "../follow/tracker.ts";
import { LineRuleError } from "../../protocols/lines/index.ts";
import { LINES_TELEMETRY, createLineFilter, resourceOf } from "../filter/index.ts";
import { createOutput, isOtlpTarget, OutputFileError, OutputTargetError } from "../output/index.ts";
import type { LineOutput, OutputEvents } from "../ports.ts";
import { FileReader } from "../read/file-reader.ts";
import { lineRules, type TailConfig } from "../settings/load.ts";
import { Watching } from "../watch/watching.ts";
import { openState } from "./open-state.ts";
import { createOtlpHeaders, headerFileFaults, type OtlpHeaders } from "./otlp-headers.ts";
import { ownOutputTest } from "./own-output.ts";
import { StopTime } from "./stop-time.ts";
import { TailLines } from "./tail-lines.ts";
import { TailMetrics } from "./tail-metrics.ts";
import { createPolicies, STAGES } from "./tail-policies.ts";
import { type StatusOptions, fileStatuses, sampleOf } from "./tail-status.ts";

export interface TailContext {
  readonly source: ConfigSource;
  readonly io: { err(text: string): void };
  /** Default: the process. */
  readonly process?: ProcessPort;
}

const LABEL = "tail";
/** How long writing positions may take at the end, when the disk is busy. */
const DISK_MS_MAX = 10_000;
/** At the end of the input nothing is in a hurry. */
const END_TIMEOUT_MS = 60_000;
const EXIT_FAILURE = 1;
/** sysexits.h EX_CONFIG. */
const EXIT_CONFIG = 78;

/** Runs the tailer until it is told to stop or has read all; resolves to the exit code. */
export async function startTail(config: TailConfig, context: TailContext): Promise<number> {
  const faults = [...headerFileFaults(config), ...(await policyFaults(config))];
  if (faults.length > 0) {
    for (const line of faults) context.io.err(`${line}\n`);
    return EXIT_CONFIG;
  }
  const { logLevel, logFormat, shutdownTimeoutMs } = config;
  const secrets = [...config.secrets];
  const { source, process: port } = context;
  try {
    return await startProgram(
      {
        distribution: LABEL,
        logLevel,
        logFormat,
        secrets,
        // The disk has more: what the output took in its time is to be remembered.
        shutdownTimeoutMs: shutdownTimeoutMs + DISK_MS_MAX,
        source,
        process: port,
      },
      (program) => tailComponents(config, program, secrets),
    );
  } catch (error) {
    const code = exitCodeOf(error);
    if (code === undefined || !(error instanceof Error)) throw error;
    context.io.err(`${error.message}\n`);
    return code;
  }
}

/** Of what users can do something about; undefined: a fault of ours. */
function exitCodeOf(error: unknown): number | undefined {
  if (error instanceof LineRuleError || error instanceof OutputTargetError) return EXIT_CONFIG;
  if (error instanceof StateError && error.kind === "foreign") return EXIT_CONFIG;
  const isFailure = error instanceof StateError && error.kind === "taken";
  return isFailure || error instanceof OutputFileError ? EXIT_FAILURE : undefined;
}

/** Policy files of which nothing can be used: what they were to take out would go through. */
async function policyFaults({ providers, budgets }: TailConfig): Promise<readonly string[]> {
  const files = providers.filter((provider) => provider.type === "file");
  const validateRegex = createRegexValidator();
  const reports = await checkPolicyFiles(files, validateRegex);
  const faults = reports.flatMap(({ policies, findings }) => (policies === 0 ? findings : []));
  return [...faults, ...budgetFaults(budgets, validateRegex)];
}

async function tailComponents(
  config: TailConfig,
  program: ProgramContext,
  secrets: string[],
): Promise<Components> {
  const { bus } = program;
  const nowMs = (): number => performance.now();
  const { policies, extensions, budgets } = createPolicies(config, bus);
  const protocols = { telemetry: [LINES_TELEMETRY], knownPaths: [], stages: STAGES, metrics: [] };
  // They measure all the time, which nobody wants whom they are not told.
  const metrics =
    config.metricsListen === undefined
      ? undefined
      : createMetrics(LABEL, bus, policies.engine, { protocols, budgets });
  const ledger = new Ledger((file) => committer?.moved(file));
  const headers = createOtlpHeaders(config, secrets, bus);
  const output = await openOutput(config, headers, outputEvents(config, program, ledger));
  const store = config.inputs.length === 0 ? undefined : openState(config, bus);
  const committer =
    store &&
    new Committer({
      bus,
      store,
      output,
      folder: config.stateFolder,
      intervalMs: config.checkpointIntervalMs,
      filesMax: config.checkpointFilesMax,
      nowMs,
    });
  const files = new OpenFiles(Math.min(config.openFilesMax, followedFilesMax() ?? Infinity));
  const { readFrom, ignoreOlderMs } = config;
  const isOutput = ownOutputTest(config.output);
  const tracker = new Tracker({ bus, files, readFrom, store, ignoreOlderMs, isOutput, nowMs });
  if (store !== undefined) store.isFollowed = (key) => tracker.isFollowed(key);
  const status: StatusOptions = { tracker, files, committer, nowMs };
  const delivery = createDelivery(config, bus, policies, { output, ledger });
  const reading =
    config.inputs.length === 0
      ? createStdin(config, delivery, output)
      : createFollower(config, bus, { tracker, delivery, output, committer, nowMs });
  const readiness = new Readiness(() => policies.isReady);
  const lines = new TailLines({
    reading,
    status,
    output,
    ledger,
    bus,
    whenReady: () => firstPolicies(config, policies),
    exitOnEof: config.exitOnEof,
    isAllNamed: reading instanceof Follower && reading.isAllNamed,
    beforeEnd: () => extensions.flush(END_TIMEOUT_MS, true),
    onEnd: () => program.stop("end of the input", { timeoutMs: END_TIMEOUT_MS }),
    writeError: program.writeError,
  });
  const metricsText = (): string => metrics?.metricsText() ?? "";
  const time = new StopTime(config.shutdownTimeoutMs, nowMs);
  return {
    metrics,
    budgets: createBudgetState(store && spentPathOf(config), budgets, bus),
    self: time.within(createSelfServer(config, bus, readiness, status, metricsText)),
    // Before those who offer them lines, so that it ends after them.
    extensions: config.s3Dump.isEnabled ? time.within(extensions) : undefined,
    policies: hasPolicies(config) ? time.within(policies) : undefined,
    checkpoints: committer && { stop: () => committer.close() },
    headerFiles: headers?.files,
    output: time.within(outputComponent(output)),
    lines: time.within(lines),
    readiness,
  };
}

/** Resolves when reading may begin. */
/** Where what budgets have spent is kept. */
function spentPathOf({ stateFolder }: TailConfig): string {
  return join(stateFolder, "budgets.json");
}

function hasPolicies({ providers, budgets }: TailConfig): boolean {
  return providers.length + budgets.length > 0;
}

async function firstPolicies(config: TailConfig, policies: PolicyRuntime): Promise<void> {
  if (!hasPolicies(config)) return;
  await Promise.race([policies.whenComplete, Bun.sleep(config.readyTimeoutMs)]);
}

function createDelivery(
  config: TailConfig,
  bus: EventBus,
  policies: PolicyRuntime,
  { output, ledger }: { readonly output: LineOutput; readonly ledger: Ledger },
): Delivery {
  const host = { hostName: hostname(), added: new Map(config.resource) };
  const filter = createLineFilter({
    format: config.format,
    innerFormat: config.innerFormat,
    rules: lineRules(config),
    validateRegex: createRegexValidator(),
    evaluation: () => policies.engine.evaluation("log"),
    resourceOf: (source) => resourceOf(source, host),
    bus,
    joinsParts: isOtlpTarget(config.output),
  });
  return new Delivery({
    filter,
    output,
    ledger,
    lineBytesMax: config.lineBytesMax,
    longLines: config.longLines,
    onJudgeFailed: (error, { path }) => {
      const reason = errorMessage(error);
      bus.emit("tail.judge_failed", { path, reason });
    },
  });
}

interface FollowerParts {
  readonly tracker: Tracker;
  readonly delivery: Delivery;
  readonly output: LineOutput;
  readonly committer: Committer | undefined;
  readonly nowMs: () => number;
}

function createStdin(config: TailConfig, delivery: Delivery, output: LineOutput): Stdin {
  const { readBytes: chunkBytes, partialLineTimeoutMs } = config;
  return new Stdin({ delivery, output, chunkBytes, partialLineTimeoutMs });
}

function createFollower(config: TailConfig, bus: EventBus, parts: FollowerParts): Follower {
  return new Follower({
    ...parts,
    bus,
    finder: new FileFinder({
      inputs: config.inputs,
      excluded: config.excludedPaths,
      onTrouble: (folder, reason) => bus.emit("tail.folder_troubled", { folder, reason }),
    }),
    watching: new Watching({
      engine: config.engine,
      onUnwatched: (folder, reason) =>
        bus.emit("tail.folder_unwatched", { folder, reason, cure: CURE }),
    }),
    reader: new FileReader(config.readBytes),
    pollMs: config.pollMs,
    globIntervalMs: config.globIntervalMs,
    rotateWaitMs: config.rotateWaitMs,
    removedExpireMs: config.removedExpireMs,
    partialLineTimeoutMs: config.partialLineTimeoutMs,
    exitOnEof: config.exitOnEof,
  });
}

const CURE =
  "it is looked at each poll_ms; raise fs.inotify.max_user_watches or max_user_instances";

function openOutput(
  config: TailConfig,
  headers: OtlpHeaders | undefined,
  events: OutputEvents,
): Promise<LineOutput> {
  const options = {
    target: config.output,
    writeBufBytes: config.writeBufBytes,
    flushIntervalMs: config.flushIntervalMs,
    flushLines: config.flushPieces,
    format: config.format,
    innerFormat: config.innerFormat,
    headers: headers?.changes,
    compression: config.otlpCompression,
    version: VERSION,
  };
  return createOutput(options, events);
}

function outputEvents(config: TailConfig, program: ProgramContext, ledger: Ledger): OutputEvents {
  const { bus, stop } = program;
  const { output } = config;
  return {
    accepted: (ticket) => ledger.accept(ticket),
    lost: ({ id, path }, lines, bytes, reason) => {
      ledger.lose(id, lines, bytes);
      bus.emit("tail.lines_lost", { path, lines, bytes, reason });
    },
    troubled: (reason) => bus.emit("tail.output_troubled", { output, reason }),
    recovered: () => bus.emit("tail.output_recovered", { output }),
    failed: (reason) => {
      const cure = "the positions of what it took are kept";
      bus.emit("program.failed", { what: reason, where: output, cure });
      stop("the output failed", { exitCode: 1 });
    },
  };
}

function outputComponent(output: LineOutput): Component {
  return {
    reload: () => output.reopen(),
    drain: (deadlineMs) => output.close(performance.now() + deadlineMs),
  };
}

function createSelfServer(
  { metricsListen: target }: TailConfig,
  bus: EventBus,
  readiness: Readiness,
  status: StatusOptions,
  metricsText: () => string,
): SelfServer | undefined {
  if (target === undefined) return undefined;
  const headers = { "content-type": "application/json; charset=utf-8" };
  const own = new TailMetrics();
  return new SelfServer({
    target,
    bus,
    ready: () => readiness.isReady,
    metricsText: () => metricsText() + own.text(sampleOf(status)),
    pages: [
      page("/_edge/status", () =>
        localResponse(JSON.stringify({ files: fileStatuses(status) }), 200, headers),
      ),
    ],
  });
}
