// `replay`: shows what a set of policies would change about captured traffic. Loaded when it is
// called.

import { ConfigError, loadConfig } from "../../config/index.ts";
import { EXAMPLE_CHARS_MAX } from "../../core/limits.ts";
import { printable } from "../../core/printable.ts";
import { decodeUtf8 } from "../../core/utf8.ts";
import type { Engine } from "../../policy/index.ts";
import { createRegexValidator } from "../../re2/index.ts";
import { type CommandContext, ExitCode, type Invocation, UsageError, valueOf } from "../command.ts";
import { loadPolicies } from "../policies/engine.ts";
import { POLICIES_FLAG, REPLAY_FLAGS } from "../policies/flags.ts";
import type { RecordBody } from "../policies/records.ts";
import { COLOR_FLAG, paintFor } from "../terminal/paint.ts";
import { readCaptures } from "./read-captures.ts";
import { Cost } from "./cost.ts";
import { Services, SEVERITIES, serviceIn, severityIn } from "./facts.ts";
import { judgeBody, timeOf } from "./judged.ts";
import { printReplay } from "./print-replay.ts";
import { CHANGES, type Change, Tally } from "./tally.ts";

interface Condition {
  readonly change: Change;
  /** Undefined: any severity. */
  readonly severities: readonly string[] | undefined;
}

const EXAMPLES_DEFAULT = 3;

export async function replay(invocation: Invocation, context: CommandContext): Promise<number> {
  const { io, distribution } = context;
  const paths = valueOf(invocation, POLICIES_FLAG);
  if (paths === undefined || invocation.operands.length === 0) {
    const what = paths === undefined ? "policies: --policies FILE" : "captures";
    io.err(`${distribution.program}: replay needs ${what}.\n`);
    return ExitCode.usage;
  }
  const perGib = priceOf(invocation);
  const conditions = conditionsOf(valueOf(invocation, REPLAY_FLAGS.failOn) ?? []);
  if (typeof conditions === "string") {
    io.err(printable(`${distribution.program}: --fail-on: ${conditions}.\n`));
    return ExitCode.usage;
  }
  try {
    const cost = costOf(invocation, perGib, context);
    const clock = new RecordClock();
    const after = await engineOf(paths, clock, context);
    const before = await engineOf(valueOf(invocation, REPLAY_FLAGS.against) ?? [], clock, context);
    const examplesMax = valueOf(invocation, REPLAY_FLAGS.examples) ?? EXAMPLES_DEFAULT;
    const tally = new Tally(examplesMax, cost);
    const isMasked = valueOf(invocation, REPLAY_FLAGS.mask) === true;
    const unread = await readCaptures(invocation.operands, context, (body) => {
      clock.take(timeOf(body));
      compare(tally, before, after, body, isMasked);
    });
    print({ tally, unread, cost }, invocation, context);
    return conditions.some((one) => holds(one, tally)) ? ExitCode.failed : ExitCode.ok;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    io.err(printable(`${error.message}\n`));
    return ExitCode.config;
  }
}

/** The time of the records, which never goes back. */
class RecordClock {
  #nowMs = 0;

  take(timeMs: number | undefined): void {
    this.#nowMs = Math.max(this.#nowMs, timeMs ?? 0);
  }

  readonly nowMs = (): number => this.#nowMs;
}

async function engineOf(
  paths: readonly string[],
  clock: RecordClock,
  { readFile, io }: CommandContext,
): Promise<Engine> {
  const { engine, summaries } = await loadPolicies(paths, {
    readFile,
    validateRegex: createRegexValidator(),
    nowMs: clock.nowMs,
    random: repeatable(),
  });
  for (const { id, errors } of summaries) {
    for (const error of errors) {
      io.err(printable(`warning: ${JSON.stringify(id)} is not in force: ${error}\n`));
    }
  }
  return engine;
}

/** The same numbers for both sets, so that equal shares of both are of the same records. */
function repeatable(): () => number {
  let state = 0x2545f491;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function compare(
  tally: Tally,
  before: Engine,
  after: Engine,
  body: RecordBody,
  isMasked: boolean,
): void {
  const old = judgeBody(before, body);
  const now = judgeBody(after, body);
  const services = new Services(body);
  for (const [i, judged] of now.entries()) {
    const other = old[i];
    if (other === undefined) continue;
    const change = tally.count(body.signal, other, judged);
    const service = services.before(judged.start);
    if (change === undefined) continue;
    const { start, end } = judged;
    const record = decodeUtf8(body.bytes.subarray(start, Math.min(end, start + EXAMPLE_CHARS_MAX)));
    tally.note(change, other, judged, {
      signal: body.signal,
      service: body.kind === "datadog" ? serviceIn(record) : service,
      severity: severityIn(record),
      text: () => (isMasked ? maskedRecord(record) : record),
    });
  }
}

/** Keys stay; letters and digits of values are gone. */
function maskedRecord(record: string): string {
  return record.replace(/("(?:[^"\\]|\\.)*")(\s*:)?/g, (whole, text: string, colon?: string) => {
    return colon === undefined ? text.replace(/\p{L}/gu, "x").replace(/\d/g, "0") : whole;
  });
}

interface Outcome {
  readonly tally: Tally;
  /** Bodies that could not be read. */
  readonly unread: number;
  readonly cost: Cost | undefined;
}

function print(outcome: Outcome, invocation: Invocation, { io, env }: CommandContext): void {
  const { tally, unread, cost } = outcome;
  if (valueOf(invocation, REPLAY_FLAGS.json) === true) {
    io.out(`${printable(JSON.stringify(documentOf(outcome), costTo(cost), 2))}\n`);
    return;
  }
  const isMarkdown = valueOf(invocation, REPLAY_FLAGS.markdown) === true;
  const paint = paintFor(io, env, isMarkdown ? "never" : valueOf(invocation, COLOR_FLAG));
  io.out(printReplay(tally, { paint, isMarkdown, cost }));
  if (unread > 0) io.err(`${unread} requests could not be read, and are not counted.\n`);
}

/**
 * Undefined: nothing has a price.
 *
 * @throws {ConfigError} when the configuration is wrong, or has no `cost`
 */
function costOf(
  invocation: Invocation,
  perGib: number | undefined,
  { env, readFile }: CommandContext,
): Cost | undefined {
  const path = valueOf(invocation, REPLAY_FLAGS.config);
  if (path === undefined) return perGib === undefined ? undefined : new Cost(undefined, perGib);
  const { config } = loadConfig({ path, env, readFile });
  if (config.cost === undefined && perGib === undefined) {
    throw new ConfigError([`${path}: cost: is missing; set per_gb or per_million_records.`]);
  }
  return new Cost(config.cost, perGib);
}

/** @throws {UsageError} for what is no number */
function priceOf(invocation: Invocation): number | undefined {
  const text = valueOf(invocation, REPLAY_FLAGS.price);
  if (text === undefined) return undefined;
  if (/^\d{1,9}(?:\.\d{1,9})?$/.test(text)) return Number(text);
  const { name, allowed } = REPLAY_FLAGS.price;
  throw new UsageError(`${name}: ${JSON.stringify(text)} is no price; allowed: ${allowed}.`);
}

/** For JSON: sums of money to the millionth, and none where nothing has a price. */
function costTo(cost: Cost | undefined) {
  return (name: string, value: unknown): unknown => {
    if (name !== "cost" || typeof value !== "number") return value;
    return cost === undefined ? undefined : Math.round(value * 1e6) / 1e6;
  };
}

function documentOf({ tally, unread, cost }: Outcome): unknown {
  const { all, droppedBefore, droppedAfter, changes } = tally;
  const rows = Object.fromEntries(
    [...changes].map(([name, { byPolicy, byService, bySeverity, ...rest }]) => [
      name,
      {
        ...rest,
        byPolicy: Object.fromEntries(byPolicy),
        byService: Object.fromEntries(byService),
        bySeverity: Object.fromEntries(bySeverity),
      },
    ]),
  );
  const { currency } = cost ?? {};
  return { ...all, currency, unread, droppedBefore, droppedAfter, changes: rows };
}

/** `newly-dropped` or `newly-dropped=error,warn`; a text says what is wrong. */
function conditionsOf(texts: readonly string[]): readonly Condition[] | string {
  const conditions: Condition[] = [];
  for (const text of texts) {
    const [name, list] = text.split("=", 2);
    const change = CHANGES.find((one) => one === name);
    if (change === undefined) {
      return `${JSON.stringify(name)} is not known; allowed: ${CHANGES.join(", ")}`;
    }
    const severities = list?.split(",");
    const unknown = severities?.find((one) => !SEVERITIES.some((word) => word === one));
    if (unknown !== undefined) {
      return `${JSON.stringify(unknown)} is no severity; allowed: ${SEVERITIES.join(", ")}`;
    }
    conditions.push({ change, severities });
  }
  return conditions;
}

function holds({ change, severities }: Condition, { changes }: Tally): boolean {
  const tally = changes.get(change);
  if (tally === undefined) return false;
  if (severities === undefined) return tally.records > 0;
  return [...tally.bySeverity].some(([word]) => severities.includes(word));
}
