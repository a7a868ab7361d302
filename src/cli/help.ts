// Prints the help text from the table of commands. Pure.

import { printable } from "../core/printable.ts";
import type { Command, Flag } from "./command.ts";
import { ExitCode } from "./command.ts";
import type { Distribution } from "./distribution.ts";
import { allowedText } from "./flag-value.ts";
import { COMMON_FLAGS } from "./parse.ts";

/** Help of the whole program, with every command. */
export function programHelp(distribution: Distribution, commands: readonly Command[]): string {
  const { program, purpose } = distribution;
  const nameless = commands.find(({ name }) => name === "");
  const named = commands.filter(({ name }) => name !== "");
  return [
    purpose,
    "",
    "Usage:",
    ...(nameless === undefined ? [] : [`  ${usageOf(program, nameless)}`]),
    `  ${program} COMMAND [options] [arguments]`,
    "",
    "Commands:",
    ...columns(named.map(({ name, summary }) => [name, summary])),
    "",
    "Options:",
    ...columns([...(nameless?.flags ?? []), ...COMMON_FLAGS].map(flagRow)),
    ...notesOf(nameless),
    "",
    "Exit codes:",
    ...columns([
      [String(ExitCode.ok), "The command did its work, or the program was told to stop."],
      [String(ExitCode.failed), "It could not start or could not go on."],
      [String(ExitCode.usage), "The command line is wrong."],
      [String(ExitCode.fault), "A fault of the program itself; the report is on standard error."],
      [String(ExitCode.config), "The configuration, or a policy file, is wrong."],
    ]),
    "",
  ].join("\n");
}

function notesOf(command: Command | undefined): readonly string[] {
  return command?.notes === undefined ? [] : ["", ...command.notes];
}

/** `help`: prints the help of a command in the table, or of the program. */
export function helpCommand(commands: readonly Command[]): Command {
  return {
    name: "help",
    operands: "[command]",
    operandsMax: 1,
    summary: "Print this help, or the help of a command.",
    flags: [],
    run({ operands: [name = ""] }, { distribution, io }) {
      const command = commands.find((one) => one.name === name);
      if (name === "") io.out(programHelp(distribution, commands));
      else if (command !== undefined) io.out(commandHelp(distribution, command));
      else {
        const names = commands.map((one) => one.name).filter((one) => one !== "");
        io.err(printable(`${distribution.program}: no command ${JSON.stringify(name)}; `));
        io.err(`there are: ${names.join(", ")}.\n`);
        return Promise.resolve(ExitCode.usage);
      }
      return Promise.resolve(ExitCode.ok);
    },
  };
}

/** Help of one command. */
export function commandHelp(distribution: Distribution, command: Command): string {
  return [
    command.summary,
    "",
    "Usage:",
    `  ${usageOf(distribution.program, command)}`,
    "",
    "Options:",
    ...columns([...command.flags, ...COMMON_FLAGS].map(flagRow)),
    ...notesOf(command),
    "",
  ].join("\n");
}

function usageOf(program: string, command: Command): string {
  const options = command.flags.length === 0 ? "" : "[options]";
  return [program, command.name, options, command.operands].filter((part) => part !== "").join(" ");
}

function flagRow(flag: Flag): readonly [string, string] {
  const short = flag.short === undefined ? "    " : `${flag.short}, `;
  const value = flag.value === undefined ? "" : ` ${flag.value}`;
  const name = flag.negatable ? `--[no-]${flag.name.slice(2)}` : flag.name;
  return [`${short}${name}${value}`, [flag.summary, ...factsOf(flag)].join(" ")];
}

function factsOf({ type, fallback, repeat, ...flag }: Flag): readonly string[] {
  const allowed = flag.allowed ?? allowedText(type);
  const facts: string[] = [];
  if (allowed !== "") facts.push(`Allowed: ${allowed}.`);
  if (fallback !== undefined) facts.push(`Default: ${fallback}.`);
  if (repeat === "all") facts.push("May be repeated.");
  if (repeat === "count") facts.push("Repeat it for more.");
  if (repeat === "last") facts.push("The last one counts.");
  return facts;
}

function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
