// What stands in deploy holds together with the program: metrics that exist, configurations that
// load, one version. What other programs read is for `bun run release:check`.

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { formula } from "../../scripts/homebrew.ts";
import { loadConfig } from "../../src/config/index.ts";
import { loadTail } from "../../src/tail/settings/load.ts";

const ROOT = resolve(import.meta.dir, "../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

/** Names of metrics that a text asks for. */
function metricsIn(text: string): string[] {
  const names = text.match(/\b(?:edge|process)_[a-z0-9_]+(?=[{[\s)}(,]|\\n|"|$)/gm) ?? [];
  const families = names.map((name) => name.replace(/_(?:bucket|count|sum)$/, ""));
  return [...new Set(families)].sort();
}

describe("what looks at metrics", () => {
  const known = new Set(
    [...read("docs/metrics.md").matchAll(/^## (\w+)$/gm)].map(([, name]) => name),
  );

  test("the alert rules ask for metrics that there are", () => {
    const lines = read("deploy/prometheus/alerts.yaml");
    const asked = metricsIn(lines.replaceAll(/^ *(?:summary|description|name):.*$/gm, ""));
    expect(asked.length).toBeGreaterThan(8);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  });

  test("the dashboard asks for metrics that there are", () => {
    const { panels } = JSON.parse(read("deploy/grafana/edge.json")) as {
      panels: { title: string; targets?: { expr: string }[] }[];
    };
    const asked = metricsIn(
      panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)).join("\n"),
    );
    expect(asked.length).toBeGreaterThan(20);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  });

  test("every alert is tested", () => {
    const namesOf = (path: string, key: string): string[] =>
      [...read(path).matchAll(new RegExp(`${key}: (Edge\\w+)`, "g"))].map(([, name]) => name!);
    const alerts = namesOf("deploy/prometheus/alerts.yaml", "alert");
    const tested = new Set(namesOf("deploy/prometheus/alerts.test.yaml", "alertname"));
    expect(alerts.length).toBeGreaterThan(8);
    expect(alerts.filter((name) => !tested.has(name))).toEqual([]);
  });

  const promtool = Bun.which("promtool");
  test.skipIf(promtool === null)(
    `promtool finds the rules right (${promtool === null ? "skipped: it is missing" : "run"})`,
    () => {
      const command = [promtool!, "test", "rules", "alerts.test.yaml"];
      const { exitCode, stdout } = Bun.spawnSync(command, { cwd: join(ROOT, "deploy/prometheus") });
      expect([exitCode, stdout.toString().includes("SUCCESS")]).toEqual([0, true]);
    },
  );
});

describe("configurations that are deployed", () => {
  const load = (text: string, env: Record<string, string> = {}) =>
    loadConfig({
      path: "/app/config.json",
      env,
      readFile: () => new TextEncoder().encode(text),
    });

  test.each(["edge", "otlp", "prometheus"])("of the image of %s print what they get", (name) => {
    const { config, warnings } = load(read(`deploy/image/${name}.json`));
    expect(warnings).toEqual([]);
    expect(config.upstreams.default).toEqual({ kind: "stdout" });
    expect(config.listen).toMatchObject({ host: "0.0.0.0", port: name === "otlp" ? 4318 : 8080 });
  });

  test("of the image of datadog send to the site that is asked for", () => {
    const text = read("deploy/image/datadog.json");
    const { config, warnings } = load(text, { TERO_API_KEY: "k" });
    expect(warnings).toEqual([]);
    const { default: all, logs, metrics, traces } = config.upstreams;
    const url = (host: string) => ({ kind: "http", url: `https://${host}` }) as const;
    expect([all, logs, metrics, traces]).toEqual([
      url("api.datadoghq.com"),
      url("http-intake.logs.datadoghq.com"),
      url("api.datadoghq.com"),
      url("trace.agent.datadoghq.com"),
    ]);
    const european = load(text, { TERO_API_KEY: "k", DD_SITE: "datadoghq.eu" }).config.upstreams;
    expect(european.logs).toEqual(url("http-intake.logs.datadoghq.eu"));
    expect(config.providers).toMatchObject([
      {
        url: "https://sync.usetero.com/v1/policy/sync",
        headers: [{ name: "Authorization", value: "Bearer k" }],
      },
    ]);
    expect(() => load(text)).toThrow("TERO_API_KEY");
  });

  test("of the image of tail serve health", () => {
    const { config } = loadTail({
      operands: [],
      verbose: 0,
      env: {},
      path: join(ROOT, "deploy/image/tail.json"),
    });
    expect(config.metricsListen).toEqual({ kind: "tcp", host: "0.0.0.0", port: 8080 });
  });

  test("of the package load", () => {
    expect(load(read("deploy/systemd/config.json")).warnings).toEqual([]);
  });

  test.each(readdirSync(join(ROOT, "deploy/kubernetes")))("in %s load", (file) => {
    const maps = Bun.YAML.parse(read(`deploy/kubernetes/${file}`)) as {
      kind: string;
      data?: Record<string, string>;
    }[];
    const texts = maps.flatMap(({ data }) => data?.["config.json"] ?? []);
    expect(texts).toHaveLength(1);
    const { config, warnings } = load(texts[0]!);
    expect(warnings).toEqual([]);
    expect(config.providers).toMatchObject([{ path: "/etc/edge/policies/policies.json" }]);
  });
});

test("the chart has the version of the program", () => {
  const { version } = JSON.parse(read("package.json")) as { version: string };
  const chart = Bun.YAML.parse(read("deploy/helm/edge/Chart.yaml")) as Record<string, string>;
  expect([chart["version"], chart["appVersion"]]).toEqual([version, version]);
});

test("the Homebrew formula names each file with its sum", () => {
  const files = ["edge-darwin-arm64", "edge-linux-arm64", "edge-linux-amd64-baseline"];
  const sums = files.map((file, i) => `${String(i).repeat(64)}  ${file}\n`).join("");
  const text = formula(sums, "1.2.3", "https://downloads.example.com");
  for (const [i, file] of files.entries()) {
    expect(text).toContain(`url "https://downloads.example.com/v1.2.3/${file}", using: :nounzip
      sha256 "${String(i).repeat(64)}"`);
  }
  expect(() => formula("", "1.2.3", "x")).toThrow("the sums have no edge-darwin-arm64.");
});
