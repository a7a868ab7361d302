// A real Prometheus that scrapes what a test says, and answers its questions; and promtool.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const HAS_PROMETHEUS = Bun.which("prometheus") !== null && Bun.which("promtool") !== null;
/** For the name of a group of tests that are skipped without it. */
export const WITH_PROMETHEUS = HAS_PROMETHEUS
  ? "a real Prometheus"
  : "a real Prometheus (skipped: Debian's package prometheus is not installed)";

/** Prometheus takes no port of the system's choice, so one that is free now. */
async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return address !== null && typeof address === "object" ? address.port : 0;
}

export interface Job {
  readonly name: string;
  /** URL to scrape. */
  readonly url: string;
}

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: string;
}

const WAIT_MS = 20_000;
const POLL_MS = 50;

export class Prometheus implements AsyncDisposable {
  private readonly child: Bun.Subprocess;
  private readonly folder: string;
  private readonly url: string;

  private constructor(child: Bun.Subprocess, folder: string, url: string) {
    this.child = child;
    this.folder = folder;
    this.url = url;
  }

  /** `features`: of `--enable-feature`. */
  static async start(jobs: readonly Job[], features: readonly string[] = []): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), "edge-prometheus-"));
    const scrape_configs = jobs.map(({ name, url }) => {
      const { host, pathname } = new URL(url);
      return { job_name: name, metrics_path: pathname, static_configs: [{ targets: [host] }] };
    });
    const global = { scrape_interval: "500ms", scrape_timeout: "500ms" };
    // YAML takes JSON.
    writeFileSync(join(folder, "prometheus.yml"), JSON.stringify({ global, scrape_configs }));
    const address = `127.0.0.1:${await freePort()}`;
    const child = Bun.spawn(
      [
        "prometheus",
        `--config.file=${join(folder, "prometheus.yml")}`,
        `--storage.tsdb.path=${join(folder, "data")}`,
        `--web.listen-address=${address}`,
        "--log.level=error",
        ...features.map((feature) => `--enable-feature=${feature}`),
      ],
      { cwd: folder, stdin: "ignore", stdout: "ignore", stderr: "ignore" },
    );
    return new Prometheus(child, folder, `http://${address}`);
  }

  /** What PromQL says now. */
  async query(promql: string): Promise<Series[]> {
    const url = `${this.url}/api/v1/query?query=${encodeURIComponent(promql)}`;
    const answer: unknown = await (await fetch(url)).json();
    // The API's own form for instant vectors.
    const { data } = answer as {
      data: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    return data.result.map(({ metric, value }) => ({ labels: metric, value: value[1] }));
  }

  /** Asks until the answer is as wanted, and gives it. */
  async until(promql: string, isEnough: (series: readonly Series[]) => boolean): Promise<Series[]> {
    const deadline = performance.now() + WAIT_MS;
    let last: unknown;
    while (performance.now() < deadline) {
      try {
        const series = await this.query(promql);
        if (isEnough(series)) return series;
        last = series;
      } catch (error) {
        // It does not listen yet.
        last = error;
      }
      await Bun.sleep(POLL_MS);
    }
    throw new Error(`${promql} did not come to what was wanted: ${Bun.inspect(last)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What `promtool check metrics` says of an exposition: its exit code and its complaints. */
export async function checkMetrics(text: string): Promise<{ code: number; output: string }> {
  const child = Bun.spawn(["promtool", "check", "metrics"], {
    stdin: Buffer.from(text),
    stdout: "pipe",
    stderr: "pipe",
  });
  const output = `${await child.stdout.text()}${await child.stderr.text()}`;
  return { code: await child.exited, output };
}
