// Turns the layers of settings into the tailer's configuration: complete, checked, in the tailer's
// own words. Relative paths start at the working directory, as on a command line. Reads one file,
// starts nothing.

import {
  type ConfigSource,
  type ListenTarget,
  type LogFormat,
  type LogLevel,
  type ProviderConfig,
  type S3DumpConfig,
  type ServiceMetadata,
  type SettingsOptions,
  type UpstreamHeaderRule,
  loadSettings,
} from "../../config/index.ts";
import { budgetProblems, budgetsOf } from "../../config/budgets/resolve.ts";
import { listenPair, logLevelOf, serviceOf } from "../../config/resolve.ts";
import { providerOf, providerProblems } from "../../config/providers.ts";
import { s3DumpOf, s3DumpProblems } from "../../config/resolve-s3-dump.ts";
import { CREDENTIAL_VARIABLES } from "../../config/schema-s3-dump.ts";
import { providerSecrets } from "../../config/secrets.ts";
import { resolve } from "node:path";
import type { ReadFrom } from "../follow/tracker.ts";
import type { LongLineAction } from "../read/framer.ts";
import type { Budget } from "../../policy/index.ts";
import type { Engine } from "../watch/watching.ts";
import { durationMs } from "./duration.ts";
import { type TailFile, tailSchema } from "./schema.ts";

export type TailFormat = "raw" | "json" | "logfmt" | "cri" | "docker";
export type InnerFormat = "auto" | "raw" | "json" | "logfmt";

export interface TailConfig {
  /** Paths and patterns; empty: standard input. */
  readonly inputs: readonly string[];
  readonly excludedPaths: readonly string[];
  /** `-`, a path, or a URL. */
  readonly output: string;
  readonly readFrom: ReadFrom;
  readonly exitOnEof: boolean;
  readonly ignoreOlderMs: number | undefined;
  readonly format: TailFormat;
  readonly innerFormat: InnerFormat;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly lineBytesMax: number;
  readonly longLines: LongLineAction;
  readonly partialLineTimeoutMs: number;
  readonly engine: Engine;
  readonly pollMs: number;
  readonly globIntervalMs: number;
  readonly rotateWaitMs: number;
  readonly removedExpireMs: number;
  readonly openFilesMax: number;
  readonly readBytes: number;
  readonly stateFolder: string;
  readonly checkpointIntervalMs: number;
  readonly checkpointFilesMax: number;
  readonly compactIntervalMs: number;
  readonly checkpointTtlMs: number;
  readonly checkpointEntriesMax: number;
  readonly writeBufBytes: number;
  readonly flushIntervalMs: number;
  readonly flushPieces: number;
  readonly resource: readonly (readonly [string, string])[];
  /** Those with files behind the others. */
  readonly otlpHeaders: readonly UpstreamHeaderRule[];
  readonly otlpCompression: "none" | "gzip";
  readonly metricsListen: ListenTarget | undefined;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly shutdownTimeoutMs: number;
  readonly recordMsMax: number;
  /** Patterns of ids and names of policies that are in shadow. */
  readonly shadowPolicies: readonly string[];
  readonly budgets: readonly Budget[];
  readonly readyTimeoutMs: number;
  readonly providers: readonly ProviderConfig[];
  readonly service: ServiceMetadata;
  readonly s3Dump: S3DumpConfig;
  /** Texts that no log may hold. */
  readonly secrets: readonly string[];
}

export type TailLoadOptions = Omit<SettingsOptions<typeof tailSchema>, "schema" | "check"> & {
  /** Named on the command line; they win over all others. */
  readonly operands: readonly string[];
  /** How often more was to be told. */
  readonly verbose: number;
};

export interface LoadedTail {
  readonly config: TailConfig;
  readonly warnings: readonly string[];
  readonly source: ConfigSource;
}

/** @throws {ConfigError} with every problem that was found */
export function loadTail({ operands, verbose, ...options }: TailLoadOptions): LoadedTail {
  const { values, warnings, source } = loadSettings({
    ...options,
    schema: tailSchema,
    otherVariables: CREDENTIAL_VARIABLES,
    check: ({ policy_providers: entries, s3_dump: dump, budgets }) => [
      ...providerProblems(entries),
      ...budgetProblems(budgets),
      ...s3DumpProblems(dump),
    ],
  });
  return { config: configOf(values, operands, verbose), warnings, source };
}

function configOf(file: TailFile, operands: readonly string[], verbose: number): TailConfig {
  const inputs = operands.length > 0 ? operands : file.inputs;
  const providers = providersOf(file);
  const otlpHeaders = otlpHeadersOf(file);
  const ownLevel = logLevelOf(file.log_level);
  return {
    inputs: inputs.length === 1 && inputs[0] === "-" ? [] : inputs,
    excludedPaths: file.exclude_path,
    output: file.output_path,
    exitOnEof: file.exit_on_eof,
    ignoreOlderMs: file.ignore_older === undefined ? undefined : durationMs(file.ignore_older),
    include: file.include,
    exclude: file.exclude,
    lineBytesMax: file.max_line,
    partialLineTimeoutMs: file.partial_line_timeout_ms,
    engine: file.io_engine.toLowerCase() === "poll" ? "poll" : "events",
    pollMs: file.poll_ms,
    globIntervalMs: file.glob_interval_ms,
    rotateWaitMs: file.rotate_wait_ms,
    removedExpireMs: file.removed_expire_ms,
    openFilesMax: file.max_open_files,
    readBytes: file.read_buf,
    stateFolder: file.state_dir,
    checkpointIntervalMs: file.checkpoint_interval_ms,
    checkpointFilesMax: file.checkpoint_sync_batch,
    compactIntervalMs: file.checkpoint_snapshot_interval_ms,
    checkpointTtlMs: file.checkpoint_ttl_ms,
    checkpointEntriesMax: file.checkpoint_max_slots,
    writeBufBytes: file.write_buf,
    flushIntervalMs: file.flush_interval_ms,
    flushPieces: file.flush_line_threshold,
    resource: file.resource.map(pairOf),
    otlpHeaders,
    metricsListen: file.metrics_listen === undefined ? undefined : listenPair(file.metrics_listen),
    logLevel: verbose === 0 ? ownLevel : verbose === 1 ? "info" : "debug",
    shutdownTimeoutMs: file.shutdown_timeout_ms,
    recordMsMax: file.record_time_max_ms,
    shadowPolicies: file.shadow_policies,
    budgets: budgetsOf(file.budgets),
    readyTimeoutMs: file.ready_timeout_ms,
    providers,
    s3Dump: s3DumpOf(file.s3_dump, { folder: resolve(".") }),
    service: serviceOf(file, { instanceId: `edge-tail-${crypto.randomUUID()}` }),
    secrets: providerSecrets(
      providers,
      [file.output_path],
      otlpHeaders.map(({ value = "" }) => value),
    ),
    ...wordsOf(file),
  };
}

/** All of them must hold, so that their order is of no matter. */
export function lineRules({ include, exclude }: Pick<TailConfig, "include" | "exclude">) {
  return [
    ...include.map((pattern) => ({ kind: "include", pattern }) as const),
    ...exclude.map((pattern) => ({ kind: "exclude", pattern }) as const),
  ];
}

/** The schema has checked that these are words of their lists; in any case. */
function wordsOf(file: TailFile) {
  return {
    readFrom: file.read_from.toLowerCase() as ReadFrom,
    format: file.input_format.toLowerCase() as TailFormat,
    innerFormat: file.inner_format.toLowerCase() as InnerFormat,
    longLines: file.max_line_action.toLowerCase() as LongLineAction,
    otlpCompression: file.otlp_compression.toLowerCase() as "none" | "gzip",
    logFormat: file.log_format.toLowerCase() as LogFormat,
  };
}

/** Of the upstream that there is. */
function otlpHeadersOf(file: TailFile): readonly UpstreamHeaderRule[] {
  const rule = { action: "set", value: undefined, valueFile: undefined } as const;
  const upstreams = ["default"] as const;
  return [
    ...file.otlp_headers.map(pairOf).map(([name, text]): UpstreamHeaderRule => {
      const value = text.trim();
      const own = value === "" ? ({ action: "remove" } as const) : { value };
      return { ...rule, ...own, name: name.toLowerCase(), upstreams };
    }),
    ...file.otlp_header_files.map(pairOf).map(([name, path]): UpstreamHeaderRule => {
      return { ...rule, name: name.toLowerCase(), valueFile: resolve(path), upstreams };
    }),
  ];
}

/** The file of `policy_path` comes first. */
function providersOf(file: TailFile): readonly ProviderConfig[] {
  const folder = resolve(".");
  const listed = file.policy_providers.map((entry, index) => providerOf(entry, index, { folder }));
  const { policy_path: path } = file;
  if (path === undefined) return listed;
  const taken = new Set(listed.map(({ id }) => id));
  const id = taken.has(POLICY_ID) ? `${POLICY_ID}_path` : POLICY_ID;
  const own = { type: "file", id, path: resolve(folder, path), pollIntervalMs: 5000 } as const;
  return [own, ...listed];
}

const POLICY_ID = "policy";

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  return [text.slice(0, at), text.slice(at + 1)];
}
