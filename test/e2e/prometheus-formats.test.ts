// The compiled edge-prometheus before a real Prometheus, in the formats that only it speaks: native
// histograms in protobuf, and text as its lexer reads it. What it stores through Edge is what it
// stores from the exporter itself, without what policies drop.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { executable, hasEntryPoint } from "../support/e2e-executable.ts";
import { type Program, startProgram } from "../support/e2e-program.ts";
import {
  encodeFamilies,
  type MetricFamily,
  Type,
} from "../protocols/prometheus/format/protobuf/families.ts";
import { HAS_PROMETHEUS, Prometheus, type Series, WITH_PROMETHEUS } from "./prometheus-server.ts";

const BUILD_TIMEOUT_MS = 120_000;
const TEST_TIMEOUT_MS = 60_000;

const drop = (id: string, ...match: object[]): object => ({
  id,
  name: id,
  metric: { match, keep: false },
});
const POLICIES = [
  drop("noise", { metric_field: "name", exact: "noise" }),
  drop("secret", { metric_field: "name", starts_with: "secret" }),
  drop("health", { datapoint_attribute: "path", exact: "/healthz" }),
  drop("bound", { datapoint_attribute: "le", exact: "0.5" }),
];

const histogram = (name: string, isNative: boolean, ...paths: string[]): MetricFamily => ({
  name,
  type: Type.histogram,
  metrics: paths.map((path) => ({
    labels: [["path", path]],
    count: 144,
    sum: 72.5,
    buckets: isNative
      ? []
      : [
          [0.5, 7],
          [1, 100],
        ],
    isNative,
  })),
});
const FAMILIES: readonly MetricFamily[] = [
  histogram("noise", true, "/"),
  histogram("rq", true, "/", "/healthz"),
  histogram("lat", false, "/", "/healthz"),
  {
    name: "hits_total",
    type: Type.counter,
    metrics: [{ labels: [["path", "/"]], value: 5 }],
  },
];
/** Line ends in values, quotes in HELP, a TYPE behind samples: all of it Prometheus takes. */
const TEXT = [
  '# HELP a A "quote',
  'a{x="one\nsecret 1\n# TYPE b gauge\n",y="2"} 1',
  'secret{x="} 1\n{"} 2',
  'noise_bucket{le="1"} 1',
  "# TYPE noise histogram",
  'noise_bucket{le="+Inf"} 2',
  "noise_sum 1",
  "noise_count 2",
  'b{x="#",y="\\"}",z="{"} 3',
  "c\t4",
  "#a comment",
  "",
].join("\n");

/** Samples whose values are of what lines consist of, line ends included. */
function oddSamples(count: number, seed: number): string {
  let state = seed;
  const pick = <T>(all: readonly T[]): T => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return all[(state >>> 8) % all.length] as T;
  };
  const pieces = [
    "\n",
    "\nsecret 1\n",
    '\\"',
    "\\\\",
    "\\n",
    "{",
    "}",
    "#",
    "# TYPE x gauge\n",
    ",",
    "=",
    " ",
  ];
  const value = (): string =>
    pieces
      .map(() => pick(pieces))
      .slice(0, pick([0, 1, 3, 9]))
      .join("");
  const paths = ['path="/"', 'path="/healthz"', 'path="/\n"'];
  return Array.from({ length: count }, (_, i) => {
    const labels = [`n="${i}"`, `v="${value()}"`, pick(paths), `w="${value()}"`];
    return `${pick(["secret_a", "fine_a", "fine_b"])}{${labels.join(pick([",", " , "]))}} ${i}\n`;
  }).join("");
}
const SAMPLES = 2000;
const SEED = Math.floor(Math.random() * 2 ** 32);

describe.skipIf(!hasEntryPoint("edge-prometheus") || !HAS_PROMETHEUS)(WITH_PROMETHEUS, () => {
  let exporter: Bun.Server<undefined>;
  let edge: Program;
  let url: string;

  beforeAll(async () => {
    await executable("edge-prometheus");
    exporter = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: ({ headers, url: asked }) => {
        if (asked.endsWith("/odd")) return answer("text/plain; version=0.0.4", TEXT);
        if (asked.endsWith("/many")) {
          return answer("text/plain; version=0.0.4", oddSamples(SAMPLES, SEED));
        }
        // As the Go library does: protobuf when it is asked for.
        const isAsked = headers.get("accept")?.includes("encoding=delimited") === true;
        if (!isAsked) return answer("text/plain; version=0.0.4", "text_only 1\n");
        return answer(
          "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
          encodeFamilies(FAMILIES),
        );
      },
    });
    const config = {
      listen_port: 0,
      log_format: "json",
      upstream_url: "stdout:",
      prometheus: {
        url: exporter.url.origin,
        targets: {
          "/metrics/odd": `${exporter.url.origin}/odd`,
          "/metrics/many": `${exporter.url.origin}/many`,
        },
      },
      policy_providers: [{ type: "file", id: "file", path: "policies.json" }],
    };
    const files = {
      "config.json": JSON.stringify(config),
      "policies.json": JSON.stringify({ policies: POLICIES }),
    };
    edge = await startProgram("edge-prometheus", { files, args: ["config.json"] });
    await edge.line((line) => (line.includes('"policies.replaced"') ? line : undefined));
    url = await edge.url();
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await edge?.[Symbol.asyncDispose]();
    await exporter?.stop(true);
  });

  test(
    "has the native histograms and the buckets that policies keep",
    async () => {
      const jobs = [{ name: "edge", url: `${url}/metrics` }];
      await using prometheus = await Prometheus.start(jobs, ["native-histograms"]);
      await prometheus.until("up == 1", (series) => series.length === 1);
      const names = await prometheus.query(
        'count by (__name__, path, le) ({job="edge",__name__!~"up|scrape_.*"})',
      );
      expect(shown(names)).toEqual([
        'hits_total{path="/"}',
        'lat_bucket{le="+Inf",path="/"}',
        'lat_bucket{le="1.0",path="/"}',
        'lat_count{path="/"}',
        'lat_sum{path="/"}',
        'rq{path="/"}',
      ]);
      const counted = await prometheus.query("histogram_count(rq)");
      expect(counted.map(({ value }) => value)).toEqual(["144"]);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    "reads a text through Edge as it reads it from the exporter",
    async () => {
      const jobs = [
        { name: "edge", url: `${url}/metrics/odd` },
        { name: "direct", url: `${exporter.url.origin}/odd` },
      ];
      await using prometheus = await Prometheus.start(jobs);
      await prometheus.until("up == 1", (series) => series.length === 2);
      const seriesOf = async (job: string): Promise<string[]> =>
        shown(await prometheus.query(`{job="${job}",__name__!~"up|scrape_.*"}`));
      const direct = await seriesOf("direct");
      expect(direct.length).toBe(8);
      expect(await seriesOf("edge")).toEqual(direct.filter((line) => !line.startsWith("secret")));
    },
    TEST_TIMEOUT_MS,
  );

  test(
    `reads values of any kind as it reads them from the exporter (seed ${SEED})`,
    async () => {
      const jobs = [
        { name: "edge", url: `${url}/metrics/many` },
        { name: "direct", url: `${exporter.url.origin}/many` },
      ];
      await using prometheus = await Prometheus.start(jobs);
      await prometheus.until("up == 1", (series) => series.length === 2);
      const seriesOf = async (job: string): Promise<string[]> =>
        shown(await prometheus.query(`{job="${job}",__name__!~"up|scrape_.*"}`));
      const direct = await seriesOf("direct");
      const isKept = (line: string): boolean =>
        !line.startsWith("secret") && !line.includes('path="/healthz"');
      expect(direct.length).toBe(SAMPLES);
      expect(await seriesOf("edge")).toEqual(direct.filter(isKept));
    },
    TEST_TIMEOUT_MS,
  );
});

function answer(type: string, body: string | Uint8Array): Response {
  const bytes = typeof body === "string" ? body : Buffer.from(body);
  return new Response(bytes, { headers: { "content-type": type } });
}

/** `name{label="value"}` of each, without what Prometheus adds. */
function shown(series: readonly Series[]): string[] {
  return series
    .map(({ labels }) => {
      const { __name__: name, instance: _, job: __, ...own } = labels;
      const list = Object.entries(own).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
      return `${name}{${list.sort().join(",")}}`;
    })
    .sort();
}
