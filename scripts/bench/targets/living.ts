// Small and quick: bursts, low rates, memory, starts, gRPC, the tailer at rest.

import { at, memory, type Target } from "./target.ts";

const OF_THE_RUNTIME =
  "the runtime's own share is that of the bare Bun proxy in the same table; the rest is the program";
const OF_THE_COMPILERS =
  "with all of the runtime's compilers off the same load takes 61 MB at most with one worker, with the two that optimize off 75: the difference is mostly what they work in while code becomes hot, as the code itself is 3 MB";
const OF_A_SET =
  "the runtime's code that reading, compiling and collecting needed, some 16 MB, is resident until it is given back, 8 s after a set is in force";
const OF_THE_START =
  "about half of a profile is loading modules, a third of that the schema of the configuration; a sixth is what becomes of policies, a twentieth the first request; each worker loads the modules of serving for itself";
const AFTER_A_PAUSE =
  "after a pause of 50 ms code and data have left the processor's caches: a request costs three times what it costs among others, in the bare Bun proxy four times; an eighth is the runtime's allocator, which gives the pages of each body back to the system";
const OF_THE_COLLECTOR =
  "each thread's runtime looks at its heap every second until it has not changed in 30 looks: see the first 40 s in the same table, those of the bare Bun proxy, too";

export const LIVING: readonly Target[] = [
  ...[1, 2].flatMap((workers): Target[] => {
    const one = workers === 1;
    const who = one ? "one worker" : "2 workers";
    return [
      {
        subject: `a burst of 12,000 requests of 64 KB upon a fresh process, ${who}`,
        asked: "none refused",
        where: at("a burst upon a fresh process, 4000 a second", who, "answered 200"),
        bound: { least: 12_000 },
      },
      {
        subject: `idle, when Bun's collector has come to rest, ${who}`,
        asked: "under 0.1 % of a core",
        where: at("little to do", who, "idle, of a core"),
        bound: { most: 0.1 },
        why: OF_THE_COLLECTOR,
      },
      {
        subject: `20 requests of 64 KB a second, each, ${who}`,
        asked: "at most 0.8 ms each",
        where: at("little to do", who, "later ones"),
        bound: { most: 0.8 },
        why: AFTER_A_PAUSE,
      },
      {
        subject: `idle memory, ${who}`,
        asked: one ? "at most 45 MB" : "at most 60 MB",
        where: memory(`idle, ${who}`),
        bound: { most: one ? 45 : 60 },
        why: OF_THE_RUNTIME,
      },
      {
        subject: `memory under 50 connections of 1 KB, ${who}`,
        asked: one ? "at most 80 MB" : "at most 110 MB",
        where: memory(`load of 50 connections, 1 KB, 10 policies, ${who}`, "most"),
        bound: { most: one ? 80 : 110 },
        why: OF_THE_COMPILERS,
      },
      {
        subject: `memory under 50 connections of 1 MB in a container of 256 MiB, ${who}`,
        asked: "under 256 MB, and never ended",
        where: memory(`the same in a container of 256 MiB, ${who}`, "most"),
        bound: { most: 256 },
      },
      {
        subject: `10,000 policies over none, ${who}`,
        asked: "at most 60 MB",
        where: memory(`set of 10,000 policies over none, ${who}`),
        bound: { most: 60 },
        why: OF_A_SET,
      },
      {
        subject: `sets of 10,000 policies replaced every 2 s, ${who}`,
        asked: "at most 2.5 × one set's process",
        where: memory(`such sets, replaced every 2 s, ${who}`, "most ÷ rest"),
        bound: { most: 2.5 },
      },
      {
        subject: `from start to the first filtered answer, ${who}`,
        asked: one ? "at most 40 ms" : "at most 60 ms",
        where: at("from start to the first filtered answer", who, "median"),
        bound: { most: one ? 40 : 60 },
        why: OF_THE_START,
      },
    ];
  }),
  {
    subject: "OTLP over gRPC beside HTTP, 64 KB",
    asked: "at most 1.5 ×",
    where: at("OTLP over gRPC", "64 KB, gRPC", "÷ HTTP"),
    bound: { most: 1.5 },
  },
  {
    subject: "OTLP over gRPC beside HTTP, 1 MB",
    asked: "at most 1.2 ×",
    where: at("OTLP over gRPC", "1 MB, gRPC", "÷ HTTP"),
    bound: { most: 1.2 },
  },
  {
    subject: "edge-tail, idle beside 1,000 files",
    asked: "at most 1 % of a core",
    where: at("idle beside 1000 files", "inotify", "of a core"),
    bound: { most: 1 },
  },
  {
    subject: "edge-tail, from write to output, p99",
    asked: "at most 20 ms",
    where: at("from write to output", "inotify", "p99"),
    bound: { most: 20 },
  },
  {
    subject: "AWS Lambda: memory at rest, 100 policies",
    asked: "under 60 MB",
    where: at("an extension's resident memory", "100 policies", "idle"),
    bound: { most: 60 },
  },
  {
    subject: "AWS Lambda: from start to the first question for an event",
    asked: "under 150 ms",
    where: at("an extension's start, until it asks for an event", / policies$/, "median"),
    bound: { most: 150 },
    why: "functions are parsed as modules are loaded: bytecode would do without, but the layer would be over 50 MiB",
  },
  {
    subject: "AWS Lambda: the layer, either architecture",
    asked: "below 50 MiB",
    where: at("a layer of AWS Lambda", /./, "zip"),
    bound: { most: 50 },
  },
];
