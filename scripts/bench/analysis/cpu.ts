// What an analysis costs: one Edge, without a socket in front of it, that gets the same requests
// with the analysis off and on by turns: CPU time of the process, medians of blocks of requests.
// Beside it what looking at one request costs, and the share that this is of all at the default
// sample, because the noise of a busy machine is more than the difference.

import { Analyser } from "../../../src/analysis/index.ts";
import { Analysing } from "../../../src/admin/analysis/analysing.ts";
import { loadConfig } from "../../../src/config/index.ts";
import { edge as everything } from "../../../src/distributions.ts";
import { EventBus } from "../../../src/o11y/event-bus.ts";
import { AUTHORING, decodePolicySet } from "../../../src/policy/index.ts";
import { otlpProtobufSeries } from "../../../src/protocols/otlp/series.ts";
import { type Assembly, assemble } from "../../../src/runtime/proxy/assemble.ts";
import { LoadBench } from "../load.ts";
import { Table } from "../measure.ts";
import { type Generated, loadGenerator } from "../payloads.ts";

/** Blocks of each state, behind those in which the code is still being compiled. */
const BLOCKS = 7;
const WARM_UP_BLOCKS = 4;
const BLOCK_BYTES = 40_000_000;
const OFF_CALLS = 20_000_000;

/** The default of the configuration. */
const SAMPLE = 0.01;
const MEMORY_BYTES = 16 * 1024 * 1024;
const LOOKS = 60;
const SERIES = new Map([["otlp_protobuf", otlpProtobufSeries]]);

interface Case {
  readonly title: string;
  readonly kind: string;
  readonly options: Readonly<Record<string, string>>;
  readonly path: string;
  readonly type: string;
}

const JSON_TYPE = "application/json";
const PROTOBUF_TYPE = "application/x-protobuf";
const logs = (size: string, encoding: string, type: string): Case => ({
  title: `OTLP logs, ${encoding}, ${size}`,
  kind: "otlp-logs",
  options: { size, encoding },
  path: "/v1/logs",
  type,
});

const CASES: readonly Case[] = [
  logs("100KB", "protobuf", PROTOBUF_TYPE),
  logs("1MB", "protobuf", PROTOBUF_TYPE),
  logs("100KB", "json", JSON_TYPE),
  {
    title: "OTLP spans, protobuf, 100KB",
    kind: "otlp-traces",
    options: { size: "100KB", encoding: "protobuf" },
    path: "/v1/traces",
    type: PROTOBUF_TYPE,
  },
  {
    title: "OTLP metrics, protobuf, 100KB",
    kind: "otlp-metrics",
    options: { size: "100KB", encoding: "protobuf" },
    path: "/v1/metrics",
    type: PROTOBUF_TYPE,
  },
  {
    title: "Datadog logs, 100KB",
    kind: "datadog-logs",
    options: { size: "100KB" },
    path: "/api/v2/logs",
    type: JSON_TYPE,
  },
];

export async function cpu(args: readonly string[]): Promise<void> {
  const generate = await loadGenerator(args);
  const bench = new LoadBench();
  try {
    const upstream = await bench.script("sink.ts");
    const policies = generate("policies", { count: "10", signal: "mixed" });
    const assembly = edgeOf(upstream.url, policies);
    const sized = CASES.map(({ title }) => [title, "10000 µs", "10000 µs", "10.0 %"]);
    const head = ["requests", "off", "on", "more", "one look", `${SAMPLE * 100} % of looks`];
    const table = new Table(head, sized);
    for (const one of CASES) {
      const { body } = generate(one.kind, one.options);
      const { off, on } = await measured(assembly, one, body);
      const look = lookUs(assembly, one, body);
      const us = (time: number): string => `${time.toFixed(0)} µs`;
      const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
      const cells = [us(off), us(on), percent(on / off - 1), us(look)];
      table.print([one.title, ...cells, percent((SAMPLE * look) / off)]);
    }
    console.log(`off: ${offCallNs().toFixed(1)} ns a request`);
  } finally {
    await bench.close();
  }
}

function edgeOf(upstreamUrl: string, { body }: Generated): Assembly {
  const keys = { upstream_url: upstreamUrl, admin: { show_payloads: true } };
  const bytes = new TextEncoder().encode(JSON.stringify(keys));
  const { config } = loadConfig({
    defaultPath: "config.json",
    env: {},
    instanceId: "bench",
    readFile: () => bytes,
  });
  const assembly = assemble(config, everything, new EventBus());
  const document: unknown = JSON.parse(new TextDecoder().decode(body));
  const steps = assembly.engine.replace(decodePolicySet(document, AUTHORING).policies);
  while (steps.next().done !== true);
  return assembly;
}

/** Microseconds of CPU a request. */
async function measured(
  { server }: Assembly,
  { path, type }: Case,
  body: Uint8Array,
): Promise<{ readonly off: number; readonly on: number }> {
  const requests = Math.ceil(BLOCK_BYTES / body.length);
  const init = { method: "POST", headers: { "content-type": type }, body: Buffer.from(body) };
  const times = { off: [] as number[], on: [] as number[] };
  for (let block = -2 * WARM_UP_BLOCKS; block < BLOCKS * 2; block++) {
    const state = block % 2 === 0 ? "off" : "on";
    const query = state === "on" ? "seconds=3600" : "off=true";
    await server.app.request(`/_edge/analysis?${query}`, { method: "POST" });
    const start = process.cpuUsage();
    for (let i = 0; i < requests; i++) {
      const response = await server.app.request(path, init);
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`answered ${response.status}`);
    }
    const { user, system } = process.cpuUsage(start);
    if (block >= 0) times[state].push((user + system) / requests);
  }
  return { off: median(times.off), on: median(times.on) };
}

/** Microseconds of CPU for looking at one request of the sample. */
function lookUs(assembly: Assembly, { path, type }: Case, body: Uint8Array): number {
  const headers = new Headers({ "content-type": type });
  const planned = assembly.plan({ method: "POST", path, query: "", headers });
  if (planned?.kind !== "filter") throw new Error(`${path} is not filtered`);
  const { signal, format } = planned;
  const spec = { signals: [signal], sample: SAMPLE, memoryBytesMax: MEMORY_BYTES, seed: 1 };
  const analyser = new Analyser(spec, { random: () => 0, nowMs: () => 0, seriesOf: SERIES });
  const times: number[] = [];
  for (let block = -2; block < BLOCKS; block++) {
    const start = process.cpuUsage();
    for (let i = 0; i < LOOKS; i++) {
      const observer = analyser.observer(signal);
      if (observer !== undefined) format.filter(body, observer);
    }
    const { user, system } = process.cpuUsage(start);
    if (block >= 0) times.push((user + system) / LOOKS);
  }
  return median(times);
}

/** What a request is asked while no analysis is on. */
function offCallNs(): number {
  const { onlookers } = new Analysing(new Map());
  let seen = 0;
  const { user: before } = process.cpuUsage();
  for (let i = 0; i < OFF_CALLS; i++) if (onlookers("log") !== undefined) seen++;
  return ((process.cpuUsage().user - before) * 1000) / OFF_CALLS + seen;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
