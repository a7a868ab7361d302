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
import { measure, printTable, Table } from "./measure.ts";
import { naiveEvaluation } from "./naive.ts";
import { type Generated, loadGenerator } from "./payloads.ts";

const COUNTS = [10, 1000, 10_000] as const;
const KINDS = { log: "otlp-logs", metric: "otlp-metrics", trace: "otlp-traces" } as const;
const SIGNALS = ["log", "metric", "trace"] as const;

type Generator = Awaited<ReturnType<typeof loadGenerator>>;
const validateRegex = createRegexValidator();

function policiesOf(generate: Generator, options: Record<string, string>): Policy[] {
  const { body } = generate("policies", options);
  const tree: unknown = JSON.parse(Buffer.from(body).toString());
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
    const from = performance.now();
    const { done } = steps.next();
    longestStepMs = Math.max(longestStepMs, performance.now() - from);
    if (done === true) return { engine, ms: performance.now() - start, longestStepMs };
  }
}

function newEngine(): Engine {
  return createEngine({ validateRegex, nowMs: () => performance.now(), random: Math.random });
}

/** Nanoseconds a record, and megabytes a second, of filtering one body by one set. */
function cost(
  engine: Engine,
  signal: Signal,
  format: RecordFormat,
  body: Generated,
): { ns: number; mbps: number; dropped: number } {
  const evaluation = engine.evaluation(signal);
  if (evaluation === undefined) throw new Error(`no working ${signal} policy`);
  const { dropped } = format.filter(body.body, evaluation);
  const { ms } = measure(() => void format.filter(body.body, evaluation), 500);
  return { ns: (ms * 1e6) / body.records, mbps: body.body.length / 1000 / ms, dropped };
}

/** One row: the same work by sets of growing size. */
function row(
  title: string,
  signal: Signal,
  format: RecordFormat,
  body: Generated,
  sets: readonly (readonly Policy[])[],
  expectDropped: boolean,
): string[] {
  const cells = [title];
  let base = 0;
  for (const set of sets) {
    const { ns, mbps, dropped } = cost(load(set).engine, signal, format, body);
    base ||= ns;
    const wrong =
      expectDropped && dropped !== body.matching ? ` WRONG ${dropped}/${body.matching}` : "";
    cells.push(`${ns.toFixed(0)} ns ${mbps.toFixed(0)} MB/s ×${(ns / base).toFixed(2)}${wrong}`);
  }
  return cells;
}

const header = [
  "per record, MB/s, × of 10 policies",
  ...COUNTS.map((count) => `${count} policies`),
];

/** As long as its cells get, so that rows can be printed as they are made. */
const SIZED = [
  "metric protobuf native keep=mixed 100 %",
  ...COUNTS.map(() => "10000 ns 1000 MB/s ×10.00"),
];

function mixes(generate: Generator): void {
  const table = new Table(header, [SIZED]);
  for (const signal of SIGNALS) {
    for (const matchers of ["native", "regex"]) {
      for (const keep of signal === "metric" ? ["none"] : ["none", "mixed"]) {
        const sets = COUNTS.map((count) =>
          policiesOf(generate, { count: String(count), signal, matchers, keep }),
        );
        for (const rate of ["0", "0.3", "1"]) {
          for (const encoding of ["json", "protobuf"] as const) {
            const body = generate(KINDS[signal], { size: "1MB", "match-rate": rate, encoding });
            const format =
              encoding === "json" ? otlpJsonFormat(signal) : otlpProtobufFormat(signal);
            const title = `${signal} ${encoding} ${matchers} keep=${keep} ${Number(rate) * 100} %`;
            table.print(row(title, signal, format, body, sets, keep === "none"));
          }
        }
      }
    }
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
  return convertPolicies(policies, "otel", validateRegex).flatMap((one) => {
    if (one.reason !== undefined) throw new Error(one.reason);
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

function special(generate: Generator): void {
  const body = generate(KINDS.log, { size: "1MB", "match-rate": "0.3", encoding: "json" });
  const format = otlpJsonFormat("log");
  const plain = COUNTS.map((count) =>
    policiesOf(generate, { count: String(count), signal: "log" }),
  );
  const rows = (["negated", "absent"] as const).map((extra) => {
    const sets = plain.map((set) => withExtra(set, extra));
    return row(`log json, each with a ${extra} field, 30 %`, "log", format, body, sets, true);
  });
  printTable(header, rows);
  // The same policies, in each dialect and without effect.
  const ways: readonly (readonly [string, (set: readonly Policy[]) => readonly Policy[]])[] = [
    ["log json, as they are, 30 %", (set) => set],
    ["log json, in OpenTelemetry's dialect, 30 %", inOtelDialect],
    ["log json, in shadow, 30 %", (set) => set.map(inShadow)],
  ];
  printTable(
    header,
    ways.map(([title, change]) =>
      row(title, "log", format, body, plain.map(change), !title.includes("shadow")),
    ),
  );
  const sizes = [10, 100, 1000, 10_000];
  printTable(
    ["regexes without a literal", ...sizes.map(String)],
    [row("log json, none matches", "log", format, body, sizes.map(opaque), false)],
  );
}

/** Looking at every policy in turn, and parsing and printing the body as JSON. */
function baselines(generate: Generator): void {
  const body = generate(KINDS.log, { size: "1MB", "match-rate": "0.3", encoding: "json" });
  const rows: string[][] = [];
  for (const count of [10, 1000]) {
    const naive = naiveEvaluation(
      "log",
      policiesOf(generate, { count: String(count), signal: "log" }),
    );
    const format = otlpJsonFormat("log");
    const { ms } = measure(() => void format.filter(body.body, naive), 300);
    rows.push([
      `every policy in turn, ${count}`,
      `${((ms * 1e6) / body.records).toFixed(0)} ns`,
      `${(body.body.length / 1000 / ms).toFixed(1)} MB/s`,
    ]);
  }
  const decoder = new TextDecoder();
  const { ms } = measure(() => JSON.stringify(JSON.parse(decoder.decode(body.body))));
  rows.push([
    "JSON.parse + JSON.stringify",
    `${((ms * 1e6) / body.records).toFixed(0)} ns`,
    `${(body.body.length / 1000 / ms).toFixed(0)} MB/s`,
  ]);
  printTable(["baseline", "per record", "throughput"], rows);
}

/** Bytes that the allocator hands out during `rounds` of `work`: the median of several tries. */
function allocated(rounds: number, work: () => void): number {
  for (let i = 0; i < 200; i++) work();
  const tries = Array.from({ length: 9 }, () => {
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

function allocations(generate: Generator): void {
  const rows: string[][] = [];
  const add = (title: string, records: number, work: () => void): void => {
    // The allocator hands out in pieces, so few records show nothing.
    const rounds = Math.ceil(150_000 / records);
    const bytes = allocated(rounds, work);
    const all = rounds * records;
    rows.push([title, String(all), `${bytes} B`, `${(bytes / all).toFixed(2)} B`]);
  };
  for (const encoding of ["json", "protobuf"] as const) {
    const body = generate(KINDS.log, { size: "1MB", "match-rate": "0", encoding });
    const format = encoding === "json" ? otlpJsonFormat("log") : otlpProtobufFormat("log");
    const { engine } = load(policiesOf(generate, { count: "1000", signal: "log" }));
    const evaluation = engine.evaluation("log");
    if (evaluation === undefined) return;
    add(`no match, ${encoding}`, body.records, () => void format.filter(body.body, evaluation));
    // What the meter shows when each record costs one small object.
    const kept: { at: number }[] = [];
    add(`control: one object a record, ${encoding}`, body.records, () => {
      format.filter(body.body, evaluation);
      for (let i = 0; i < body.records; i++) kept[i] = { at: i };
    });
  }
  printTable(["allocated without collection", "records", "in all", "per record"], rows);
}

function compiling(generate: Generator): void {
  const rows: string[][] = [];
  for (const matchers of ["native", "regex"]) {
    const policies = policiesOf(generate, { count: "10000", signal: "log", matchers });
    Bun.gc(true);
    const before = heapStats().heapSize + heapStats().extraMemorySize;
    const { engine, ms, longestStepMs } = load(policies);
    const again = load(policies, engine);
    Bun.gc(true);
    const after = heapStats().heapSize + heapStats().extraMemorySize;
    rows.push([
      `10,000 log policies, ${matchers}`,
      `${ms.toFixed(0)} ms`,
      `${longestStepMs.toFixed(1)} ms`,
      `${again.ms.toFixed(0)} ms`,
      `${((after - before) / 10_000 / 1024).toFixed(2)} KiB`,
    ]);
  }
  printTable(["compiling", "first", "longest step", "again", "memory a policy"], rows);
}

function leaks(generate: Generator): void {
  const engine = newEngine();
  const sets = [0, 1].map((live) =>
    policiesOf(generate, { count: "200", signal: "mixed", matchers: "regex", live: String(live) }),
  );
  const sizes: number[] = [];
  for (let round = 0; round < 1000; round++) {
    load(sets[round % 2] ?? [], engine);
    if (round % 250 === 249) {
      Bun.gc(true);
      sizes.push(heapStats().heapSize + heapStats().extraMemorySize);
    }
  }
  const shown = sizes.map((size) => `${(size / 1e6).toFixed(1)} MB`);
  printTable(
    ["live heap while replacing 200 policies", "250", "500", "750", "1000 times"],
    [["heap", ...shown]],
  );
}

export async function run(args: readonly string[]): Promise<void> {
  const generate = await loadGenerator(args);
  const parts = { mixes, special, baselines, allocations, compiling, leaks };
  const wanted = args.filter((arg) => arg in parts);
  for (const [name, part] of Object.entries(parts)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    part(generate);
    console.log("");
  }
}
