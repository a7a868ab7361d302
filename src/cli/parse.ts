// From the words of a command line to a command and what it is given. Pure.

import { nearest } from "../core/nearest.ts";
import type { Command, Flag, Invocation } from "./command.ts";

/** Flags that every command has. */
export const COMMON_FLAGS = [
  { name: "--help", short: "-h", summary: "Print this help." },
  { name: "--version", short: "-V", summary: "Print the version." },
] as const satisfies readonly Flag[];

export type Parsed =
  | { readonly kind: "help"; readonly command: Command }
  | { readonly kind: "version" }
  | { readonly kind: "run"; readonly command: Command; readonly invocation: Invocation }
  | { readonly kind: "usage"; readonly reason: string };

/**
 * The first word that is no flag names the command, if there is one of that name; else the command
 * without a name runs and the word is its operand. `--` ends flags and commands; a lone `-` is an
 * operand. `--help` and `--version` win over every mistake behind them.
 */
export function parseArguments(argv: readonly string[], commands: readonly Command[]): Parsed {
  const named = commandIndex(argv, commands);
  const command = commands.find(({ name }) => name === (argv[named] ?? "")) ?? commands[0];
  if (command === undefined) throw new Error("there are no commands");
  const words = argv.filter((_, index) => index !== named);
  return new Parser(command).parse(words);
}

/** The index of the word that names a command, or -1. */
function commandIndex(argv: readonly string[], commands: readonly Command[]): number {
  const first = argv.findIndex((word) => word === "--" || !isFlag(word));
  const word = argv[first];
  if (word === undefined || word === "") return -1;
  return commands.some(({ name }) => name === word) ? first : -1;
}

function isFlag(word: string): boolean {
  return word.startsWith("-") && word !== "-";
}

class Parser {
  readonly #command: Command;
  readonly #flags: readonly Flag[];
  readonly #operands: string[] = [];
  readonly #values = new Map<string, string>();

  constructor(command: Command) {
    this.#command = command;
    this.#flags = [...command.flags, ...COMMON_FLAGS];
  }

  parse(words: readonly string[]): Parsed {
    for (let index = 0; index < words.length; index++) {
      const word = words[index] ?? "";
      if (word === "--") {
        this.#operands.push(...words.slice(index + 1));
        break;
      }
      if (!isFlag(word)) {
        this.#operands.push(word);
        continue;
      }
      const { name, inline } = split(word);
      const flag = this.#flags.find((known) => known.name === name || known.short === name);
      if (flag === undefined) return usage(this.#unknownFlag(name));
      if (flag.value === undefined) {
        if (inline !== undefined) return usage(`${name}: takes no value; remove "=…".`);
        if (flag.name === "--help") return { kind: "help", command: this.#command };
        if (flag.name === "--version") return { kind: "version" };
        this.#values.set(flag.name, "");
        continue;
      }
      const value = inline ?? words[++index];
      if (value === undefined) return usage(`${name}: needs a value: ${name} ${flag.value}.`);
      this.#values.set(flag.name, value);
    }
    return this.#result();
  }

  #result(): Parsed {
    const command = this.#command;
    const extra = this.#operands[command.operandsMax];
    if (extra !== undefined) {
      const allowed = command.operandsMax === 0 ? "none" : `at most ${command.operandsMax}`;
      return usage(`${JSON.stringify(extra)}: one argument too many; allowed: ${allowed}.`);
    }
    const invocation = { operands: this.#operands, flags: this.#values };
    return { kind: "run", command, invocation };
  }

  #unknownFlag(name: string): string {
    const names = this.#flags.map((flag) => flag.name);
    const near = nearest(name, names);
    const cure = near === undefined ? `known: ${names.join(", ")}.` : `did you mean ${near}?`;
    return `${name}: unknown option; ${cure}`;
  }
}

function split(word: string): { name: string; inline: string | undefined } {
  const equals = word.startsWith("--") ? word.indexOf("=") : -1;
  if (equals < 0) return { name: word, inline: undefined };
  return { name: word.slice(0, equals), inline: word.slice(equals + 1) };
}

function usage(reason: string): Parsed {
  return { kind: "usage", reason };
}
