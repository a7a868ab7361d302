// A proxy for scrapes on a port of its own, in front of an exporter that answers as a test says.

import { PassthroughModule } from "../../../src/protocols/passthrough/index.ts";
import { PrometheusModule } from "../../../src/protocols/prometheus/index.ts";
import type { Policy, ServiceLedger } from "../../../src/policy/index.ts";
import { Executor } from "../../../src/pipeline/executor.ts";
import { type Listener, listen } from "../../../src/server/listener.ts";
import { Router } from "../../../src/server/router.ts";
import { Scraper } from "../../../src/pipeline/scrape/scrape.ts";
import { ProxyServer } from "../../../src/server/server.ts";
import { UpstreamClient } from "../../../src/upstream/upstream-client.ts";
import { testEngine, type TestEngine } from "../../support/engine.ts";
import { RecordingBus } from "../../support/proxy-fakes.ts";
import { roomFor } from "../../support/room.ts";
import { type RawResponse, rawExchange } from "../../support/proxy-harness.ts";
import { drop, lines, named } from "../../protocols/prometheus/format/filter-text.ts";
import { type Respond, rawResponse, RecordingUpstream } from "../../support/recording-upstream.ts";

export interface ScrapeProxyOptions {
  readonly policies?: readonly Policy[];
  /** What counts by service. Default: nothing. */
  readonly services?: ServiceLedger;
  readonly inputBytesMax?: number;
  readonly outputBytesMax?: number;
  /** How the exporter is reached. Default: as by default. */
  readonly transport?: "http1" | "fetch";
  /** By path: what follows the exporter's address. */
  readonly targets?: Readonly<Record<string, string>>;
}

export class ScrapeProxy implements AsyncDisposable {
  readonly upstream: RecordingUpstream;
  readonly bus: RecordingBus;
  readonly engine: TestEngine;
  readonly listener: Listener;

  private constructor(
    upstream: RecordingUpstream,
    bus: RecordingBus,
    engine: TestEngine,
    listener: Listener,
  ) {
    this.upstream = upstream;
    this.bus = bus;
    this.engine = engine;
    this.listener = listener;
  }

  static async start(options: ScrapeProxyOptions = {}): Promise<ScrapeProxy> {
    const { policies = [], inputBytesMax = 0, outputBytesMax = 0, targets = {} } = options;
    const upstream = await RecordingUpstream.start();
    const bus = new RecordingBus();
    const timeouts = { connectMs: 5000, firstByteMs: 5000, idleMs: 5000 };
    const client = (name: string, path: string): UpstreamClient =>
      new UpstreamClient({
        name,
        url: upstream.url + path,
        timeouts,
        bus,
        env: {},
        ...(options.transport === undefined ? {} : { transport: options.transport }),
      });
    const own = testEngine(policies, options.services);
    const other = client("default", "/default");
    const scraper = new Scraper({
      engine: own.engine,
      bus,
      upstream: client("prometheus", ""),
      targets: new Map(Object.entries(targets).map(([key, path]) => [key, client(key, path)])),
      inputBytesMax,
      outputBytesMax,
    });
    const prometheus = new PrometheusModule({ scrapeTargets: Object.keys(targets) });
    const server = new ProxyServer({
      router: new Router([prometheus, new PassthroughModule()]),
      executor: new Executor({
        engine: own.engine,
        upstreams: { default: other, logs: other, metrics: other, traces: other },
        bus,
        scraper,
        bodyBytesMax: 1000,
        decodedBytesMax: 1000,
      }),
      bus,
      room: roomFor(bus),
    });
    const listener = await listen({
      target: { kind: "tcp", host: "127.0.0.1", port: 0 },
      idleTimeoutMs: 60_000,
      fetch: server.app.fetch,
    });
    return new ScrapeProxy(upstream, bus, own, listener);
  }

  get url(): string {
    return this.listener.url;
  }

  /** One scrape without decoding; headers as given, and nothing else that matters. */
  scrape(path = "/metrics", headers: Record<string, string> = {}): Promise<Response> {
    const all = { "accept-encoding": "identity", ...headers };
    return fetch(this.url + path, { headers: all, decompress: false });
  }

  /** What comes back over the wire, and how the connection ended. */
  raw(head: string): Promise<RawResponse> {
    const text = `GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${head}\r\n`;
    return rawExchange(this.listener.port, text, () => false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.listener.abort();
    await this.upstream.stop();
  }
}

const POLICIES: readonly Policy[] = [drop("noise", named("noise"))];
export const INPUT = lines("# TYPE noise gauge", "noise 1", "# TYPE a gauge", "a 1", 'a{x="1"} 2');
export const OUTPUT = lines("# TYPE a gauge", "a 1", 'a{x="1"} 2');
export const TEXT = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };

const running: ScrapeProxy[] = [];
/** One that `stopAll` stops. */
export async function proxy(
  options: ScrapeProxyOptions = {},
  respond?: Respond,
): Promise<ScrapeProxy> {
  const started = await ScrapeProxy.start({ policies: POLICIES, ...options });
  started.upstream.respond = respond ?? (() => rawResponse(200, TEXT, INPUT));
  running.push(started);
  return started;
}
export async function stopAll(): Promise<void> {
  for (const one of running.splice(0)) await one[Symbol.asyncDispose]();
}
