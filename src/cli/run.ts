// What happens without a command: loads the settings and hands them to the program's own start.

import { printable } from "../core/printable.ts";
import { ConfigError } from "../config/index.ts";
import { nearest } from "../core/nearest.ts";
import { type Command, ExitCode } from "./command.ts";
import type { ProgramSpec } from "./program-spec.ts";

/** Whether a command is the one that runs the program. */
export function isRun({ name }: Command): boolean {
  return name === "" || name === "run";
}

/** `otherCommands`: the words that may have been misspelt when there is no such file. */
export function runCommand<T>(spec: ProgramSpec<T>, otherCommands: readonly string[]): Command {
  const { summary, operands, operandsMax, flags, notes = [] } = spec;
  return {
    name: "",
    operands,
    operandsMax,
    summary,
    flags,
    notes,
    async run(invocation, context) {
      const { distribution, io } = context;
      const { program } = distribution;
      try {
        const { config, warnings, source } = spec.load(invocation, context);
        for (const warning of warnings) io.err(printable(`${program}: warning: ${warning}\n`));
        return await spec.start(config, { distribution, source, io });
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        io.err(printable(`${error.message}\n`));
        const [path] = invocation.operands;
        const near = path === undefined ? undefined : nearest(path, otherCommands);
        if (near !== undefined) io.err(`Did you mean the command "${program} ${near}"?\n`);
        return ExitCode.config;
      }
    },
  };
}
