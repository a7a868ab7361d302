// The command line of a program. Everything that it touches is passed in, so that tests need no
// process.

import { type Environment, type ReadFile, readFileBounded } from "../config/index.ts";
import { printable } from "../core/printable.ts";
import { type CliIo, type Command, ExitCode, UsageError } from "./command.ts";
import { commandsOf } from "./command-table.ts";
import type { Distribution } from "./distribution.ts";
import { commandHelp, programHelp } from "./help.ts";
import { BrokenPipeError, processIo } from "./process-io.ts";
import { parseArguments } from "./parse.ts";
import { compileAsUsual } from "../system/jit-policy.ts";
import { isRun } from "./run.ts";
import type { ProgramSpec } from "./program-spec.ts";
import type { CheckPolicyFiles } from "./validate.ts";

/** What every program passes in. */
export interface ProgramOptions {
  readonly distribution: Distribution;
  /** Printed by `--version` after the program's name. */
  readonly version: string;
  /** Without the runtime and the script. */
  readonly argv: readonly string[];
  readonly env: Environment;
  /** Default: the process's standard output and error. */
  readonly io?: CliIo;
  /** Default: the disk. */
  readonly readFile?: ReadFile;
}

/** What a program with settings passes in. */
export interface CliOptions extends ProgramOptions {
  readonly checkPolicyFiles: CheckPolicyFiles;
  /** Commands beside those that every program has. */
  readonly commands?: readonly Command[];
}

/** Runs one command line of a program with settings; resolves to the exit code, never rejects. */
export function runCli<T>(options: CliOptions, spec: ProgramSpec<T>): Promise<number> {
  return runCommandLine(options, commandsOf(spec, options));
}

/** Runs one command line of any program; resolves to the exit code and never rejects. */
export async function runCommandLine(
  options: ProgramOptions,
  commands: readonly Command[],
): Promise<number> {
  try {
    return await runParsed(options, commands);
  } catch (error) {
    if (error instanceof BrokenPipeError) return ExitCode.ok;
    throw error;
  }
}

async function runParsed(options: ProgramOptions, commands: readonly Command[]): Promise<number> {
  const { distribution, argv, env, io = processIo, readFile = readFileBounded } = options;
  const parsed = parseArguments(argv, commands);
  switch (parsed.kind) {
    case "help":
      io.out(
        parsed.command.name === ""
          ? programHelp(distribution, commands)
          : commandHelp(distribution, parsed.command),
      );
      return ExitCode.ok;
    case "version":
      io.out(`${distribution.program} ${options.version}\n`);
      return ExitCode.ok;
    case "usage":
      return refused(parsed.reason, distribution, io);
    case "run":
      // A program says itself when it has started.
      if (!isRun(parsed.command)) compileAsUsual();
      try {
        return await parsed.command.run(parsed.invocation, { distribution, env, io, readFile });
      } catch (error) {
        if (error instanceof BrokenPipeError) return ExitCode.ok;
        if (error instanceof UsageError) return refused(error.message, distribution, io);
        io.err(printable(`${distribution.program}: ${textOf(error)}\n`));
        return ExitCode.failed;
      }
  }
}

function refused(reason: string, { program }: Distribution, io: CliIo): number {
  // The words may come from anywhere, and must not reach a terminal as commands.
  io.err(printable(`${program}: ${reason}\n`));
  io.err(`Try "${program} --help".\n`);
  return ExitCode.usage;
}

/**
 * An error that is part of an interface has a code and says all; of any other, the stack is worth
 * seeing.
 */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? error.message : (error.stack ?? error.message);
}
