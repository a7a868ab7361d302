// `status`: shows the status of a running program. Loaded when it is called.

import { z } from "zod";
import { printable, printableJson } from "../../core/printable.ts";
import { type CommandContext, ExitCode, type Invocation, valueOf } from "../command.ts";
import { JSON_FLAG } from "../policies/flags.ts";
import { counted, durationText } from "../terminal/amounts.ts";
import { COLOR_FLAG, type Paint, paintFor } from "../terminal/paint.ts";
import { tableLines } from "../terminal/table.ts";
import { lookAtSavings, savedText } from "./savings-look.ts";
import { shaped, withClient } from "./remote-command.ts";

const PROVIDER = z.looseObject({
  id: z.string(),
  kind: z.string(),
  source: z.string(),
  policies: z.number(),
  last_success: z.nullable(z.string()),
  last_error: z.nullable(z.string()),
});
const STATUS = z.looseObject({
  build: z.looseObject({ version: z.string(), distribution: z.string(), runtime: z.string() }),
  uptime_seconds: z.number(),
  ready: z.boolean(),
  threads: z.number(),
  policies: z.looseObject({
    version: z.number(),
    log: z.number(),
    metric: z.number(),
    trace: z.number(),
    invalid: z.number(),
    shadow: z.optional(z.number()),
    rollout: z.optional(z.number()),
    missing_providers: z.array(z.string()),
  }),
  providers: z.array(PROVIDER),
  upstreams: z.looseObject({}),
  taps_open: z.number(),
  switches: z.optional(z.looseObject({ taps: z.boolean(), payloads: z.boolean() })),
});
export type StatusDocument = z.infer<typeof STATUS>;
export type ProviderDocument = z.infer<typeof PROVIDER>;
export const PROVIDERS = z.array(PROVIDER);

export function status(invocation: Invocation, context: CommandContext): Promise<number> {
  return withClient(invocation, context, async (client) => {
    const { io, env } = context;
    const document = await client.document("/_edge/status?format=json");
    const known = shaped(client, STATUS, document);
    if (valueOf(invocation, JSON_FLAG) === true) io.out(printableJson(document));
    else {
      const saved = savedText(await lookAtSavings(client));
      io.out(printStatus(known, saved, paintFor(io, env, valueOf(invocation, COLOR_FLAG))));
    }
    const isWell = known.ready && known.providers.every((one) => one.last_error === null);
    return isWell ? ExitCode.ok : ExitCode.failed;
  });
}

function printStatus(document: StatusDocument, saved: string, paint: Paint): string {
  const { build, uptime_seconds: uptime, ready, threads, policies, providers } = document;
  const { log, metric, trace } = policies;
  const state = ready ? paint("green", "ready") : paint("red", "not ready");
  const invalid = policies.invalid === 0 ? "" : `, ${paint("red", `${policies.invalid} invalid`)}`;
  const modes = (["shadow", "rollout"] as const)
    .filter((mode) => (policies[mode] ?? 0) > 0)
    .map((mode) => `, ${policies[mode]} in ${mode}`)
    .join("");
  const missing = policies.missing_providers.map((id) => JSON.stringify(id));
  const lines = [
    `Edge ${build.version} (${build.distribution}, ${build.runtime})`,
    `${state}, up ${durationText(uptime)}, ${counted(threads, "thread")}`,
    `policies: log ${log}, metric ${metric}, trace ${trace}${modes}${invalid}; set ${policies.version}`,
    `savings: ${saved}`,
    ...(missing.length === 0 ? [] : [`waiting for ${missing.join(", ")}`]),
    ...switchLines(document),
    ...providerLines(providers, paint),
    "",
    "upstreams",
    ...tableLines(upstreamRows(document), [0, 1]).map((line) => `  ${line}`),
  ];
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

function switchLines({ taps_open: open, switches }: StatusDocument): readonly string[] {
  if (switches === undefined) return [];
  const taps = switches.taps ? `on, ${open} open` : "off";
  return [`taps: ${taps}; payloads: ${switches.payloads ? "shown" : "hidden"}`];
}

function upstreamRows({ upstreams }: StatusDocument): readonly (readonly [string, string])[] {
  return Object.entries(upstreams).flatMap(([name, url]) =>
    typeof url === "string" ? [[name, url] as const] : [],
  );
}

/** A table of sources, and below it what is wrong with them. */
export function providerLines(
  providers: readonly ProviderDocument[],
  paint: Paint,
): readonly string[] {
  if (providers.length === 0) return ["", "no sources of policies"];
  const rows = providers.map(({ id, policies, last_success: last, source, last_error: error }) => [
    id,
    error === null ? "ok" : "failed",
    String(policies),
    last ?? "never",
    source,
  ]);
  const lines = tableLines(
    [["source", "state", "policies", "last read", "from"], ...rows],
    [0, 1, 3, 4],
  );
  const faults = providers.flatMap(({ id, last_error: error }) =>
    error === null
      ? []
      : [`${paint("red", "failed")} ${printable(`${JSON.stringify(id)}: ${error}`)}`],
  );
  return ["", ...lines, ...faults];
}
