// `convert`: rewrites policy files in the other dialect, where nothing is lost. Loaded when it is
// called.

import { ConfigError } from "../../config/index.ts";
import { printable, printableJson } from "../../core/printable.ts";
import {
  ARRIVING_LOSS,
  convertPolicies,
  type PolicyDialect,
  writtenPolicy,
} from "../../policy/index.ts";
import { createRegexValidator } from "../../re2/index.ts";
import { type CommandContext, ExitCode, type Invocation, valueOf } from "../command.ts";
import { loadPolicies } from "./engine.ts";
import { CONVERT_FLAGS } from "./flags.ts";

export async function convert(invocation: Invocation, context: CommandContext): Promise<number> {
  const { io, readFile, distribution } = context;
  const to = dialectOf(valueOf(invocation, CONVERT_FLAGS.to));
  if (invocation.operands.length === 0 || to === undefined) {
    io.err(`${distribution.program}: convert needs policy files and --to otel or --to tero.\n`);
    return ExitCode.usage;
  }
  const validateRegex = createRegexValidator();
  try {
    const { policies, summaries } = await loadPolicies(invocation.operands, {
      readFile,
      validateRegex,
    });
    const errorsOf = new Map(summaries.map(({ id, errors }) => [id, errors]));
    const checked = policies.map((policy) => ({
      ...policy,
      errors: errorsOf.get(policy.id) ?? policy.errors,
    }));
    const spansArriveUnsampled = valueOf(invocation, CONVERT_FLAGS.unsampled) === true;
    const conversions = convertPolicies(checked, to, { validateRegex, spansArriveUnsampled });
    for (const { policies: own, reasons } of conversions) {
      if (reasons.length === 0) continue;
      const id = JSON.stringify(own[0]?.id);
      io.err(printable(`${id} stays as it is: ${reasons.join("; ")}\n`));
    }
    if (conversions.some(({ reasons }) => reasons.includes(ARRIVING_LOSS))) {
      io.err(`Where no span arrives with a threshold, say so: ${CONVERT_FLAGS.unsampled.name}.\n`);
    }
    const written = conversions.flatMap(({ policies: own }) => own.map(writtenPolicy));
    io.out(printableJson({ policies: written }));
    const isWhole = conversions.every(({ reasons }) => reasons.length === 0);
    return isWhole ? ExitCode.ok : ExitCode.failed;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    io.err(printable(`${error.message}\n`));
    return ExitCode.config;
  }
}

function dialectOf(text: string | undefined): PolicyDialect | undefined {
  return text === "otel" || text === "tero" ? text : undefined;
}
