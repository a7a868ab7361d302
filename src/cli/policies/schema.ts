// `schema`: prints the JSON Schema of a kind of file. Loaded when it is called.

import { configFileSchema } from "../../config/json-schema.ts";
import { printable, printableJson } from "../../core/printable.ts";
import { policyFileSchema } from "../../policy/decode/json-schema.ts";
import { quote } from "../../config/index.ts";
import { type CommandContext, ExitCode, type Invocation, UsageError } from "../command.ts";

const SCHEMAS: Readonly<Record<string, () => object>> = {
  config: configFileSchema,
  policies: policyFileSchema,
};

export async function schema(
  { operands: [kind = "", command] }: Invocation,
  context: CommandContext,
): Promise<number> {
  const { io, distribution } = context;
  if (kind === "output") return schemaOfOutput(command ?? "", context);
  if (command !== undefined) throw new UsageError(`schema ${kind} takes no ${quote(command)}`);
  const make = SCHEMAS[kind];
  if (make === undefined) {
    const allowed = [...Object.keys(SCHEMAS), "output"].join(", ");
    io.err(printable(`${distribution.program}: schema ${JSON.stringify(kind)}: use ${allowed}.\n`));
    return ExitCode.usage;
  }
  io.out(printableJson(make()));
  return ExitCode.ok;
}

/** Of what a command prints with --json. */
async function schemaOfOutput(command: string, { io }: CommandContext): Promise<number> {
  const { OUTPUT_SCHEMAS, outputSchema } = await import("../output/schemas.ts");
  const names = Object.keys(OUTPUT_SCHEMAS) as (keyof typeof OUTPUT_SCHEMAS)[];
  const name = names.find((one) => one === command);
  if (name === undefined) {
    throw new UsageError(`schema output ${quote(command)}: use ${names.join(", ")}`);
  }
  io.out(printableJson(outputSchema(name)));
  return ExitCode.ok;
}
