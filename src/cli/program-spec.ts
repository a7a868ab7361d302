// What a program contributes to its command line: how its settings are loaded, and how it starts.
// Its commands are made from that, and are the same for every distribution.

import type { ConfigSource, ListenTarget, ProviderConfig } from "../config/index.ts";
import type { CliIo, CommandContext, Flag, Invocation } from "./command.ts";
import type { Distribution } from "./distribution.ts";

export interface LoadedSettings<T> {
  readonly config: T;
  readonly warnings: readonly string[];
  readonly source: ConfigSource;
}

export interface StartContext {
  readonly distribution: Distribution;
  readonly source: ConfigSource;
  readonly io: CliIo;
}

/** Where a program answers of itself. */
export interface HealthAddress {
  readonly target: ListenTarget;
  readonly isTls: boolean;
}

/** Runs the program until it is told to stop; resolves to the exit code. */
export type Start<T> = (config: T, context: StartContext) => Promise<number>;

/**
 * A program with settings of type `T`. Keys that flags override come from its schema: `keyFlags`
 * makes the flags, `overridesOf` the layer of the command line.
 *
 * @example
 * const FLAGS = keyFlags(schema, { input_format: { short: "-f" } });
 * const spec: ProgramSpec<TailConfig> = {
 *   summary: "Follow files.", operands: "[PATH...]", operandsMax: Infinity, flags: FLAGS,
 *   load: (invocation, { env, readFile }) =>
 *     loadTailConfig({ env, readFile, commandLine: overridesOf(invocation, FLAGS) }),
 *   healthOf: () => "it serves nothing",
 *   sourcesOf: ({ providers }) => ({ providers, shadowPolicies: [] }),
 *   start: startTail,
 * };
 */
export interface ProgramSpec<T> {
  /** Of the command that runs it. */
  readonly summary: string;
  /** As in `Command`; `validate` takes the same. */
  readonly operands: string;
  readonly operandsMax: number;
  readonly flags: readonly Flag[];
  readonly notes?: readonly string[];
  /** @throws {ConfigError} unless its settings are lenient */
  readonly load: (invocation: Invocation, context: CommandContext) => LoadedSettings<T>;
  /** Sources of policies that settings with problems name all the same, for `validate`. */
  readonly salvage?: (invocation: Invocation, context: CommandContext) => readonly ProviderConfig[];
  /** What is wrong with files that the settings name, a line each; policy files are not meant. */
  readonly faultsOf?: (config: T, context: CommandContext) => readonly string[];
  /** Where the program answers `/_health`, or why it cannot be asked, in words. */
  readonly healthOf: (config: T) => HealthAddress | string;
  /** Sources of policies, for `validate`. */
  readonly sourcesOf: (config: T) => PolicySources;
  readonly start: Start<T>;
}

/** Where policies come from, and which are in shadow whatever they say themselves. */
export interface PolicySources {
  readonly providers: readonly ProviderConfig[];
  /** Patterns of ids and names. */
  readonly shadowPolicies: readonly string[];
}
