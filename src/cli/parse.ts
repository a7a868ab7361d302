// Turns the words of a command line into a command and its arguments. Pure.
//
// The runtime's `parseArgs` cuts words into flags, values and operands, because it knows groups of
// short flags, inline values and `--`. Only its tokens are used: it has no types, counts or
// commands, and its errors do not say what is allowed.

import { parseArgs } from "node:util";
import { nearest } from "../core/nearest.ts";
import type { Command, Flag, FlagValue, Invocation } from "./command.ts";
import { readValue } from "./flag-value.ts";

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
 * The first word that is no flag of the program, nor the value of one, names the command, if there
 * is one of that name; else the command without a name runs and the word is its operand. `--` ends
 * flags and commands; a lone `-` is an operand. `--help` and `--version` win over every mistake
 * behind them.
 *
 * A value stands behind its flag (`--lines 5`, `-n 5`), whatever it begins with, or in the same
 * word: `--lines=5`, `-n5`. Short flags may share a word, the last of them with a value: `-vFn5`.
 */
export function parseArguments(argv: readonly string[], commands: readonly Command[]): Parsed {
  const nameless = commands.find(({ name }) => name === "");
  const named = commandIndex(argv, commands, nameless?.flags ?? []);
  const command = commands.find(({ name }) => name === (argv[named] ?? "")) ?? commands[0];
  if (command === undefined) throw new Error("there are no commands");
  const words = argv.filter((_, index) => index !== named);
  return new Parser(command, commands).parse(words);
}

/** The index of the word that names a command, or -1. */
function commandIndex(
  argv: readonly string[],
  commands: readonly Command[],
  flags: readonly Flag[],
): number {
  const tokens = tokensOf(argv, [...flags, ...COMMON_FLAGS]);
  const first = tokens.find(({ kind }) => kind !== "option");
  if (first?.kind !== "positional" || first.value === "") return -1;
  return commands.some(({ name }) => name === first.value) ? first.index : -1;
}

function tokensOf(words: readonly string[], flags: readonly Flag[]) {
  const options = flags.map(({ name, short, value }) => {
    const type = value === undefined ? ("boolean" as const) : ("string" as const);
    const letter = short === undefined ? {} : { short: short.slice(1) };
    return [name.slice(2), { type, multiple: true, ...letter }] as const;
  });
  const config = { options: Object.fromEntries(options), strict: false, allowPositionals: true };
  return parseArgs({ ...config, args: [...words], tokens: true }).tokens;
}

type OptionToken = Extract<ReturnType<typeof tokensOf>[number], { kind: "option" }>;

class Parser {
  readonly #command: Command;
  readonly #commands: readonly Command[];
  readonly #flags: readonly Flag[];
  readonly #operands: string[] = [];
  readonly #values = new Map<string, FlagValue>();

  constructor(command: Command, commands: readonly Command[]) {
    this.#command = command;
    this.#commands = commands;
    this.#flags = [...command.flags, ...COMMON_FLAGS];
  }

  parse(words: readonly string[]): Parsed {
    const tokens = tokensOf(words, this.#flags);
    for (const [index, token] of tokens.entries()) {
      if (token.kind === "positional") this.#operands.push(token.value);
      if (token.kind !== "option") continue;
      const word = words[token.index] ?? "";
      const before = tokens[index - 1];
      if (token.rawName === "-=" && before?.kind === "option") {
        return usage(`${before.rawName}: takes no value; remove "=…".`);
      }
      const flag = this.#flagOf(token);
      if (flag === undefined || this.#isLongName(word)) {
        return usage(this.#unknownFlag(token.rawName, word));
      }
      if (flag.name === "--help" && token.value === undefined) {
        return { kind: "help", command: this.#command };
      }
      if (flag.name === "--version" && token.value === undefined) return { kind: "version" };
      const fault = flag.value === undefined ? this.#turn(flag, token) : this.#take(flag, token);
      if (fault !== undefined) return usage(`${token.rawName}: ${fault}`);
    }
    return this.#result();
  }

  #flagOf({ rawName }: OptionToken): Flag | undefined {
    return this.#flags.find(({ name, short, negatable }) => {
      return name === rawName || short === rawName || (negatable && negated(name) === rawName);
    });
  }

  /** A long name with one dash would else be a group of short flags, or a value of the first. */
  #isLongName(word: string): boolean {
    const name = word.split("=", 1)[0] ?? "";
    if (word.startsWith("--") || name.length <= 2) return false;
    return this.#flags.some((flag) => flag.name === `-${name}`);
  }

  /** A flag without a value. Returns what is wrong. */
  #turn(flag: Flag, token: OptionToken): string | undefined {
    if (token.value !== undefined) return 'takes no value; remove "=…".';
    const { name, repeat } = flag;
    const count = Number(this.#values.get(name) ?? 0);
    const isOff = token.rawName === negated(name);
    this.#values.set(name, repeat === "count" ? (isOff ? 0 : count + 1) : !isOff);
    return undefined;
  }

  /** A flag with a value. Returns what is wrong. */
  #take(flag: Flag, token: OptionToken): string | undefined {
    const { name, short, repeat, type, value: valueName } = flag;
    const { rawName, value: text } = token;
    if (text === undefined) return `needs a value: ${rawName} ${valueName}.`;
    if (rawName === short && token.inlineValue && text.startsWith("=")) {
      const value = text.slice(1);
      return `a short option has no "="; write ${short} ${value} or ${name}=${value}.`;
    }
    const read = readValue(text, type);
    if (!read.ok) return read.reason;
    const before = this.#values.get(name);
    if (repeat === "all") {
      this.#values.set(name, [...(Array.isArray(before) ? before : []), read.value]);
      return undefined;
    }
    if (before !== undefined && repeat !== "last") return "is there twice; give it once.";
    this.#values.set(name, read.value);
    return undefined;
  }

  #result(): Parsed {
    const command = this.#command;
    const operands = this.#operands;
    const extra = operands[command.operandsMax];
    if (extra === undefined) {
      return { kind: "run", command, invocation: { operands, flags: this.#values } };
    }
    const allowed = command.operandsMax === 0 ? "none" : `at most ${command.operandsMax}`;
    const reason = `${JSON.stringify(extra)}: one argument too many; allowed: ${allowed}.`;
    const names = this.#commands.map(({ name }) => name);
    const late = command.name === "" && operands.find((word) => word && names.includes(word));
    if (!late) return usage(reason);
    const rest = operands.filter((word) => word !== late);
    return usage(`${reason} A command stands before its arguments: ${[late, ...rest].join(" ")}.`);
  }

  #unknownFlag(rawName: string, word: string): string {
    const names = this.#flags.map((flag) => flag.name);
    const isGroup = !rawName.startsWith("--") && !word.startsWith(rawName);
    const name = rawName.startsWith("--") ? rawName : word;
    const place = isGroup && /^-[!-~]$/.test(rawName) ? `${rawName} in ${word}` : name;
    const near = nearest(name, names);
    const cure = near === undefined ? `known: ${names.join(", ")}.` : `did you mean ${near}?`;
    return `${place}: unknown option; ${cure}`;
  }
}

/** `--no-color` of `--color`. */
function negated(name: string): string {
  return `--no-${name.slice(2)}`;
}

function usage(reason: string): Parsed {
  return { kind: "usage", reason };
}
