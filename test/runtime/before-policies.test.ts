// Whole programs whose policies come late: every door, with one thread and with several. The
// control plane answers when the test says so: no test depends on how fast a machine is.

import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { RecordingUpstream, rawResponse } from "../support/recording-upstream.ts";
import { StubControlPlane } from "../providers/http/stub-control-plane.ts";

const ENTRY = resolve(import.meta.dir, "../../src/edge.ts");
const NONE_FOR_HOURS = 3_600_000;

const POLICIES = ["log", "metric"].map((signal) => ({
  id: `drop-${signal}`,
  name: "drop",
  enabled: true,
  [signal]: {
    match: [
      signal === "log"
        ? { logField: "LOG_FIELD_BODY", contains: "secret" }
        : { metricField: "METRIC_FIELD_NAME", contains: "secret" },
    ],
    keep: signal === "log" ? "none" : false,
  },
}));
const ANSWER = { policies: POLICIES, hash: "first", syncTimestampUnixNano: "1" };

class Running implements AsyncDisposable {
  readonly upstream: RecordingUpstream;
  readonly plane = new StubControlPlane();
  readonly #given = Promise.withResolvers<void>();
  readonly #folder = mkdtempSync(join(tmpdir(), "edge-before-"));
  #child: Bun.Subprocess<"ignore", "ignore", "pipe"> | undefined;
  #wake = (): void => undefined;
  log = "";

  private constructor(upstream: RecordingUpstream) {
    this.upstream = upstream;
    upstream.respond = ({ request }) =>
      request.method === "GET"
        ? rawResponse(200, { "content-type": "text/plain; version=0.0.4" }, "secret 1\nopen 2\n")
        : rawResponse(200, { "content-type": "application/json" }, "{}");
    this.plane.answer = () => this.#given.promise.then(() => Response.json(ANSWER));
  }

  static async start(config: Record<string, unknown>): Promise<Running> {
    const running = new Running(await RecordingUpstream.start());
    const { upstream, plane } = running;
    const policy_providers = [{ id: "plane", type: "http", url: plane.url }];
    const urls = { upstream_url: upstream.url, listen_port: 0, log_format: "json" };
    const file = { ...urls, ready_timeout_ms: NONE_FOR_HOURS, policy_providers, ...config };
    writeFileSync(join(running.#folder, "config.json"), JSON.stringify(file));
    const child = Bun.spawn([process.execPath, ENTRY, "config.json"], {
      cwd: running.#folder,
      env: { PATH: process.env["PATH"] ?? "" },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    });
    running.#child = child;
    void running.#collect(child.stderr);
    await running.logged("server.ready");
    return running;
  }

  get url(): string {
    return /"url":"([^"]+)"/.exec(this.log)?.[1] ?? "";
  }

  async logged(text: string): Promise<void> {
    while (!this.log.includes(text)) await new Promise<void>((next) => (this.#wake = next));
  }

  /** The control plane answers at last. */
  give(): void {
    this.#given.resolve();
  }

  get(path: string): Promise<Response> {
    return fetch(this.url + path);
  }

  post(path: string, body: unknown): Promise<Response> {
    const headers = { "content-type": "application/json" };
    return fetch(this.url + path, { method: "POST", headers, body: JSON.stringify(body) });
  }

  async failOpen(telemetry: string): Promise<number> {
    const text = await (await this.get("/_edge/metrics")).text();
    const series = `edge_fail_open_total{telemetry="${telemetry}",reason="policies_not_ready"} `;
    return Number(text.split(series)[1]?.split("\n")[0]);
  }

  signal(name: NodeJS.Signals): Promise<number> {
    this.#child?.kill(name);
    return this.#child?.exited ?? Promise.resolve(0);
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const piece of stream) {
      this.log += Buffer.from(piece).toString();
      this.#wake();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.signal("SIGKILL");
    await this.plane.stop();
    await this.upstream.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const record = (text: string) => ({ body: { stringValue: text } });
const otlp = (...texts: string[]) => ({
  resourceLogs: [{ scopeLogs: [{ logRecords: texts.map(record) }] }],
});
const OTLP = otlp("secret", "open");
const DATADOG = [{ message: "secret" }, { message: "open" }];

describe.each([1, 2])("before the first policies, with %d threads", (worker_count) => {
  test("telemetry waits at every door, and then is judged", async () => {
    await using edge = await Running.start({ worker_count });
    const early = [
      edge.post("/v1/logs", OTLP),
      edge.post("/api/v2/logs", DATADOG),
      edge.get("/metrics"),
    ];
    // What no policy could judge, and the program's own pages, do not wait.
    expect((await edge.post("/other", { open: "secret" })).status).toBe(200);
    expect(edge.upstream.requests.map(({ target }) => target)).toEqual(["/other"]);
    expect((await edge.get("/_health")).status).toBe(200);
    expect((await edge.get("/_ready")).status).toBe(503);
    const status = await (await edge.get("/_edge/status?format=json")).json();
    expect(status).toMatchObject({
      ready: false,
      before_policies: "wait",
      policies: { missing_providers: ["plane"] },
    });
    expect(await (await edge.get("/_edge/metrics")).text()).toContain("\nedge_policies_ready 0\n");
    edge.give();
    const [logs, datadog, scrape] = await Promise.all(early);
    expect([logs?.status, datadog?.status, await scrape?.text()]).toEqual([200, 200, "open 2\n"]);
    const bodyOf = (path: string): string | undefined =>
      edge.upstream.requests.find(({ target }) => target === path)?.body.toString();
    expect([bodyOf("/v1/logs"), bodyOf("/api/v2/logs")]).toEqual([
      JSON.stringify(otlp("open")),
      JSON.stringify(DATADOG.slice(1)),
    ]);
    expect(await edge.failOpen("otlp_logs")).toBe(0);
    expect(await (await edge.get("/_edge/metrics")).text()).toContain("\nedge_policies_ready 1\n");
  });

  test("it passes unjudged and counted when the time is over", async () => {
    await using edge = await Running.start({ worker_count, ready_timeout_ms: 0 });
    await edge.logged("policies.missing");
    await edge.post("/v1/logs", OTLP);
    await edge.post("/api/v2/logs", DATADOG);
    expect(await (await edge.get("/metrics")).text()).toBe("secret 1\nopen 2\n");
    const [logs, datadog] = edge.upstream.requests;
    expect([logs?.body.toString(), datadog?.body.toString()]).toEqual([
      JSON.stringify(OTLP),
      JSON.stringify(DATADOG),
    ]);
    const counts = ["otlp_logs", "datadog_logs", "prometheus_metrics"].map((telemetry) =>
      edge.failOpen(telemetry),
    );
    expect(await Promise.all(counts)).toEqual([1, 1, 1]);
  });

  test("before_policies pass lets it pass at once, counted", async () => {
    await using edge = await Running.start({ worker_count, before_policies: "pass" });
    await edge.post("/v1/logs", OTLP);
    expect(edge.upstream.last.body.toString()).toBe(JSON.stringify(OTLP));
    expect(await edge.failOpen("otlp_logs")).toBe(1);
  });

  test("before_policies refuse has clients come again, and judges when it can", async () => {
    await using edge = await Running.start({ worker_count, before_policies: "refuse" });
    const refused = await Promise.all([
      edge.post("/v1/logs", OTLP),
      edge.post("/api/v2/logs", DATADOG),
      edge.get("/metrics"),
    ]);
    expect(refused.map(({ status, headers }) => [status, headers.get("retry-after")])).toEqual([
      [503, "1"],
      [503, "1"],
      [503, "1"],
    ]);
    expect(edge.upstream.requests.length).toBe(0);
    edge.give();
    await edge.logged("policies.replaced");
    while ((await edge.post("/v1/logs", OTLP)).status === 503);
    expect(edge.upstream.last.body.toString()).toBe(JSON.stringify(otlp("open")));
    expect(await edge.failOpen("otlp_logs")).toBe(0);
  });

  test("whoever waits when the program stops is told to come again", async () => {
    await using edge = await Running.start({ worker_count });
    const early = edge.post("/v1/logs", OTLP);
    // The second request is answered after the first one was taken.
    await edge.get("/_health");
    void edge.signal("SIGTERM");
    const { status, headers } = await early;
    expect([status, headers.get("retry-after")]).toEqual([503, "1"]);
    expect(edge.upstream.requests.length).toBe(0);
  });
});
