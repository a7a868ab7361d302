// A whole proxy from a configuration, with its own pages, in front of a recording upstream: asked
// without a socket, or on ports of its own.

import { type ProxyConfig, loadConfig } from "../../src/config/index.ts";
import { edge as full } from "../../src/distributions.ts";
import { AUTHORING, decodePolicySet } from "../../src/policy/index.ts";
import { type Assembly, assemble } from "../../src/runtime/proxy/assemble.ts";
import { type Listener, listen } from "../../src/server/listener.ts";
import { clientReports } from "../../src/server/misdirected.ts";
import { RecordingBus } from "./proxy-fakes.ts";
import { RecordingUpstream } from "./recording-upstream.ts";
import { finish } from "./steps.ts";

const PATH = "/etc/edge/config.json";

/** The configuration of these keys. */
export function configOf(keys: Readonly<Record<string, unknown>>): ProxyConfig {
  const bytes = new TextEncoder().encode(JSON.stringify(keys));
  return loadConfig({
    defaultPath: PATH,
    env: {},
    instanceId: "edge-test",
    readFile: () => bytes,
  }).config;
}

export class AdminEdge implements AsyncDisposable {
  readonly upstream: RecordingUpstream;
  readonly bus: RecordingBus;
  readonly assembly: Assembly;
  readonly #listeners: Listener[] = [];

  private constructor(upstream: RecordingUpstream, bus: RecordingBus, assembly: Assembly) {
    this.upstream = upstream;
    this.bus = bus;
    this.assembly = assembly;
  }

  /** `policies` in the form that files have; `nowMs` is the clock, default the process's own. */
  static async start(
    keys: Readonly<Record<string, unknown>> = {},
    policies: readonly object[] = [],
    nowMs: () => number = () => performance.now(),
  ): Promise<AdminEdge> {
    const upstream = await RecordingUpstream.start();
    const bus = new RecordingBus();
    const config = configOf({ upstream_url: upstream.url, ...keys });
    const assembly = assemble(config, full, bus, { nowMs });
    const edge = new AdminEdge(upstream, bus, assembly);
    if (policies.length > 0) edge.load(policies);
    return edge;
  }

  /** Puts policies in force, the wrong ones as well. */
  load(policies: readonly object[]): void {
    finish(this.assembly.engine.replace(decodePolicySet({ policies }, AUTHORING).policies));
  }

  /** Asks the data listener's server without a socket. */
  async ask(path: string, init?: RequestInit): Promise<Response> {
    return this.assembly.server.app.request(path, init);
  }

  /** As `ask`, of the server behind `admin.listen`. */
  async askAdmin(path: string, init?: RequestInit): Promise<Response> {
    return this.assembly.adminServer.app.request(path, init);
  }

  /** The URL of a listener on a port of its own. */
  async listen(which: "server" | "adminServer" = "server"): Promise<string> {
    const listener = await listen({
      target: { kind: "tcp", host: "127.0.0.1", port: 0 },
      idleTimeoutMs: 60_000,
      fetch: this.assembly[which].app.fetch,
      ...clientReports(this.bus),
    });
    this.#listeners.push(listener);
    return listener.url;
  }

  async closeListeners(): Promise<void> {
    for (const listener of this.#listeners.splice(0)) await listener.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeListeners();
    this.assembly.metrics.stop();
    for (const upstream of this.assembly.upstreams) upstream.stop();
    await this.upstream.stop();
  }
}

/** An OTLP JSON request with these log records. */
export function otlpLogs(...records: readonly unknown[]): string {
  return JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: records }] }] });
}

/** A log record. */
export function logRecord(severityText: string, text: string): Record<string, unknown> {
  return { severityText, body: { stringValue: text } };
}

export const DROP_DEBUG = {
  id: "drop-debug",
  name: "Drop debug",
  log: { match: [{ log_field: "severity_text", exact: "DEBUG" }], keep: "none" },
};

export const REDACT_MAIL = {
  id: "redact-mail",
  name: "Redact mail",
  log: {
    match: [{ log_field: "body", contains: "@" }],
    keep: "all",
    transform: { redact: [{ log_field: "body", regex: "[a-z]+@[a-z.]+", replacement: "[MAIL]" }] },
  },
};

export const BROKEN = {
  id: "broken",
  name: "Broken",
  log: { match: [{ log_field: "body", regex: "(" }], keep: "none" },
};

export const JSON_HEADERS = { "content-type": "application/json" };
