// `suggest`: proposes policies that would save something, from what a running program has seen or
// from captured traffic. Loaded when it is called.

import type { SuggestionsDocument } from "../../analysis/index.ts";
import { suggestionsYaml } from "../../analysis/index.ts";
import { ConfigError } from "../../config/index.ts";
import { printable, printableJson } from "../../core/printable.ts";
import { type CommandContext, ExitCode, type Invocation, valueOf } from "../command.ts";
import { JSON_FLAG } from "../policies/flags.ts";
import { URL_FLAG } from "../remote/flags.ts";
import { SUGGESTIONS } from "../output/schemas.ts";
import { shaped, withClient } from "../remote/remote-command.ts";
import { suggestionsFrom } from "./captured.ts";
import { SUGGEST_FLAGS } from "./flags.ts";

export async function suggest(invocation: Invocation, context: CommandContext): Promise<number> {
  const withErrors = valueOf(invocation, SUGGEST_FLAGS.errors) === true;
  const captures = valueOf(invocation, SUGGEST_FLAGS.from);
  const config = valueOf(invocation, SUGGEST_FLAGS.config);
  const misused = misuseOf(captures !== undefined, config, valueOf(invocation, URL_FLAG));
  if (misused !== undefined) {
    context.io.err(`${context.distribution.program}: ${misused}.\n`);
    return ExitCode.usage;
  }
  if (captures === undefined) {
    return withClient(invocation, context, async (client) => {
      const path = `/_edge/suggestions${withErrors ? "?errors=true" : ""}`;
      const document = shaped(client, SUGGESTIONS, await client.document(path));
      return print(document, invocation, context);
    });
  }
  try {
    const found = await suggestionsFrom(captures, { withErrors, config }, context);
    return print(found, invocation, context);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    context.io.err(printable(`${error.message}\n`));
    return ExitCode.config;
  }
}

/** What is given and has no use. */
function misuseOf(
  hasCaptures: boolean,
  config: string | undefined,
  url: string | undefined,
): string | undefined {
  if (hasCaptures && url !== undefined) {
    return "--url stands beside --from; give the captures, or the running Edge";
  }
  if (hasCaptures || config === undefined) return undefined;
  return "--config is for --from; a running Edge tells money by its own cost keys";
}

/** A policy file with what there is to know in comments, or the document. */
function print(
  document: SuggestionsDocument,
  invocation: Invocation,
  { io }: CommandContext,
): number {
  const isJson = valueOf(invocation, JSON_FLAG) === true;
  io.out(printable(isJson ? printableJson(document) : suggestionsYaml(document)));
  return ExitCode.ok;
}
