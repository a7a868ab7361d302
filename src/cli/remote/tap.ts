// `tap`: shows records as they pass a running program, or writes them to a capture. Loaded when it
// is called.

import { closeSync, openSync, writeSync } from "node:fs";
import { z } from "zod";
import { printable } from "../../core/printable.ts";
import { TAP_RECORDS_MAX, TAP_SECONDS_MAX } from "../../core/limits.ts";
import { type CommandContext, ExitCode, type Invocation, valueOf } from "../command.ts";
import { JSON_FLAG } from "../policies/flags.ts";
import { counted } from "../terminal/amounts.ts";
import { COLOR_FLAG, paintFor } from "../terminal/paint.ts";
import { type AdminClient, RemoteError } from "./admin-client.ts";
import { OUTCOMES, TAP_FLAGS } from "./flags.ts";
import { withClient } from "./remote-command.ts";
import { switchedOn } from "./switched-on.ts";
import { printTapped } from "./tap-row.ts";
import { untilInterrupted } from "./interrupt.ts";

const ROW = z.looseObject({
  time: z.string(),
  signal: z.string(),
  decision: z.enum(["keep", "edit", "drop"]),
  dropped_by: z.optional(z.string()),
  policies: z.array(z.string()),
  would: z.optional(z.array(z.looseObject({ policy: z.string(), would: z.string() }))),
  bytes: z.number(),
});
const NOTE = z.looseObject({
  tap: z.string(),
  records: z.optional(z.number()),
  reason: z.optional(z.string()),
  shown: z.optional(z.number()),
  lost: z.optional(z.number()),
  payloads: z.optional(z.boolean()),
});
/** A line of a tap: about a record, or about itself. */
interface TapLine {
  readonly row?: z.infer<typeof ROW>;
  readonly note?: z.infer<typeof NOTE>;
}

/** Ends that are as they were asked for. */
const WANTED_ENDS = ["records", "seconds"];

export function tap(invocation: Invocation, context: CommandContext): Promise<number> {
  return withClient(invocation, context, async (client) => {
    const path = pathOf(invocation);
    const isSwitching = valueOf(invocation, TAP_FLAGS.switchOn) === true;
    return untilInterrupted(async (signal) => {
      const watch = (): Promise<number> => show(client, path, signal, invocation, context);
      const seconds = valueOf(invocation, TAP_FLAGS.seconds) ?? TAP_SECONDS_MAX;
      return isSwitching ? switchedOn(client, seconds, watch) : watch();
    });
  });
}

function pathOf(invocation: Invocation): string {
  const query = new URLSearchParams();
  for (const signal of valueOf(invocation, TAP_FLAGS.signal) ?? []) query.append("signal", signal);
  for (const policy of valueOf(invocation, TAP_FLAGS.policy) ?? []) query.append("policy", policy);
  for (const text of valueOf(invocation, TAP_FLAGS.text) ?? []) query.append("text", text);
  for (const word of valueOf(invocation, TAP_FLAGS.outcome) ?? []) {
    const outcome = Object.entries(OUTCOMES).find(([name]) => name === word)?.[1];
    if (outcome !== undefined) query.append("decision", outcome);
  }
  const pace = valueOf(invocation, TAP_FLAGS.perSecond);
  if (pace !== undefined) query.set("per_second", String(pace));
  query.set("n", String(valueOf(invocation, TAP_FLAGS.count) ?? TAP_RECORDS_MAX));
  query.set("seconds", String(valueOf(invocation, TAP_FLAGS.seconds) ?? TAP_SECONDS_MAX));
  const isCapture = valueOf(invocation, TAP_FLAGS.write) !== undefined;
  query.set("format", isCapture ? "capture" : "json");
  return `/_edge/tap/${valueOf(invocation, TAP_FLAGS.stage) ?? "pre"}?${query.toString()}`;
}

async function show(
  client: AdminClient,
  path: string,
  signal: AbortSignal,
  invocation: Invocation,
  context: CommandContext,
): Promise<number> {
  using output = outputOf(invocation, context);
  let end: string | undefined;
  let [shown, lost] = [0, 0];
  try {
    for await (const line of client.lines(path, signal)) {
      const known = lineOf(client, line);
      output.line(line, known);
      const { note } = known;
      if (note === undefined) shown++;
      else if (note.tap === "lost") lost += note.records ?? 0;
      else if (note.tap === "end") {
        lost = note.lost ?? lost;
        end = note.reason;
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    end = "seconds";
  }
  context.io.err(`${counted(shown, "record")}, ${lost} missed${output.to}\n`);
  if (end === undefined) {
    throw new RemoteError(`${client.where}: went away in the middle of its answer`);
  }
  if (WANTED_ENDS.includes(end)) return ExitCode.ok;
  const words = end === "stopping" ? "Edge stops" : `ended: ${end.replaceAll("_", " ")}`;
  throw new RemoteError(`${client.where}: ${words}`);
}

function lineOf(client: AdminClient, line: string): TapLine {
  try {
    const document: unknown = JSON.parse(line);
    const note = NOTE.safeParse(document);
    if (note.success) return { note: note.data };
    const row = ROW.safeParse(document);
    if (row.success) return { row: row.data };
  } catch {
    // Told below.
  }
  throw new RemoteError(`${client.where}: answered something that Edge does not say; is it one?`);
}

interface TapOutput extends Disposable {
  /** For the sentence at the end. */
  readonly to: string;
  line(text: string, known: TapLine): void;
}

function outputOf(invocation: Invocation, { io, env }: CommandContext): TapOutput {
  const path = valueOf(invocation, TAP_FLAGS.write);
  const nothing = { to: "", [Symbol.dispose]: () => undefined };
  if (path === "-" || (path === undefined && valueOf(invocation, JSON_FLAG) === true)) {
    return { ...nothing, line: (text) => io.out(`${text}\n`) };
  }
  if (path !== undefined) return fileOutput(path);
  const paint = paintFor(io, env, valueOf(invocation, COLOR_FLAG));
  const line: TapOutput["line"] = (_text, { row, note }) => {
    if (row !== undefined) io.out(printTapped(row, paint));
    else if (note?.tap === "lost") {
      io.out(`${paint("yellow", `missed ${counted(note.records ?? 0, "record")}`)}\n`);
    } else if (note?.tap === "open" && note.payloads === false) {
      io.err("payloads are hidden: admin.show_payloads, or --switch-on, shows them\n");
    }
  };
  return { ...nothing, line };
}

/** @throws {RemoteError} when it cannot be written */
function fileOutput(path: string): TapOutput {
  const attempt = <T>(run: () => T): T => {
    try {
      return run();
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
      throw new RemoteError(printable(`${path}: cannot be written (${code})`));
    }
  };
  const file = attempt(() => openSync(path, "w", 0o600));
  return {
    to: printable(`; written to ${path}`),
    line: (text) => void attempt(() => writeSync(file, `${text}\n`)),
    [Symbol.dispose]: () => closeSync(file),
  };
}
