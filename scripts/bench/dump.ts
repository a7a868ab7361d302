// What copies of dropped records cost requests: two executables of the same policies, one of which
// has what is dropped kept in a bucket, loaded in turns at the same rate. CPU of the thread that
// serves, of the one that keeps copies, and of the whole process, and latency.
// `bun run bench dump [json|protobuf|datadog …]`.

import { readdirSync, readFileSync } from "node:fs";
import { buildExecutable } from "../build.ts";
import { cpuMs, LoadBench, type LoadOptions, type Proxy } from "./load.ts";
import { printTable } from "./measure.ts";
import { loadGenerator } from "./payloads.ts";

const ROUNDS = 7;
const SECONDS = 2;
const WARM_UP_SECONDS = 3;
const POLICIES = "10";
const LOADS = {
  json: { kind: "otlp-logs", encoding: "json", path: "/v1/logs", type: "application/json" },
  protobuf: {
    kind: "otlp-logs",
    encoding: "protobuf",
    path: "/v1/logs",
    type: "application/x-protobuf",
  },
  datadog: {
    kind: "datadog-logs",
    encoding: "json",
    path: "/api/v2/logs",
    type: "application/json",
  },
} as const;

interface Round {
  readonly servingMs: number;
  readonly keeperMs: number;
  readonly allMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** By thread. */
function threadsMs(pid: number): ReadonlyMap<number, number> {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return new Map(
    tasks.map((task) => {
      const [ns] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, "latin1").split(" ");
      return [Number(task), Number(ns) / 1e6];
    }),
  );
}

async function roundOf(bench: LoadBench, edge: Proxy, options: LoadOptions): Promise<Round> {
  const before = [threadsMs(edge.pid), cpuMs(edge.pid)] as const;
  const { requests, p50Ms, p99Ms, failed } = await bench.run(edge, options, SECONDS);
  if (failed > 0) throw new Error(`${failed} requests failed`);
  const after = [threadsMs(edge.pid), cpuMs(edge.pid)] as const;
  const spent = [...after[0]].map(([task, ms]) => [task, ms - (before[0].get(task) ?? 0)] as const);
  // The thread that serves is the first one of the process; of the others, none has more to do.
  const serving = spent.find(([task]) => task === edge.pid)?.[1] ?? 0;
  const keeper = Math.max(0, ...spent.flatMap(([task, ms]) => (task === edge.pid ? [] : [ms])));
  return {
    servingMs: serving / requests,
    keeperMs: keeper / requests,
    allMs: (after[1] - before[1]) / requests,
    p50Ms,
    p99Ms,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** The median of what each round came to beside the one before it. */
function ratio(plain: readonly Round[], dumping: readonly Round[], name: keyof Round): string {
  const ratios = dumping.map((round, i) => round[name] / (plain[i]?.[name] ?? 1));
  return `× ${median(ratios).toFixed(2)}`;
}

/** The same policies; what they drop is kept as well. */
function withCopies(body: Uint8Array): string {
  const { policies } = JSON.parse(Buffer.from(body).toString()) as { policies: object[] };
  const extensions = [
    {
      type: "com.usetero/s3-dump",
      version: "1.0.0",
      mode: "dropped",
      config: { target: { kind: "s3", name: "archive" } },
    },
  ];
  return JSON.stringify({ policies: policies.map((policy) => ({ ...policy, extensions })) });
}

const HEADER = [
  "without copies, and with them",
  "serving thread",
  "",
  "keeper",
  "p50",
  "",
  "p99",
  "",
  "whole process",
  "",
];

function rowOf(title: string, [plain = [], dumping = []]: readonly Round[][]): string[] {
  const [serving = [], ...others] = (["servingMs", "p50Ms", "p99Ms", "allMs"] as const).map(
    (key) => [
      `${median(plain.map((round) => round[key])).toFixed(2)} ms`,
      ratio(plain, dumping, key),
    ],
  );
  const keeper = `${median(dumping.map((round) => round.keeperMs)).toFixed(2)} ms`;
  return [title, ...serving, keeper, ...others.flat()];
}

export async function run(args: readonly string[]): Promise<void> {
  const missing = LoadBench.missing();
  if (missing !== undefined) throw new Error(missing);
  const generate = await loadGenerator(args);
  const bench = new LoadBench();
  process.env["AWS_ACCESS_KEY_ID"] = process.env["AWS_SECRET_ACCESS_KEY"] = "bench";
  try {
    const { path: executable } = await buildExecutable({ name: "edge", outdir: bench.folder });
    const sink = await bench.script("sink.ts");
    const target = { name: "archive", bucket: "b", endpoint: sink.url };
    const s3_dump = { enabled: true, compression: "zstd", targets: [target] };
    const rows: string[][] = [];
    for (const [name, { kind, encoding, path, type }] of Object.entries(LOADS)) {
      const named = Object.keys(LOADS).filter((one) => args.includes(one));
      if (named.length > 0 && !named.includes(name)) continue;
      const flavor = kind === "datadog-logs" ? { flavor: "datadog" } : { signal: "log" };
      const policies = generate("policies", { count: POLICIES, ...flavor }).body;
      const { body, records, matching } = generate(kind, { size: "100KB", encoding });
      const start = (text: string | Uint8Array, as: string): Promise<Proxy> =>
        bench.edge(executable, {
          upstream_url: sink.url,
          worker_count: 1,
          s3_dump,
          policy_providers: [
            { id: "file", type: "file", path: bench.file(`${as}-${name}.json`, text) },
          ],
        });
      const edges = [await start(policies, "plain"), await start(withCopies(policies), "copies")];
      const options = { path, body, contentType: type, connections: 4, pauseMs: 40 };
      for (const edge of edges) await bench.run(edge, options, WARM_UP_SECONDS);
      const rounds: Round[][] = [[], []];
      for (let i = 0; i < ROUNDS; i++) {
        // Each is first as often as the other.
        for (const which of i % 2 === 0 ? [0, 1] : [1, 0]) {
          rounds[which]?.push(await roundOf(bench, edges[which] as Proxy, options));
        }
      }
      for (const edge of edges) process.kill(edge.pid, "SIGTERM");
      rows.push(rowOf(`${name}, ${records} records, ${matching} dropped`, rounds));
    }
    printTable(HEADER, rows);
  } finally {
    await bench.close();
  }
}
