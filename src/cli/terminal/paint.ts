// Colours, where they are wanted: on a terminal that has them, or on request. Pure; the process's
// environment is passed in.

import { styleText } from "node:util";
import type { Environment } from "../../config/index.ts";
import type { CliIo, Flag } from "../command.ts";

export const COLOR_FLAG = {
  name: "--color",
  value: "WHEN",
  summary: "Colour the output.",
  type: { kind: "choice", words: ["auto", "always", "never"] },
  fallback: "auto: on a terminal, unless NO_COLOR is set",
  repeat: "last",
} as const satisfies Flag;

type Style = "bold" | "dim" | "red" | "yellow" | "green" | "cyan";

/** Puts a text into a style, or leaves it plain. */
export type Paint = (style: Style, text: string) => string;

export const PLAIN: Paint = (_style, text) => text;
const COLOURED: Paint = (style, text) => styleText(style, text, { validateStream: false });

/** `when`: the value of the flag. NO_COLOR as no-color.org has it, FORCE_COLOR as Node.js has. */
export function paintFor(io: CliIo, env: Environment, when = "auto"): Paint {
  if (when !== "auto") return when === "always" ? COLOURED : PLAIN;
  const isOn = (name: string): boolean => (env[name] ?? "") !== "";
  if (isOn("NO_COLOR")) return PLAIN;
  if (isOn("FORCE_COLOR") && env["FORCE_COLOR"] !== "0") return COLOURED;
  return io.isTerminal === true && env["TERM"] !== "dumb" ? COLOURED : PLAIN;
}
