// The command line of the tailer: a flag for each setting, and files as operands.

import { LineRules } from "../protocols/lines/index.ts";
import { budgetFaults } from "../providers/index.ts";
import { createRegexValidator } from "../re2/index.ts";
import {
  headerFileFaults,
  isOtlpTarget,
  lineRules,
  loadTail,
  otlpUrl,
  startTail,
  type TailConfig,
  tailSchema,
} from "../tail/index.ts";
import { type Flag, type Invocation, UsageError, valueOf } from "./command.ts";
import { namedConfig } from "./distribution.ts";
import { type KeyFlag, keyFlags, overridesOf } from "./key-flags.ts";
import type { LoadedSettings, ProgramSpec, StartContext } from "./program-spec.ts";

const CONFIG = {
  name: "--config",
  short: "-c",
  value: "PATH",
  summary: "A file of settings, in JSON or YAML; options and TERO_ variables win over it.",
  repeat: "last",
  fallback: "EDGE_CONFIG of the environment, else none",
} as const satisfies Flag;
const VERBOSE = {
  name: "--verbose",
  short: "-v",
  summary: "Tell on standard error what is done.",
  repeat: "count",
} as const satisfies Flag;

const last = { repeat: "last" } as const;
const KEYS: Readonly<Record<string, KeyFlag>> = {
  output_path: { name: "--output", short: "-o", value: "PATH", ...last },
  read_from: { value: "MODE", ...last },
  input_format: { name: "--format", short: "-f", value: "FMT", ...last },
  inner_format: { value: "FMT", ...last },
  policy_path: { name: "--policy", short: "-p", value: "PATH", ...last },
  shadow_policies: { name: "--shadow", value: "PATTERN" },
  include: { value: "RE" },
  exclude: { value: "RE" },
  exclude_path: { value: "GLOB" },
  exit_on_eof: {},
  ignore_older: { value: "DURATION", ...last },
  io_engine: { value: "ENG", ...last },
  poll_ms: last,
  glob_interval_ms: last,
  rotate_wait_ms: last,
  removed_expire_ms: last,
  checkpoint_interval_ms: last,
  checkpoint_sync_batch: last,
  checkpoint_snapshot_interval_ms: last,
  checkpoint_ttl_ms: last,
  checkpoint_max_slots: last,
  state_dir: { value: "PATH", ...last },
  read_buf: last,
  max_line: last,
  max_line_action: { value: "ACTION", ...last },
  partial_line_timeout_ms: last,
  write_buf: last,
  flush_interval_ms: last,
  flush_line_threshold: { name: "--flush-lines", ...last },
  max_open_files: last,
  resource: { value: "KEY=VALUE" },
  otlp_headers: { name: "--otlp-header", value: "NAME=VALUE" },
  otlp_header_files: { name: "--otlp-header-file", value: "NAME=PATH" },
  otlp_compression: { value: "CODING", ...last },
  metrics_listen: { value: "ADDR", ...last },
  log_level: { value: "LEVEL", ...last },
  log_format: { value: "FMT", ...last },
  shutdown_timeout_ms: last,
  ready_timeout_ms: last,
};
const KEY_FLAGS = keyFlags(tailSchema, KEYS);

export const tailSpec: ProgramSpec<TailConfig> = {
  summary: "Follow files, or read standard input when none is named or `-` is.",
  operands: "[PATH...]",
  operandsMax: Infinity,
  flags: [CONFIG, ...KEY_FLAGS, VERBOSE],
  notes: [
    "A PATH may be a pattern of *, ?, [...], {a,b} and **; put it in quotes.",
    "TERO_* variables set the same: TERO_POLL_MS=100 is --poll-ms 100, TERO_INPUT_FORMAT is --format.",
    "Signals: TERM and INT stop it, HUP loads policies anew and opens the output again, USR1 prints",
    "a table of the files.",
  ],
  load: (invocation, { env, readFile }): LoadedSettings<TailConfig> => {
    refuseMixedInputs(invocation);
    return loadTail({
      operands: invocation.operands,
      verbose: valueOf(invocation, VERBOSE) ?? 0,
      path: valueOf(invocation, CONFIG) ?? namedConfig(env),
      env,
      readFile,
      commandLine: overridesOf(invocation, KEY_FLAGS),
    });
  },
  faultsOf: (config, { readFile }) => [
    ...ruleFaults(config),
    ...outputFaults(config),
    ...headerFileFaults(config, readFile),
    ...budgetFaults(config.budgets, createRegexValidator()),
  ],
  healthOf: ({ metricsListen }) =>
    metricsListen === undefined
      ? "metrics_listen: not set; only a program that serves its metrics can be asked."
      : { target: metricsListen, isTls: false },
  sourcesOf: (config) => config,
  start: (config: TailConfig, context: StartContext) => startTail(config, context),
};

/** Standard input has an end, and files are followed for ever. */
function refuseMixedInputs({ operands }: Invocation): void {
  if (!operands.includes("-") || operands.length === 1) return;
  throw new UsageError('"-" is standard input and stands alone; leave it out, or the paths.');
}

function ruleFaults(config: TailConfig): readonly string[] {
  const validateRegex = createRegexValidator();
  return lineRules(config).flatMap((rule) =>
    faultOf(() => void new LineRules([rule], validateRegex)),
  );
}

function outputFaults({ output }: TailConfig): readonly string[] {
  return isOtlpTarget(output) ? faultOf(() => void otlpUrl(output)) : [];
}

/** What is wrong by the word of what was tried. */
function faultOf(attempt: () => void): readonly string[] {
  try {
    attempt();
    return [];
  } catch (error) {
    if (error instanceof Error && "code" in error) return [error.message];
    throw error;
  }
}
