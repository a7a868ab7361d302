// `--help` of the scripts that take minutes: the lines that a script's file opens with say how it
// is run. Nothing else is done then.

import { readFileSync } from "node:fs";

/** What a file opens with, without the marks of comments. */
export function openingOf(file: string): string {
  const lines = readFileSync(file, "utf8").split("\n");
  const end = lines.findIndex((line) => !line.startsWith("//"));
  return lines
    .slice(0, end)
    .map((line) => line.replace(/^\/\/ ?/, ""))
    .join("\n");
}

/** Prints it, with what else there is to say, and ends the program, if help is asked for. */
export function exitIfHelpIsAsked(args: readonly string[], file: string, more?: string): void {
  if (!args.includes("--help") && !args.includes("-h")) return;
  console.log([openingOf(file), ...(more === undefined ? [] : [more])].join("\n\n"));
  process.exit(0);
}
