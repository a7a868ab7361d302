// What single records cost that are made to be costly: one body, judged by one set of policies.
// Times are those of the processor, so that they hold on a busy machine, too.

import { otlpJsonFormat } from "../../src/protocols/otlp/format/index.ts";
import { AUTHORING, createEngine, decodePolicySet } from "../../src/policy/index.ts";
import type { Report } from "./report/report.ts";

const MIB = 1024 * 1024;
const ROUNDS = 3;

interface Case {
  readonly title: string;
  readonly policies: readonly unknown[];
  readonly body: string;
}

function redacting(regex: string): unknown {
  const transform = { redact: [{ log_field: "body", regex, replacement: "#" }] };
  const match = [{ log_field: "body", exists: true }];
  return { id: "redacts", name: "Redacts", log: { match, keep: "all", transform } };
}

function dropping(regex: string, i = 0): unknown {
  const match = [{ log_field: "body", regex }];
  return { id: `drops-${i}`, name: "Drops", log: { match, keep: "none" } };
}

const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const filled = (piece: string, bytes: number): string =>
  piece.repeat(Math.ceil(bytes / piece.length)).slice(0, bytes);
const WORDS = "a1 b2c d3e4f g5 hh ij7k8 l9m ";

const CASES: readonly Case[] = [
  ...[15, 30].map((size) => ({
    title: `redact \`[0-9]\`, ${size} MiB of 1`,
    policies: [redacting("[0-9]")],
    body: "1".repeat(size * MIB),
  })),
  {
    title: "redact `(?s)-----BEGIN.*?-----END|secret`, 72 kB",
    policies: [redacting("(?s)-----BEGIN.*?-----END|secret")],
    body: "-----BEGIN secret ".repeat(4000),
  },
  {
    title: "redact `([a-m]).*?[A-Z]|q`, 40 kB",
    policies: [redacting("([a-m]).*?[A-Z]|q")],
    body: "aq".repeat(20_000),
  },
  {
    title: "drop `[a-m][a-z0-9 ]{500}[A-Z]`, 1 MiB",
    policies: [dropping("[a-m][a-z0-9 ]{500}[A-Z]")],
    body: filled(WORDS, MIB),
  },
  {
    title: "the same, 7 MiB",
    policies: [dropping("[a-m][a-z0-9 ]{500}[A-Z]")],
    body: filled(WORDS, 7 * MIB),
  },
  {
    title: "drop by 100 × `[a-m][a-z0-9 ]{k}[#A-Z]`, 1 MiB",
    policies: times(100, (i) => dropping(`[a-m][a-z0-9 ]{${50 + i}}[#A-Z]`, i)),
    body: filled(WORDS, MIB),
  },
  {
    title: "drop by 10,000 × `[a-x][0-9]{k}[d#][A-Z]{1,m}`, 200 kB",
    policies: times(10_000, (i) =>
      dropping(`[a-x][0-9]{${1 + (i % 100)}}[d#][A-Z]{1,${1 + Math.floor(i / 100)}}`, i),
    ),
    body: filled("abc12 dx345# w0123456789d 99#A B x1d ", 200_000),
  },
];

interface Cost {
  /** Of each round, in order. */
  readonly ms: readonly number[];
  readonly outcome: string;
}

function measured({ title, policies, body }: Case): Cost {
  const nowMs = (): number => performance.now();
  const engine = createEngine({ validateRegex: () => undefined, nowMs, random: Math.random });
  const steps = engine.replace(decodePolicySet({ policies }, AUTHORING).policies);
  while (steps.next().done !== true);
  const evaluation = engine.evaluation("log");
  if (evaluation === undefined) throw new Error(`no policy of "${title}" works`);
  const logRecords = [{ body: { stringValue: body } }];
  const bytes = Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
  const format = otlpJsonFormat("log");
  const ms = times(ROUNDS, () => {
    const before = process.cpuUsage();
    format.filter(bytes, evaluation);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  const { records = 0, values = 0 } = evaluation.takeTooCostly?.() ?? {};
  let outcome = "decided";
  if (records > 0) outcome = "failed open";
  else if (values > 0) outcome = "replaced whole";
  return { ms, outcome };
}

export function run(report: Report): Promise<void> {
  const table = report.table("one costly record", { first: "ms", best: "ms", "which was": "text" });
  for (const one of CASES) {
    const { ms, outcome } = measured(one);
    table.row(one.title, { first: ms[0], best: Math.min(...ms), "which was": outcome });
  }
  return Promise.resolve();
}
