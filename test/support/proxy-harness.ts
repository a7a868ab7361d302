// A whole proxy on a port of its own, in front of a recording upstream: what the tests of
// src/pipeline drive.

import * as net from "node:net";
import type { Plan, ProxyModule, RequestHead, UpstreamName } from "../../src/protocols/index.ts";
import { bodyCodingOf } from "../../src/protocols/content.ts";
import { PassthroughModule } from "../../src/protocols/passthrough/index.ts";
import type { PolicyEngine } from "../../src/policy/index.ts";
import { Executor } from "../../src/pipeline/executor.ts";
import type { ListenTarget } from "../../src/config/index.ts";
import { type Listener, listen } from "../../src/server/listener.ts";
import type { LocalPages } from "../../src/pipeline/local-pages.ts";
import type { RoomOptions } from "../../src/pipeline/room/room.ts";
import { Router } from "../../src/server/router.ts";
import { ProxyServer } from "../../src/server/server.ts";
import { UpstreamClient, type UpstreamTimeoutsMs } from "../../src/upstream/upstream-client.ts";
import type { Connect } from "../../src/upstream/http1/transport.ts";
import type { ConnectProbe } from "../../src/upstream/connect-probe.ts";
import type { Upstream } from "../../src/pipeline/upstream.ts";
import { ANY_EVALUATION, RecordingBus, lineFormat } from "./proxy-fakes.ts";
import { RecordingUpstream } from "./recording-upstream.ts";
import { roomFor } from "./room.ts";

export interface HarnessOptions {
  /** Whether a policy looks at logs. Default true. */
  readonly hasPolicies?: boolean;
  readonly timeouts?: Partial<UpstreamTimeoutsMs>;
  readonly bodyBytesMax?: number;
  readonly decodedBytesMax?: number;
  readonly room?: Partial<RoomOptions>;
  readonly target?: ListenTarget;
  /** Instead of the recording upstream. */
  readonly upstreamUrl?: (upstream: RecordingUpstream) => string;
  readonly transport?: "http1" | "fetch";
  readonly connect?: Connect;
  readonly probe?: ConnectProbe;
  readonly modules?: readonly ProxyModule[];
  /** Instead of the one upstream. */
  readonly upstreams?: Partial<Record<UpstreamName, Upstream>>;
  /** The program's own. */
  readonly pages?: LocalPages;
  /** What the server's clock says, reading by reading. */
  readonly clock?: readonly number[];
}

/** POST /lines carries records of the fake format. */
class LineModule implements ProxyModule {
  readonly name = "lines";
  readonly routes = [
    {
      match: { kind: "exact", path: "/lines" },
      methods: ["POST"],
      knownPath: "v1_logs",
      routeKind: "otlp_logs",
    },
  ] as const;

  plan(head: RequestHead): Plan {
    const coding = bodyCodingOf(head.headers);
    if (coding === undefined) return { kind: "forward", upstream: "logs" };
    return {
      kind: "filter",
      telemetry: "otlp_logs",
      signal: "log",
      coding,
      format: lineFormat,
      upstream: "logs",
      emptyResponse: { status: 202, contentType: "text/empty", body: Buffer.from("none") },
    };
  }
}

export class ProxyHarness {
  readonly upstream: RecordingUpstream;
  readonly bus: RecordingBus;
  readonly client: UpstreamClient;
  readonly server: ProxyServer;
  readonly listener: Listener;

  private constructor(
    upstream: RecordingUpstream,
    bus: RecordingBus,
    client: UpstreamClient,
    server: ProxyServer,
    listener: Listener,
  ) {
    this.upstream = upstream;
    this.bus = bus;
    this.client = client;
    this.server = server;
    this.listener = listener;
  }

  static async start(options: HarnessOptions = {}): Promise<ProxyHarness> {
    const upstream = await RecordingUpstream.start();
    const bus = new RecordingBus();
    const client = new UpstreamClient({
      name: "default",
      url: options.upstreamUrl?.(upstream) ?? upstream.url,
      timeouts: { connectMs: 5000, firstByteMs: 5000, idleMs: 5000, ...options.timeouts },
      bus,
      env: {},
      ...(options.transport === undefined ? {} : { transport: options.transport }),
      ...(options.connect === undefined ? {} : { connect: options.connect }),
      ...(options.probe === undefined ? {} : { probe: options.probe }),
    });
    const server = proxyServer(bus, client, options);
    const listener = await listen({
      target: options.target ?? { kind: "tcp", host: "127.0.0.1", port: 0 },
      idleTimeoutMs: 60_000,
      fetch: server.app.fetch,
    });
    return new ProxyHarness(upstream, bus, client, server, listener);
  }

  get url(): string {
    return this.listener.url;
  }

  async stop(): Promise<void> {
    await this.listener.abort();
    await this.upstream.stop();
  }

  /** Writes raw bytes and answers everything that came back until `isEnough` or the end. */
  raw(
    text: string | Buffer,
    isEnough: (seen: string) => boolean = () => false,
  ): Promise<RawResponse> {
    return rawExchange(this.listener.port, text, isEnough);
  }
}

/** A proxy server without a socket. */
export function proxyServer(
  bus: RecordingBus,
  upstream: Upstream,
  options: HarnessOptions = {},
): ProxyServer {
  const engine: Pick<PolicyEngine, "evaluation"> = {
    evaluation: (signal) =>
      signal === "log" && (options.hasPolicies ?? true) ? ANY_EVALUATION : undefined,
  };
  const readings = [...(options.clock ?? [])];
  const names: readonly UpstreamName[] = ["default", "logs", "metrics", "traces"];
  const upstreams = Object.fromEntries(names.map((name) => [name, upstream]));
  return new ProxyServer({
    router: new Router(options.modules ?? [new LineModule(), new PassthroughModule()]),
    executor: new Executor({
      engine,
      upstreams: { ...(upstreams as Record<UpstreamName, Upstream>), ...options.upstreams },
      bus,
      ...(options.pages === undefined ? {} : { pages: options.pages }),
      bodyBytesMax: options.bodyBytesMax ?? 1_000_000,
      decodedBytesMax: options.decodedBytesMax ?? 2_000_000,
    }),
    bus,
    room: roomFor(bus, options.room),
    nowMs: () => readings.shift() ?? 0,
  });
}

export interface RawResponse {
  readonly text: string;
  /** How the connection ended; "open" when the test had enough. */
  readonly end: "open" | "closed" | "reset";
}

export function rawExchange(
  port: number,
  text: string | Buffer,
  isEnough: (seen: string) => boolean,
): Promise<RawResponse> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    let seen = "";
    let end: RawResponse["end"] = "closed";
    socket.on("data", (piece) => {
      seen += piece.toString("latin1");
      if (!isEnough(seen)) return;
      end = "open";
      socket.destroy();
    });
    socket.on("error", () => {
      end = "reset";
    });
    socket.on("close", () => resolve({ text: seen, end }));
    socket.write(text);
  });
}
