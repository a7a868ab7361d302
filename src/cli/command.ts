// What a subcommand is: a row of a table that the parser, the help text and the tests read. No I/O
// here.

import type { Environment, ReadFile } from "../config/index.ts";
import type { Distribution } from "./distribution.ts";

/** Exit codes; from 64 on those of sysexits.h. `fault` is the crash report's. */
export const ExitCode = { ok: 0, failed: 1, usage: 64, fault: 70, config: 78 } as const;

/** Where a command writes; each text ends its own lines. */
export interface CliIo {
  out(text: string): void;
  err(text: string): void;
}

export interface Flag {
  /** With its dashes: `--format`. */
  readonly name: string;
  /** One dash and one letter: `-f`. */
  readonly short?: string;
  /** The name of its value in the help text; a flag without one takes no value. */
  readonly value?: string;
  readonly summary: string;
}

/** What was on the command line behind the command's name. */
export interface Invocation {
  readonly operands: readonly string[];
  /** By the flag's long name; "" for a flag without a value. The last one wins. */
  readonly flags: ReadonlyMap<string, string>;
}

/** What a command may use of the world. */
export interface CommandContext {
  readonly distribution: Distribution;
  readonly env: Environment;
  readonly io: CliIo;
  readonly readFile: ReadFile;
}

export interface Command {
  /** The word that calls it; "" for the command that runs without a word. */
  readonly name: string;
  /** Operands as the help text shows them, e.g. `[config.json]`. */
  readonly operands: string;
  readonly operandsMax: number;
  readonly summary: string;
  readonly flags: readonly Flag[];
  /** Returns the exit code. */
  run(invocation: Invocation, context: CommandContext): Promise<number>;
}
