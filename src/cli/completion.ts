// `completion`: prints scripts with which shells complete commands, options and their values, made
// from the table of commands. Pure, except for the command that prints.

import { printable } from "../core/printable.ts";
import { type Command, ExitCode, type Flag } from "./command.ts";
import { COMMON_FLAGS } from "./parse.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

export function completionCommand(commands: readonly Command[]): Command {
  return {
    name: "completion",
    operands: SHELLS.join("|"),
    operandsMax: 1,
    summary: "Print a script that makes a shell complete this command line.",
    flags: [],
    notes: [
      "bash: source <(edge completion bash); zsh: edge completion zsh > a folder of $fpath/_edge;",
      "fish: edge completion fish > ~/.config/fish/completions/edge.fish",
    ],
    run({ operands: [name = ""] }, { distribution, io }) {
      const shell = SHELLS.find((one) => one === name);
      if (shell === undefined) {
        const words = `completion ${JSON.stringify(name)}: use ${SHELLS.join(", ")}.\n`;
        io.err(printable(`${distribution.program}: ${words}`));
        return Promise.resolve(ExitCode.usage);
      }
      io.out(completionScript(shell, distribution.program, commands));
      return Promise.resolve(ExitCode.ok);
    },
  };
}

export function completionScript(
  shell: Shell,
  program: string,
  commands: readonly Command[],
): string {
  const named = commands.filter(({ name }) => name !== "");
  const lines = SCRIPTS[shell](program, named);
  return `${lines.join("\n")}\n`;
}

type Script = (program: string, commands: readonly Command[]) => readonly string[];

const SCRIPTS: Readonly<Record<Shell, Script>> = { bash, zsh, fish };

function bash(program: string, commands: readonly Command[]): readonly string[] {
  const name = functionOf(program);
  const words = commands.map((command) => command.name);
  const choices = [
    ...new Map(commands.flatMap(({ flags }) => flags.map((flag) => [flag.name, flag]))),
  ];
  return [
    `${name}() {`,
    '  local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD - 1]}" words=""',
    '  case "$before" in',
    ...choices.flatMap(([flag, { type }]) =>
      type?.kind === "choice"
        ? [
            `    ${flag}) COMPREPLY=($(compgen -W "${type.words.join(" ")}" -- "$current")); return ;;`,
          ]
        : [],
    ),
    "  esac",
    '  case "${COMP_WORDS[1]}" in',
    ...commands.map(
      (command) =>
        `    ${command.name}) words="${flagsOf(command)
          .map((flag) => flag.name)
          .join(" ")}" ;;`,
    ),
    "  esac",
    "  if ((COMP_CWORD == 1)); then",
    `    words="${[...words, ...COMMON_FLAGS.map((flag) => flag.name)].join(" ")}"`,
    '    COMPREPLY=($(compgen -W "$words" -- "$current") $(compgen -f -- "$current"))',
    '  elif [[ "$current" == -* ]]; then',
    '    COMPREPLY=($(compgen -W "$words" -- "$current"))',
    "  else",
    '    COMPREPLY=($(compgen -f -- "$current"))',
    "  fi",
    "}",
    `complete -o filenames -F ${name} ${program}`,
  ];
}

function zsh(program: string, commands: readonly Command[]): readonly string[] {
  const name = functionOf(program);
  return [
    `#compdef ${program}`,
    `${name}() {`,
    "  local -a commands",
    "  commands=(",
    ...commands.map((command) => `    ${single(`${command.name}:${command.summary}`)}`),
    "  )",
    "  if ((CURRENT == 2)); then",
    "    _describe command commands",
    "    _files",
    "    return",
    "  fi",
    '  case "$words[2]" in',
    ...commands.map((command) => {
      const specs = flagsOf(command).map((flag) => single(zshSpec(flag)));
      return `    ${command.name}) _arguments ${specs.join(" ")} '*:file:_files' ;;`;
    }),
    "  esac",
    "}",
    `${name} "$@"`,
  ];
}

function zshSpec({ name, summary, value, type, repeat }: Flag): string {
  const text = summary.replace(/[[\]:\\]/g, "\\$&");
  const words = type?.kind === "choice" ? `(${type.words.join(" ")})` : "_files";
  const taken = value === undefined ? "" : `:${value}:${words}`;
  return `${repeat === "all" ? "*" : ""}${name}[${text}]${taken}`;
}

function fish(program: string, commands: readonly Command[]): readonly string[] {
  return commands.flatMap((command) => [
    `complete -c ${program} -n __fish_use_subcommand -a ${command.name} -d ${single(command.summary)}`,
    ...flagsOf(command).map((flag) => {
      const { name, short, value, summary, type } = flag;
      const parts = [
        `complete -c ${program} -n ${single(`__fish_seen_subcommand_from ${command.name}`)}`,
        `-l ${name.slice(2)}`,
        ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
        ...(value === undefined ? [] : ["-r"]),
        ...(type?.kind === "choice" ? [`-f -a ${single(type.words.join(" "))}`] : []),
        `-d ${single(summary)}`,
      ];
      return parts.join(" ");
    }),
  ]);
}

function flagsOf({ flags }: Command): readonly Flag[] {
  return [...flags, ...COMMON_FLAGS];
}

function functionOf(program: string): string {
  return `_${program.replaceAll("-", "_")}`;
}

function single(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
