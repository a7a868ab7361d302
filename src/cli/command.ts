// What a subcommand is: a row of the table that the parser, the help text and the tests read. No
// I/O here.

import type { Environment, ReadFile } from "../config/index.ts";
import type { Distribution } from "./distribution.ts";

/** Exit codes; from 64 on those of sysexits.h. `fault` is the crash report's. */
export const ExitCode = { ok: 0, failed: 1, usage: 64, fault: 70, config: 78 } as const;

/** What a command line says makes no sense together; the message says what does. */
export class UsageError extends Error {
  readonly code = "usage";
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** Where a command writes; each text ends its own lines. */
export interface CliIo {
  out(text: string): void;
  err(text: string): void;
  /** Whether standard output is a terminal. Default: it is not. */
  readonly isTerminal?: boolean;
  /** Of that terminal. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** What a flag's value must be; what else stands there is refused with what is allowed. */
export type ValueType =
  | { readonly kind: "text" }
  /** A whole number in decimal; the unit is for people. */
  | {
      readonly kind: "integer";
      readonly min: number;
      readonly max: number;
      readonly unit?: string;
    }
  /** A whole number and `ms`, `s`, `m`, `h` or `d`: `250ms`. The value is in milliseconds. */
  | { readonly kind: "duration"; readonly minMs: number; readonly maxMs: number }
  /** One of some words, in any case; the value is the word as it stands here. */
  | { readonly kind: "choice"; readonly words: readonly string[] };

export interface Flag {
  /** With its dashes: `--format`. */
  readonly name: string;
  /** One dash and one letter: `-f`. */
  readonly short?: string;
  /** The name of its value in the help text; a flag without one is a switch and takes no value. */
  readonly value?: string;
  readonly summary: string;
  /** Default: any text. */
  readonly type?: ValueType;
  /**
   * What a second one means. `all`: the values are a list, in order. `last`: it replaces the first.
   * `count`: of a switch, the value is how often it stands there. Left out, a second value is
   * refused: one of the two would be ignored. A second switch changes nothing.
   */
  readonly repeat?: "all" | "last" | "count";
  /** A switch that is also turned off, by `--no-format`; the last one counts. */
  readonly negatable?: true;
  /** For the help text: what is allowed, where its type does not say it. */
  readonly allowed?: string;
  /** For the help text: what holds without the flag. */
  readonly fallback?: string;
  /** The configuration's key that it overrides, such as `service.name`. */
  readonly key?: string;
}

/** A switch is true or false, or a number when it is counted; the others are as their type says. */
export type FlagValue = boolean | number | string | readonly (number | string)[];

/** What was on the command line beside the command's name. */
export interface Invocation {
  readonly operands: readonly string[];
  /** By the flag's long name; flags that were not given are not in it. */
  readonly flags: ReadonlyMap<string, FlagValue>;
}

type OneValue<F extends Flag> = F extends { readonly type: { readonly kind: infer Kind } }
  ? Kind extends "integer" | "duration"
    ? number
    : string
  : string;

/** The type of a flag's value, as its row of the table says. */
export type ValueOf<F extends Flag> = F extends { readonly repeat: "count" }
  ? number
  : F extends { readonly value: string }
    ? F extends { readonly repeat: "all" }
      ? readonly OneValue<F>[]
      : OneValue<F>
    : boolean;

/** The value of a flag, undefined when it was not given. Flags are declared `as const`. */
export function valueOf<const F extends Flag>(
  { flags }: Invocation,
  flag: F,
): ValueOf<F> | undefined {
  // The parser made it after this very row.
  return flags.get(flag.name) as ValueOf<F> | undefined;
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
  /** May be `Infinity`. */
  readonly operandsMax: number;
  readonly summary: string;
  readonly flags: readonly Flag[];
  /** Lines below the options in its help. */
  readonly notes?: readonly string[];
  /** Returns the exit code. */
  run(invocation: Invocation, context: CommandContext): Promise<number>;
}
