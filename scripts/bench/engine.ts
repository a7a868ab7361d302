// The engine alone: bytes in to decision out on one core, for sets of 10, 1,000 and 10,000
// policies. Also what compiling costs, what a policy takes in memory, and whether the path without
// a match allocates.

import { heapStats, memoryUsage } from "bun:jsc";
import { otlpJsonFormat, otlpProtobufFormat } from "../../src/protocols/otlp/format/index.ts";
import {
  AUTHORING,
  convertPolicies,
  createEngine,
  decodePolicySet,
  type Engine,
  inShadow,
} from "../../src/policy/index.ts";
import type { Policy, RecordFormat, Signal } from "../../src/policy/index.ts";
import { createRegexValidator } from "../../src/re2/index.ts";
import { type Generated, otlpBody, policyFile } from "../payloads/index.ts";
import { inTurns, measure } from "./measure.ts";
import { naiveEvaluation } from "./engine/naive.ts";
import type { Report, Table } from "./report/report.ts";

const COUNTS = [10, 1000, 10_000] as const;
const CURVE = [10, 30, 100, 300, 1000, 3000, 10_000] as const;
const MB = 1_000_000;
/** Of each figure, beside as long a warm-up. */
const MEASURE_MS = 500;
const SIGNALS = ["log", "metric", "trace"] as const;

const validateRegex = createRegexValidator();

function policiesOf(count: number, options: Parameters<typeof policyFile>[1] = {}): Policy[] {
  const tree: unknown = JSON.parse(policyFile(count, options).toString());
  return [...decodePolicySet(tree, AUTHORING).policies];
}

interface Loaded {
  readonly engine: Engine;
  readonly ms: number;
  readonly longestStepMs: number;
}

function load(policies: readonly Policy[], engine = newEngine()): Loaded {
  const start = performance.now();
  let longestStepMs = 0;
  for (const steps = engine.replace(policies); ;) {
    const from = process.cpuUsage();
    const { done } = steps.next();
    const { user, system } = process.cpuUsage(from);
    longestStepMs = Math.max(longestStepMs, (user + system) / 1000);
    if (done === true) return { engine, ms: performance.now() - start, longestStepMs };
  }
}

function newEngine(): Engine {
  return createEngine({ validateRegex, nowMs: () => performance.now(), random: Math.random });
}

interface Cost {
  readonly ns: number;
  /** Beside the first of the sets. */
  readonly beside: number;
  readonly mbps: number;
}

/** What is measured: one body, by sets of policies. */
interface Work {
  readonly signal: Signal;
  readonly format: RecordFormat;
  readonly body: Generated;
  /** Whether exactly what matches has to be dropped. */
  readonly drops: boolean;
}

/** Filtering one body by each of these sets, for about so long each, in turns. */
function costs(
  report: Report,
  { signal, format, body, drops }: Work,
  sets: readonly (readonly Policy[])[],
): Cost[] {
  const works = sets.map((set) => {
    const evaluation = load(set).engine.evaluation(signal);
    if (evaluation === undefined) throw new Error(`no working ${signal} policy`);
    const { dropped } = format.filter(body.body, evaluation);
    if (drops && dropped !== body.matching) {
      report.fault(`${set.length} policies drop ${dropped} records in place of ${body.matching}`);
    }
    return () => void format.filter(body.body, evaluation);
  });
  return inTurns(works, report.amount(MEASURE_MS, 10, "ms")).map(({ ms, beside }) => ({
    beside,
    ns: (ms * 1e6) / body.records,
    mbps: body.body.length / 1000 / ms,
  }));
}

const BY_COUNT = {
  "10 policies": "ns",
  "10: MB/s": "MB/s",
  "1,000 policies": "ns",
  "1,000 ÷ 10": "×",
  "10,000 policies": "ns",
  "10,000 ÷ 10": "×",
} as const;

/** One row: the same work by sets of growing size. */
function row(
  report: Report,
  table: Table<keyof typeof BY_COUNT>,
  title: string,
  work: Work,
  sets: readonly (readonly Policy[])[],
): void {
  const [ten, thousand, most] = costs(report, work, sets);
  if (ten === undefined || thousand === undefined || most === undefined) return;
  table.row(title, {
    "10 policies": ten.ns,
    "10: MB/s": ten.mbps,
    "1,000 policies": thousand.ns,
    "1,000 ÷ 10": thousand.beside,
    "10,000 policies": most.ns,
    "10,000 ÷ 10": most.beside,
  });
}

function otlp(signal: Signal, encoding: "json" | "protobuf", rate: number): Omit<Work, "drops"> {
  const format = encoding === "json" ? otlpJsonFormat(signal) : otlpProtobufFormat(signal);
  return { signal, format, body: otlpBody(signal, { bytes: MB, matchRate: rate, encoding }) };
}

function mixes(report: Report): void {
  const table = report.table("a record, by the engine alone", BY_COUNT);
  for (const signal of SIGNALS) {
    for (const matchers of ["native", "regex"] as const) {
      for (const keep of signal === "metric" ? (["none"] as const) : (["none", "mixed"] as const)) {
        const sets = COUNTS.map((count) => policiesOf(count, { signal, matchers, keep }));
        for (const rate of report.isQuick ? [0.3] : [0, 0.3, 1]) {
          for (const encoding of ["json", "protobuf"] as const) {
            const title = `${signal} ${encoding} ${matchers} keep=${keep} ${rate * 100} %`;
            const work = { ...otlp(signal, encoding, rate), drops: keep === "none" };
            row(report, table, title, work, sets);
          }
        }
      }
    }
  }
}

/** The curve: how the cost of a record follows the number of policies. */
function growth(report: Report): void {
  const table = report.table("cost of a record by the number of policies", {
    "logs, JSON": "ns",
    "logs, protobuf": "ns",
    "metrics, protobuf": "ns",
    "spans, protobuf": "ns",
  });
  const works = [
    otlp("log", "json", 0.3),
    otlp("log", "protobuf", 0.3),
    otlp("metric", "protobuf", 0.3),
    otlp("trace", "protobuf", 0.3),
  ];
  const columns = works.map((work) => {
    const sets = CURVE.map((count) => policiesOf(count, { signal: work.signal }));
    return costs(report, { ...work, drops: true }, sets);
  });
  for (const [i, count] of CURVE.entries()) {
    const [json, logs, metrics, spans] = columns.map((costsOf) => costsOf[i]?.ns);
    table.row(count.toLocaleString("en"), {
      "logs, JSON": json,
      "logs, protobuf": logs,
      "metrics, protobuf": metrics,
      "spans, protobuf": spans,
    });
  }
}

/** Each policy with one more matcher that most records satisfy by lacking something. */
function withExtra(policies: readonly Policy[], extra: "negated" | "absent"): Policy[] {
  return policies.map((policy, i) => {
    const { target } = policy;
    if (target === undefined) return policy;
    const field = { kind: "attribute", scope: "record", path: [`absent_${i}`] } as const;
    const matcher =
      extra === "absent"
        ? { field, condition: { op: "exists" } as const }
        : {
            field: { kind: "field", field: "severity_text" } as const,
            condition: { op: "equals", value: { type: "string", value: `NONE${i}` } } as const,
          };
    const more = { ...matcher, negate: true, caseInsensitive: false };
    return { ...policy, target: { ...target, matchers: [more, ...target.matchers] } };
  });
}

/** Policies that drop as OpenTelemetry's dialect has them. */
function inOtelDialect(policies: readonly Policy[]): readonly Policy[] {
  return convertPolicies(policies, "otel", { validateRegex }).flatMap((one) => {
    const [reason] = one.reasons;
    if (reason !== undefined) throw new Error(reason);
    return one.policies;
  });
}

/** Policies whose only matcher is a regex that no literal guards. */
function opaque(count: number): Policy[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `opaque-${String(i).padStart(5, "0")}`,
    name: "Opaque",
    enabled: true,
    extensions: [],
    errors: [],
    target: {
      signal: "log" as const,
      keep: { kind: "none" as const },
      matchers: [
        {
          field: { kind: "field", field: "body" } as const,
          condition: { op: "regex", pattern: opaquePattern(i) } as const,
          negate: false,
          caseInsensitive: false,
        },
      ],
    },
  }));
}

function opaquePattern(i: number): string {
  const digit = (n: number): string => `[${n % 10}${(n + 1) % 10}]`;
  const letter = (n: number): string => `[${"qxzjv"[n % 5]}${"QXZJV"[n % 5]}]`;
  return `${letter(i)}${digit(i)}${digit(i >> 3)}${letter(i >> 6)}+${digit(i >> 9)}${letter(i >> 2)}`;
}

function special(report: Report): void {
  const work = { ...otlp("log", "json", 0.3), drops: true };
  const plain = COUNTS.map((count) => policiesOf(count));
  const table = report.table("a record, by unusual policies", BY_COUNT);
  for (const extra of ["negated", "absent"] as const) {
    const sets = plain.map((set) => withExtra(set, extra));
    row(report, table, `log json, each with a ${extra} field, 30 %`, work, sets);
  }
  // The same policies, in each dialect and without effect.
  const ways: readonly (readonly [string, (set: readonly Policy[]) => readonly Policy[]])[] = [
    ["log json, as they are, 30 %", (set) => set],
    ["log json, in OpenTelemetry's dialect, 30 %", inOtelDialect],
    ["log json, in shadow, 30 %", (set) => set.map(inShadow)],
  ];
  for (const [title, change] of ways) {
    const isShadow = title.includes("shadow");
    row(report, table, title, { ...work, drops: !isShadow }, plain.map(change));
  }
  const regexes = { ...work, drops: false };
  row(report, table, "log json, regexes without a literal", regexes, COUNTS.map(opaque));
}

/** Looking at every policy in turn, and parsing and printing the body as JSON. */
function baselines(report: Report): void {
  const { body, format } = otlp("log", "json", 0.3);
  const table = report.table("yardsticks of the engine", {
    "a record": "ns",
    throughput: "MB/s",
  });
  const add = (title: string, ms: number): void =>
    table.row(title, {
      "a record": (ms * 1e6) / body.records,
      throughput: body.body.length / 1000 / ms,
    });
  for (const count of [10, 1000]) {
    const naive = naiveEvaluation("log", policiesOf(count));
    const budgetMs = report.amount(300, 10);
    const { ms } = measure(() => void format.filter(body.body, naive), budgetMs);
    add(`every policy in turn, ${count.toLocaleString("en")}`, ms);
  }
  const decoder = new TextDecoder();
  const { ms } = measure(
    () => JSON.stringify(JSON.parse(decoder.decode(body.body))),
    report.amount(600, 10),
  );
  add("JSON.parse + JSON.stringify", ms);
}

/** Bytes that the allocator hands out during `rounds` of `work`: the median of several tries. */
function allocated(report: Report, rounds: number, work: () => void): number {
  for (let i = 0; i < 200; i++) work();
  const tries = Array.from({ length: report.amount(9, 1) }, () => {
    // Sweeping goes on for a moment after a collection.
    for (let i = 0; i < 3; i++) {
      Bun.gc(true);
      Bun.sleepSync(30);
    }
    const before = memoryUsage().current;
    for (let i = 0; i < rounds; i++) work();
    return memoryUsage().current - before;
  });
  return tries.sort((a, b) => a - b)[tries.length >> 1] ?? 0;
}

function allocations(report: Report): void {
  const table = report.table("allocated without collection", {
    records: "",
    "in all": "B",
    "a record": "B",
  });
  const add = (title: string, records: number, work: () => void): void => {
    // The allocator hands out in pieces, so few records show nothing.
    const rounds = Math.ceil(150_000 / records);
    const bytes = allocated(report, rounds, work);
    const all = rounds * records;
    table.row(title, { records: all, "in all": bytes, "a record": bytes / all });
  };
  for (const encoding of ["json", "protobuf"] as const) {
    const { body, format } = otlp("log", encoding, 0);
    const evaluation = load(policiesOf(1000)).engine.evaluation("log");
    if (evaluation === undefined) return;
    add(`no match, ${encoding}`, body.records, () => void format.filter(body.body, evaluation));
    // What the meter shows when each record costs one small object.
    const kept: { at: number }[] = [];
    add(`control: one object a record, ${encoding}`, body.records, () => {
      format.filter(body.body, evaluation);
      for (let i = 0; i < body.records; i++) kept[i] = { at: i };
    });
  }
}

function compiling(report: Report): void {
  const table = report.table("compiling 10,000 policies of logs", {
    first: "ms",
    "longest step": "ms",
    again: "ms",
    "memory a policy": "KiB",
  });
  for (const matchers of ["native", "regex"] as const) {
    const policies = policiesOf(10_000, { matchers });
    Bun.gc(true);
    const before = heapStats().heapSize + heapStats().extraMemorySize;
    const { engine, ms, longestStepMs } = load(policies);
    const again = load(policies, engine);
    Bun.gc(true);
    const after = heapStats().heapSize + heapStats().extraMemorySize;
    table.row(matchers, {
      first: ms,
      "longest step": longestStepMs,
      again: again.ms,
      "memory a policy": (after - before) / 10_000 / 1024,
    });
  }
}

function leaks(report: Report): void {
  const engine = newEngine();
  const sets = [0, 1].map((live) => policiesOf(200, { signal: "mixed", matchers: "regex", live }));
  const table = report.table("live heap while 200 policies are replaced", { heap: "MB" });
  const [times, every] = [report.amount(1000, 40), report.amount(250, 10)];
  for (let round = 1; round <= times; round++) {
    load(sets[round % 2] ?? [], engine);
    if (round % every !== 0) continue;
    Bun.gc(true);
    const bytes = heapStats().heapSize + heapStats().extraMemorySize;
    table.row(`after ${round} times`, { heap: bytes / 1e6 });
  }
}

export function run(report: Report): Promise<void> {
  const parts = { growth, mixes, special, baselines, allocations, compiling, leaks };
  for (const [name, part] of Object.entries(parts)) if (report.wants(name)) part(report);
  return Promise.resolve();
}
