// The compiled edge-prometheus between applications and a real Prometheus: which series arrive,
// when a target is up, and that promtool accepts whatever is left of an exposition.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { executable, hasEntryPoint } from "../support/e2e-executable.ts";
import { type Program, startProgram } from "../support/e2e-program.ts";
import { checkMetrics, HAS_PROMETHEUS, Prometheus, WITH_PROMETHEUS } from "./prometheus-server.ts";

const BUILD_TIMEOUT_MS = 120_000;
const TEST_TIMEOUT_MS = 60_000;

const drop = (id: string, ...match: object[]): object => ({
  id,
  name: id,
  metric: { match, keep: false },
});
const POLICIES = [
  drop("histogram", { metric_field: "name", exact: "http_request_duration_seconds" }),
  drop("health", { datapoint_attribute: "path", regex: "^/healthz$" }),
  drop("escaped", { datapoint_attribute: "path", exact: '/a\\b\n"c"' }),
  drop(
    "cellar",
    { metric_field: "name", starts_with: "room_" },
    { datapoint_attribute: "room", exact: "cellar" },
  ),
  drop("secret", { metric_field: "unit", exact: "seconds" }),
  drop(
    "state",
    { metric_field: "name", exact: "state" },
    { datapoint_attribute: "state", exact: "off" },
  ),
  drop("noise", { metric_field: "name", starts_with: "noise_" }),
];

interface Exporter extends AsyncDisposable {
  readonly url: string;
}

async function startExporter(): Promise<Exporter> {
  const script = join(import.meta.dir, "prometheus-exporter.ts");
  const child = Bun.spawn([process.execPath, script], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  let text = "";
  for await (const piece of child.stdout) {
    text += Buffer.from(piece).toString();
    if (text.includes("\n")) break;
  }
  return {
    url: `http://127.0.0.1:${text.trim()}`,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

async function startEdge(exporter: Exporter, limits: object = {}): Promise<Program> {
  const config = {
    listen_port: 0,
    log_format: "json",
    upstream_url: "stdout:",
    prometheus: {
      url: exporter.url,
      targets: {
        "/metrics/big": `${exporter.url}/big`,
        "/metrics/open": `${exporter.url}/open`,
        "/metrics/dying": `${exporter.url}/dying`,
      },
      ...limits,
    },
    policy_providers: [{ type: "file", id: "file", path: "policies.json" }],
  };
  const files = {
    "config.json": JSON.stringify(config),
    "policies.json": JSON.stringify({ policies: POLICIES }),
  };
  const program = await startProgram("edge-prometheus", { files, args: ["config.json"] });
  await program.line((line) => (line.includes('"policies.replaced"') ? line : undefined));
  return program;
}

/** `name{label="value"}` of each, without what Prometheus adds. */
function shown(series: readonly { readonly labels: Readonly<Record<string, string>> }[]): string[] {
  return series
    .map(({ labels }) => {
      const { __name__: name, instance: _, job: __, ...own } = labels;
      const list = Object.entries(own).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
      return `${name}{${list.sort().join(",")}}`;
    })
    .sort();
}

const APP_SERIES = [
  'http_requests_total{method="GET",path="/"}',
  "http_response_size_bytes_count{}",
  "http_response_size_bytes_sum{}",
  'http_response_size_bytes{quantile="0.5"}',
  'http_response_size_bytes{quantile="0.9"}',
  'room_temperature_celsius{room="kitchen"}',
].sort();
const OPEN_SERIES = [
  'build_info{version="1.2"}',
  'jobs_created{queue="mail"}',
  'jobs_total{queue="mail"}',
  'state{state="on"}',
];
/** All of a job's own series. */
const seriesOf = (job: string): string => `{job="${job}",__name__!~"up|scrape_.*"}`;

describe.skipIf(!hasEntryPoint("edge-prometheus"))("edge-prometheus", () => {
  let exporter: Exporter;
  let edge: Program;
  let url: string;
  beforeAll(async () => {
    await executable("edge-prometheus");
    exporter = await startExporter();
    edge = await startEdge(exporter);
    url = await edge.url();
  }, BUILD_TIMEOUT_MS);
  afterAll(async () => {
    await edge?.[Symbol.asyncDispose]();
    await exporter?.[Symbol.asyncDispose]();
  });

  test("keeps what it forwards byte for byte, in its order", async () => {
    const from = await (await fetch(`${exporter.url}/metrics`)).text();
    const to = await (await fetch(`${url}/metrics`)).text();
    expect(to.length).toBeGreaterThan(0);
    const kept = from.split("\n").filter((line) => to.split("\n").includes(line));
    expect(to.split("\n").filter((line) => line !== "")).toEqual(
      kept.filter((line) => line !== ""),
    );
    expect(to).toContain("# HELP never_set_ratio");
    expect(to).not.toContain("http_request_duration_seconds");
  });

  test("counts in its own metrics what it did", async () => {
    await (await fetch(`${url}/metrics/big`)).text();
    const own = await (await fetch(`${url}/_edge/metrics`)).text();
    expect(own).toMatch(/^edge_scrapes_total\{target="\/metrics\/big",outcome="ok"\} [1-9]/m);
    expect(own).toMatch(/^edge_policy_hits_total\{policy="noise"\} [1-9]\d*$/m);
  });

  describe.skipIf(!HAS_PROMETHEUS)(WITH_PROMETHEUS, () => {
    test(
      "sees exactly the series that policies keep, and the target as up",
      async () => {
        const jobs = [
          { name: "app", url: `${url}/metrics` },
          { name: "open", url: `${url}/metrics/open` },
          { name: "big", url: `${url}/metrics/big` },
        ];
        await using prometheus = await Prometheus.start(jobs);
        await prometheus.until("up == 1", (series) => series.length === 3);
        expect(shown(await prometheus.query(seriesOf("app")))).toEqual(APP_SERIES);
        expect(shown(await prometheus.query(seriesOf("open")))).toEqual(OPEN_SERIES);
        const values = await prometheus.query('room_temperature_celsius{room="kitchen"}');
        expect(values.map(({ value }) => value)).toEqual(["21.5"]);
        const count = async (promql: string): Promise<string | undefined> =>
          (await prometheus.query(promql))[0]?.value;
        expect(await count('count({job="big",__name__=~"data_.*"})')).toBe("20000");
        expect(await count('count({job="big",__name__=~"noise_.*"})')).toBeUndefined();
      },
      TEST_TIMEOUT_MS,
    );

    test(
      "sees a target as down whose exposition breaks off or exceeds a limit",
      async () => {
        await using limited = await startEdge(exporter, { max_output_bytes_per_scrape: 300_000 });
        const jobs = [
          { name: "dying", url: `${url}/metrics/dying` },
          { name: "limited", url: `${await limited.url()}/metrics/big` },
          { name: "small", url: `${await limited.url()}/metrics` },
        ];
        await using prometheus = await Prometheus.start(jobs);
        await prometheus.until("up", (series) => series.length === 3);
        const up = await prometheus.query("up");
        const byJob = Object.fromEntries(up.map(({ labels, value }) => [labels["job"], value]));
        expect(byJob).toEqual({ dying: "0", limited: "0", small: "1" });
        const samples = await prometheus.query('{job=~"dying|limited",__name__!~"up|scrape_.*"}');
        expect(samples).toEqual([]);
      },
      TEST_TIMEOUT_MS,
    );

    test.each(["/metrics", "/metrics/big"])("accepts what is left of %s", async (path) => {
      const text = await (await fetch(url + path)).text();
      expect(await checkMetrics(text)).toEqual({ code: 0, output: "" });
    });
  });
});
