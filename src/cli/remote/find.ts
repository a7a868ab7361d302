// `find`: asks a running program where a trace id or a text went. Loaded when it is called.

import { z } from "zod";
import { printable, printableJson, shortened } from "../../core/printable.ts";
import { type CommandContext, ExitCode, type Invocation, UsageError, valueOf } from "../command.ts";
import { JSON_FLAG } from "../policies/flags.ts";
import { counted, countText } from "../terminal/amounts.ts";
import { COLOR_FLAG, type Paint, paintFor } from "../terminal/paint.ts";
import { shaped, withClient } from "./remote-command.ts";

const FOUND = z.looseObject({
  verdict: z.enum(["forwarded", "dropped", "forwarded_and_dropped", "never_seen", "not_found"]),
  since: z.string(),
  threads: z.looseObject({ asked: z.number(), answered: z.number() }),
  unread: z.number(),
  records_held: z.optional(z.number()),
  records_seen: z.optional(z.number()),
  found: z.array(
    z.looseObject({
      outcome: z.enum(["forwarded", "dropped"]),
      signal: z.string(),
      policy: z.nullable(z.string()),
      would_drop_by: z.optional(z.string()),
      from: z.string(),
      to: z.string(),
      record: z.optional(z.string()),
    }),
  ),
});
type FoundDocument = z.infer<typeof FOUND>;

const TRACE_ID = /^(?:[0-9a-f]{16}|[0-9a-f]{32}|[0-9]{17,20})$/i;
const RECORD_CHARS_MAX = 400;

export function find(invocation: Invocation, context: CommandContext): Promise<number> {
  const [wanted = ""] = invocation.operands;
  if (wanted === "") throw new UsageError("find needs a trace id or a text");
  return withClient(invocation, context, async (client) => {
    const { io, env } = context;
    const name = TRACE_ID.test(wanted) ? "trace_id" : "text";
    const query = new URLSearchParams({ [name]: wanted });
    const document = await client.document(`/_edge/find?${query.toString()}`);
    const known = shaped(client, FOUND, document);
    if (valueOf(invocation, JSON_FLAG) === true) io.out(printableJson(document));
    else io.out(printFound(known, paintFor(io, env, valueOf(invocation, COLOR_FLAG))));
    return known.found.length > 0 ? ExitCode.ok : ExitCode.failed;
  });
}

const COLOURS = {
  forwarded: "green",
  dropped: "red",
  forwarded_and_dropped: "yellow",
  never_seen: "bold",
  not_found: "bold",
} as const;

function printFound(document: FoundDocument, paint: Paint): string {
  const { verdict, since, found } = document;
  const word = paint(COLOURS[verdict], verdict.replaceAll("_", " "));
  const lines = [`${word}; known since ${since}`];
  for (const { outcome, signal, policy, would_drop_by: tried, from, to, record } of found) {
    const would = tried === undefined ? "" : `; ${JSON.stringify(tried)} would drop it, in shadow`;
    const by = policy === null ? would : ` by ${JSON.stringify(policy)}`;
    const when = from === to ? `at ${from}` : `between ${from} and ${to}`;
    lines.push(`  ${signal} ${paint(COLOURS[outcome], outcome)}${printable(`${by}, ${when}`)}`);
    if (record !== undefined) lines.push(`    ${paint("dim", lineOf(record))}`);
  }
  return `${[...lines, ...doubts(document)].join("\n")}\n`;
}

function lineOf(record: string): string {
  return shortened(printable(record.replaceAll("\n", " ")), RECORD_CHARS_MAX);
}

/** Why it may have been there all the same. */
function doubts(document: FoundDocument): readonly string[] {
  const { verdict, unread, threads, records_held: held, records_seen: seen } = document;
  if (verdict !== "not_found") return [];
  const lines: string[] = [];
  if (unread > 0) lines.push(`  something went on unread ${counted(unread, "time")}`);
  if (threads.answered < threads.asked) {
    lines.push(`  ${threads.asked - threads.answered} of ${threads.asked} threads did not answer`);
  }
  if (held !== undefined && seen !== undefined && held < seen) {
    lines.push(`  looked at ${countText(held)} of ${countText(seen)} records`);
  }
  return lines;
}
