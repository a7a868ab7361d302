// All commands of a program, in one table.

import { printableJson } from "../core/printable.ts";
import { type Command, ExitCode, valueOf } from "./command.ts";
import { completionCommand } from "./completion.ts";
import type { Distribution } from "./distribution.ts";
import { healthCommand } from "./health.ts";
import { helpCommand } from "./help.ts";
import type { ProgramSpec } from "./program-spec.ts";
import { JSON_FLAG } from "./policies/flags.ts";
import { runCommand } from "./run.ts";
import { type CheckPolicyFiles, validateCommand } from "./validate.ts";

export interface CommandTableOptions {
  readonly distribution: Distribution;
  /** Printed after the program's name. */
  readonly version: string;
  readonly checkPolicyFiles: CheckPolicyFiles;
  /** Its own commands, besides those that every program has. */
  readonly commands?: readonly Command[];
}

/** Every command of a program; the one without a name, which runs it, comes first. */
export function commandsOf<T>(
  spec: ProgramSpec<T>,
  { distribution, version, checkPolicyFiles, commands = [] }: CommandTableOptions,
): readonly Command[] {
  const named = [
    namedRun(runCommand(spec, [])),
    validateCommand(spec, checkPolicyFiles),
    healthCommand(spec),
    ...commands,
    versionCommand(distribution, version),
  ];
  const names = [...named.map(({ name }) => name), "completion", "help"];
  const table = [runCommand(spec, names), ...named];
  table.push(completionCommand(table), helpCommand(table));
  return table;
}

/** `run`: what runs without a command, for who likes to write it. */
function namedRun(command: Command): Command {
  return { ...command, name: "run" };
}

/** `version`: prints what `--version` does. */
function versionCommand({ program }: Distribution, version: string): Command {
  return {
    name: "version",
    operands: "",
    operandsMax: 0,
    summary: "Print the version.",
    flags: [JSON_FLAG],
    run(invocation, { io }) {
      if (valueOf(invocation, JSON_FLAG) === true) {
        io.out(printableJson({ program, version }));
      } else io.out(`${program} ${version}\n`);
      return Promise.resolve(ExitCode.ok);
    },
  };
}
