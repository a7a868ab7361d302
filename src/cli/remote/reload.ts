// `reload`: makes a running program read its policies and certificates again. Loaded when it is
// called.

import { z } from "zod";
import { printable, printableJson } from "../../core/printable.ts";
import { type CommandContext, ExitCode, type Invocation, valueOf } from "../command.ts";
import { JSON_FLAG } from "../policies/flags.ts";
import { counted } from "../terminal/amounts.ts";
import { COLOR_FLAG, type Paint, paintFor } from "../terminal/paint.ts";
import { shaped, withClient } from "./remote-command.ts";
import { providerLines, PROVIDERS } from "./status.ts";

const RELOAD = z.looseObject({
  ok: z.boolean(),
  changed: z.boolean(),
  policies: z.looseObject({
    version: z.number(),
    version_before: z.number(),
    total: z.number(),
    invalid: z.number(),
  }),
  providers: PROVIDERS,
  tls: z.nullable(z.looseObject({ changed: z.boolean(), last_error: z.nullable(z.string()) })),
});
/** Something gave nothing usable; the document says what. */
const SOME_FAILED = 502;

export function reload(invocation: Invocation, context: CommandContext): Promise<number> {
  return withClient(invocation, context, async (client) => {
    const { io, env } = context;
    const asking = { method: "POST", good: [200, SOME_FAILED] } as const;
    const document = await client.document("/_edge/reload", asking);
    const known = shaped(client, RELOAD, document);
    if (valueOf(invocation, JSON_FLAG) === true) io.out(printableJson(document));
    else io.out(printReload(known, paintFor(io, env, valueOf(invocation, COLOR_FLAG))));
    return known.ok ? ExitCode.ok : ExitCode.failed;
  });
}

function printReload({ policies, providers, tls }: z.infer<typeof RELOAD>, paint: Paint): string {
  const { version, version_before: before, total, invalid } = policies;
  const set = version === before ? `set ${version}, unchanged` : `set ${before} became ${version}`;
  const bad = invalid === 0 ? "" : `, ${paint("red", `${invalid} invalid`)}`;
  const lines = [`${set}: ${policiesText(total)}${bad}`];
  if (tls !== null && tls.last_error !== null) {
    lines.push(`${paint("red", "certificate")}: ${printable(tls.last_error)}`);
  } else if (tls !== null) lines.push(`certificate: ${tls.changed ? "replaced" : "unchanged"}`);
  return `${[...lines, ...providerLines(providers, paint)].join("\n")}\n`;
}

function policiesText(total: number): string {
  return total === 1 ? "1 policy" : counted(total, "policie");
}
