// `schema`: prints the JSON Schema of a kind of file. Loaded when it is called.

import { configFileSchema } from "../../config/json-schema.ts";
import { printable } from "../../core/printable.ts";
import { policyFileSchema } from "../../policy/decode/json-schema.ts";
import { type CommandContext, ExitCode, type Invocation } from "../command.ts";

const SCHEMAS: Readonly<Record<string, () => object>> = {
  config: configFileSchema,
  policies: policyFileSchema,
};

export function schema({ operands: [kind = ""] }: Invocation, context: CommandContext): number {
  const { io, distribution } = context;
  const make = SCHEMAS[kind];
  if (make === undefined) {
    const allowed = Object.keys(SCHEMAS).join(", ");
    io.err(printable(`${distribution.program}: schema ${JSON.stringify(kind)}: use ${allowed}.\n`));
    return ExitCode.usage;
  }
  io.out(`${JSON.stringify(make(), null, 2)}\n`);
  return ExitCode.ok;
}
