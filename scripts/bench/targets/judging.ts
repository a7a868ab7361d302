// P1 to P9: passing on, judging, compiling, scraping, tailing, starting.

import { at, memory, type Target, type Where } from "./target.ts";

const otlp = (row: string, column: string): Where => at("1 MB of OTLP logs", row, column);

const PASSING_ON =
  "half of it is two writes to sockets, of four calls of the system in all, fewer than nginx makes; the rest is JavaScript that reads and writes heads, makes a `Response`, and counts, no function of which takes 4 %";
const READING_JSON =
  "reading takes two thirds of it: JavaScript finds the ends of strings at 0.6 ns a byte by words of four, and at 1.1 ns byte by byte";

const UNSTEADY =
  "the worst of 60 rows, which change from run to run: one whose code was still being compiled, or that met a busy moment of the machine; in turns, by time of the processor, the others keep below 1.4 ×";

export const PASSING: readonly Target[] = [
  {
    subject: "P1: passing 1 KB on, without a policy",
    asked: "at most 2.2 × nginx",
    where: at("passthrough", "1 KB, edge, 1 worker", "÷ nginx"),
    bound: { most: 2.2 },
    why: PASSING_ON,
  },
  {
    subject: "P1: passing 1 MB on, without a policy",
    asked: "at most 2.2 × nginx",
    where: at("passthrough", "1 MB, edge, 1 worker", "÷ nginx"),
    bound: { most: 2.2 },
  },
  {
    subject: "P2: OTLP JSON of 1 MB, 10 policies, nothing matches",
    asked: "at least 300 MB/s a core",
    where: otlp("json, 0 % match, edge, 10 policies", "a core"),
    bound: { least: 300 },
    why: READING_JSON,
  },
  {
    subject: "P2: the same, 30 % dropped",
    asked: "at least 250 MB/s a core",
    where: otlp("json, 30 % match, edge, 10 policies", "a core"),
    bound: { least: 250 },
    why: READING_JSON,
  },
  {
    subject: "P2: protobuf, beside JSON, a record",
    asked: "at least as fast",
    where: otlp("protobuf, 0 % match, edge, 10 policies", "CPU a record"),
    over: otlp("json, 0 % match, edge, 10 policies", "CPU a record"),
    bound: { most: 1 },
  },
  {
    subject: "P2: Datadog JSON of 1 MB, 10 policies, every shape",
    asked: "at least 250 MB/s a core",
    where: at("a Datadog log", /^(mixed|plain|extras|nested|wrapped) 1MB/, "10: MB/s"),
    bound: { least: 250 },
    why: READING_JSON,
  },
  {
    subject: "P3: 1,000 policies beside 10, through the proxy",
    asked: "at most 1.4 × a record",
    where: otlp("json, 30 % match, edge, 1,000 policies", "÷ 10 policies"),
    bound: { most: 1.4 },
  },
  {
    subject: "P3: 10,000 policies beside 10, through the proxy",
    asked: "at most 1.5 × a record",
    where: otlp("json, 30 % match, edge, 10,000 policies", "÷ 10 policies"),
    bound: { most: 1.5 },
  },
  {
    subject: "P3: 1,000 policies beside 10, every signal, encoding and share, the engine alone",
    asked: "at most 1.4 × a record",
    where: at("a record, by the engine alone", /./, "1,000 ÷ 10"),
    bound: { most: 1.4 },
    why: UNSTEADY,
  },
  {
    subject: "P3: 10,000 policies beside 10, the same",
    asked: "at most 1.5 × a record",
    where: at("a record, by the engine alone", /./, "10,000 ÷ 10"),
    bound: { most: 1.5 },
    why: UNSTEADY,
  },
  {
    subject: "P3: each policy with a negated or an absent field, 10,000 beside 10",
    asked: "at most 1.5 × a record",
    where: at("a record, by unusual policies", /negated|absent/, "10,000 ÷ 10"),
    bound: { most: 1.5 },
  },
  {
    subject: "policies in OpenTelemetry's dialect, beside Edge's own",
    asked: "at most 1.1 × a record",
    where: at("a record, by unusual policies", /dialect/, "10,000 policies"),
    over: at("a record, by unusual policies", /as they are/, "10,000 policies"),
    bound: { most: 1.1 },
  },
  {
    subject: "P4: 10,000 policies compile",
    asked: "in under 2 s",
    where: at("compiling 10,000 policies of logs", /./, "first"),
    bound: { most: 2000 },
  },
  {
    subject: "P4: pauses meanwhile",
    asked: "at most 50 ms",
    where: at("compiling 10,000 policies of logs", /./, "longest step"),
    bound: { most: 50 },
  },
  {
    subject: "P4: memory of a policy",
    asked: "at most 8 KiB",
    where: at("compiling 10,000 policies of logs", /./, "memory a policy"),
    bound: { most: 8 },
  },
  {
    subject: "P5: an upstream that takes 14 ms, 256 connections",
    asked: "at least 10,000 requests/s",
    where: at("an upstream that takes 14 ms", "256 connections, edge, 1 worker", "requests"),
    bound: { least: 10_000 },
  },
  {
    subject: "P5: the same, p99",
    asked: "under 40 ms",
    where: at("an upstream that takes 14 ms", "256 connections, edge, 1 worker", "p99"),
    bound: { most: 40 },
  },
  {
    subject: "P6: a scrape of 50 MB, 100 policies",
    asked: "at least 150 MB/s a core",
    where: at("a scrape", "100 policies, five more", "a core"),
    bound: { least: 150 },
    why: "code is compiled during the first 100 MB at least, for longer where other work keeps the compiler waiting",
  },
  {
    subject: "P6: a scrape of 1 GB, 100 policies: memory grows by",
    asked: "under 32 MB",
    where: at("a scrape", /^100 policies, (second|five|large)/, "peak grows by"),
    bound: { most: 32 },
  },
  {
    subject: "P7: tailing, no policies",
    asked: "at least 3 million lines/s a core",
    where: at("lines", /^(one file|100 files|standard input)$/, "a core"),
    bound: { least: 3 },
  },
  {
    subject: "P7: tailing, 10 policies, every format",
    asked: "at least 1 million lines/s a core",
    where: at("lines", /^one file, 10 policies/, "a core"),
    bound: { least: 1 },
  },
  {
    subject: "P8: from start to `/_health`, 10 policies",
    asked: "within 100 ms",
    where: at("from start to /_health, 10 policies", "1 worker", "median"),
    bound: { most: 100 },
  },
  {
    subject: "P9: 50 connections of 1 KB, one worker",
    asked: "under 110 MB",
    where: memory("load of 50 connections, 1 KB, 10 policies, one worker", "most"),
    bound: { most: 110 },
  },
  {
    subject: "P9: a soak of ten minutes: memory grows by",
    asked: "no growth: at most 8 MB",
    where: at(
      "what the soak came to",
      "resident memory, last third over the one before, MB",
      "measured",
    ),
    bound: { most: 8 },
  },
];
