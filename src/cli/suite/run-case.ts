// Runs one test case and reports how the result differs from what was expected, together with the
// explanation of the record concerned.

import { type Explained, explainBody } from "../policies/explaining.ts";
import { normalized, reported, summed } from "./compare.ts";
import { describeDifference, firstDifference } from "./difference.ts";
import { filterBody, load, startEngine, type Stats, statsOf } from "./judging.ts";
import { type Batch, linesOf, type TestCase } from "./test-case.ts";

export interface Failure {
  readonly what: string;
  /** Of the record that it is about, where one is found; its number from 1. */
  readonly record?: { readonly number: number; readonly explained: Explained };
}

export interface CaseResult {
  readonly test: TestCase;
  readonly failures: readonly Failure[];
  /** What the files of the case would have to hold, by path, where they hold something else. */
  readonly updates: ReadonlyMap<string, string | Uint8Array>;
}

export function runCase(test: TestCase): CaseResult {
  const failures: Failure[] = [];
  const updates = new Map<string, string | Uint8Array>();
  const stats: Stats[] = [];
  for (const batch of test.batches) {
    // As each is a process of its own in the suite.
    const engine = startEngine();
    load(engine, test.policies);
    const { kind, expectedPath } = batch;
    const output = filterBody(engine, bodyOf(batch));
    const actual: unknown =
      kind === "text" ? linesOf(output) : JSON.parse(Buffer.from(output).toString());
    stats.push(statsOf(engine.totals()));
    const found = [...differenceOf(test, batch, actual), ...winnerFault(test, batch)];
    failures.push(...found);
    if (found.length === 0 || expectedPath === undefined) continue;
    updates.set(expectedPath, kind === "text" ? output : printed(actual));
  }
  const counted = statsFault(test, stats);
  if (counted !== undefined) {
    failures.push({ what: counted });
    const [first] = stats;
    const actual = stats.length === 1 && first !== undefined ? first : summed(stats);
    if (test.statsPath !== undefined) updates.set(test.statsPath, printed(actual));
  }
  return { test, failures, updates };
}

function printed(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

function bodyOf(batch: Batch) {
  const { input: bytes } = batch;
  return batch.kind === "text"
    ? { kind: batch.kind, signal: batch.signal, bytes, reading: batch.reading }
    : { kind: batch.kind, signal: batch.signal, bytes };
}

/** Lines are compared as they are. */
function comparable({ kind }: Batch, value: unknown): unknown {
  return kind === "text" ? value : normalized(value);
}

function differenceOf(test: TestCase, batch: Batch, actual: unknown): readonly Failure[] {
  const { expected } = batch;
  if (expected === undefined) {
    return [{ what: `${batch.expectedPath ?? "expect"}: is not there` }];
  }
  const difference = firstDifference(comparable(batch, expected), comparable(batch, actual));
  if (difference === undefined) return [];
  const record = recordOf(test, batch, actual);
  return [{ what: describeDifference(difference), ...(record && { record }) }];
}

function explainedOf(test: TestCase, batch: Batch): readonly Explained[] {
  const engine = startEngine();
  load(engine, test.policies);
  return explainBody(engine, bodyOf(batch)).records;
}

/** The record that what came out differs in: one that is left and should not be, or is not. */
function recordOf(test: TestCase, batch: Batch, actual: unknown): Failure["record"] {
  const explained = explainedOf(test, batch);
  const expected = recordsIn(batch.expected);
  const came = recordsIn(actual);
  const texts = (list: readonly unknown[]): readonly string[] =>
    list.map((one) => JSON.stringify(comparable(batch, one)));
  const wanted = texts(expected);
  const left = texts(came);
  const surplus = left.findIndex((text) => !wanted.includes(text));
  const missing = wanted.find((text) => !left.includes(text));
  const input = texts(recordsIn(inputOf(batch)));
  if (batch.kind === "text" && explained.length !== input.length) {
    // Some lines no policy has looked at: they are found by what stands in them.
    const named = [left[surplus], missing];
    const at = explained.findIndex(({ text }) => named.includes(JSON.stringify(text)));
    const edited = explained.findIndex(({ edits }) => edits.some(({ changed }) => changed));
    return numbered(explained, at < 0 && surplus >= 0 ? edited : at);
  }
  if (surplus >= 0) {
    const kept = explained.flatMap(({ verdict }, i) => (verdict === "keep" ? [i] : []));
    return numbered(explained, kept[surplus]);
  }
  const at = missing === undefined ? -1 : input.indexOf(missing);
  const dropped = explained.findIndex(({ verdict }) => verdict === "drop");
  return numbered(explained, at >= 0 ? at : dropped);
}

function inputOf({ kind, input }: Batch): unknown {
  return kind === "text" ? linesOf(input) : JSON.parse(Buffer.from(input).toString());
}

function numbered(explained: readonly Explained[], at: number | undefined): Failure["record"] {
  const found = at === undefined ? undefined : explained[at];
  return found && { number: (at ?? 0) + 1, explained: found };
}

const RECORD_LISTS = ["logRecords", "metrics", "spans"];

/** All records of a document, in order. */
function recordsIn(document: unknown): readonly unknown[] {
  if (Array.isArray(document)) return document;
  const found: unknown[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else if (typeof value === "object" && value !== null) {
      for (const [key, member] of Object.entries(value)) {
        if (RECORD_LISTS.includes(key) && Array.isArray(member)) found.push(...member);
        else visit(member);
      }
    }
  };
  visit(document);
  return found;
}

function winnerFault(test: TestCase, batch: Batch): readonly Failure[] {
  if (batch.because === undefined) return [];
  const [first] = explainedOf(test, batch);
  const winner = first?.winner?.id;
  if (winner === batch.because) return [];
  const by = winner === undefined ? "no policy" : JSON.stringify(winner);
  const what = `because: expected ${JSON.stringify(batch.because)}, but ${by} decides`;
  return [first === undefined ? { what } : { what, record: { number: 1, explained: first } }];
}

function statsFault(test: TestCase, runs: readonly Stats[]): string | undefined {
  const [first] = runs;
  if (test.stats === undefined || first === undefined) return undefined;
  const actual = test.isProviderOnly ? reported(first) : runs.length === 1 ? first : summed(runs);
  const expected = test.isProviderOnly ? reported(test.stats) : test.stats;
  const difference = firstDifference(byId(expected), byId(actual), "stats");
  return difference && describeDifference(difference);
}

function byId({ policies }: Stats): unknown {
  return Object.fromEntries(
    policies.map(({ policy_id: id, hits, misses = 0, errors = [] }) => [
      id,
      { hits, misses, ...(errors.length > 0 ? { errors } : {}) },
    ]),
  );
}
