// The socket of gRPC: addresses, TLS, how it ends, the health service, and clients that do a thing
// too often.

import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import * as http2 from "node:http2";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { framed, GRPC } from "../../../src/core/grpc/index.ts";
import { GRPC_PINGS_MAX, GRPC_RESETS_MAX } from "../../../src/core/limits.ts";
import { GrpcDoor, type GrpcListenerOptions, listenGrpc } from "../../../src/server/grpc/index.ts";
import { BindError } from "../../../src/server/listener.ts";
import { callOn, connect, LOGS } from "../../support/grpc/client.ts";
import { RecordingBus } from "../../support/proxy-fakes.ts";
import { issueCertificates } from "../../support/proxy-certificates.ts";

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

interface Options {
  readonly fetch?: (request: Request) => Response | Promise<Response>;
  readonly ready?: () => boolean;
  readonly listener?: Partial<GrpcListenerOptions>;
}

async function start({ fetch, ready = () => true, listener: more = {} }: Options = {}) {
  const bus = new RecordingBus();
  const methods = { [LOGS]: "/v1/logs" };
  const answer = fetch ?? (() => new Response(null));
  const door = new GrpcDoor({ methods, fetch: answer, ready, bodyBytesMax: 1000, bus });
  const target = { kind: "tcp", host: "127.0.0.1", port: 0 } as const;
  const listener = await listenGrpc({ target, door, bus, ...more });
  closing.push(() => listener.abort());
  const dial = async (options?: http2.SecureClientSessionOptions) => {
    const session = await connect(listener.port, options);
    closing.push(() => session.destroy());
    return session;
  };
  return { bus, listener, dial };
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "edge-grpc-"));
  closing.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

describe("listens", () => {
  test("on a port that the system chooses", async () => {
    const { listener, dial } = await start();
    expect(listener.url).toBe(`grpc://127.0.0.1:${listener.port}`);
    expect((await callOn(await dial())).status).toBe(GRPC.ok);
  });

  test("on a unix socket", async () => {
    const path = join(folder(), "grpc.sock");
    const { listener } = await start({ listener: { target: { kind: "unix", path } } });
    expect([listener.url, listener.port]).toEqual([`unix:${path}`, 0]);
    const session = http2.connect("http://edge", { path } as http2.ClientSessionOptions);
    closing.push(() => session.destroy());
    expect((await callOn(session)).status).toBe(GRPC.ok);
  });

  test("not where somebody listens already, and says what to do", async () => {
    const { listener } = await start();
    const target = { kind: "tcp", host: "127.0.0.1", port: listener.port } as const;
    const second = start({ listener: { target } });
    expect(second).rejects.toThrow(BindError);
    expect(second).rejects.toThrow(`cannot listen on 127.0.0.1:${listener.port}: it is in use`);
  });

  test("with TLS, and asks for client certificates when it has an authority for them", async () => {
    const { ca, server, client } = issueCertificates(folder());
    const tls = { cert: server.cert, key: server.key, clientCa: ca };
    const { listener, dial } = await start({ listener: { tls } });
    expect(listener.url).toBe(`grpcs://127.0.0.1:${listener.port}`);
    const { cert, key } = client;
    expect((await callOn(await dial({ ca, cert, key }))).status).toBe(GRPC.ok);
    const bare = dial({ ca }).then((session) => callOn(session));
    const outcome = await bare.then(({ status }) => status).catch(() => "refused");
    expect(outcome).not.toBe(GRPC.ok);
  });

  test("with another certificate from the moment that it has one, and answers what it had", async () => {
    const [old, next] = [issueCertificates(folder()), issueCertificates(folder())];
    const asked = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    let calls = 0;
    const fetch = async (): Promise<Response> => {
      if (++calls > 1) return new Response(null);
      asked.resolve();
      await go.promise;
      return new Response(null);
    };
    const tls = { cert: old.server.cert, key: old.server.key, clientCa: undefined };
    const { listener, dial } = await start({ fetch, listener: { tls } });
    const slow = callOn(await dial({ ca: old.ca }));
    await asked.promise;
    const { cert, key } = next.server;
    await listener.replaceTls?.({ cert, key, clientCa: undefined });
    expect((await callOn(await dial({ ca: next.ca }))).status).toBe(GRPC.ok);
    go.resolve();
    expect((await slow).status).toBe(GRPC.ok);
  });
});

describe("ends", () => {
  test("when every call is answered, having told clients to go", async () => {
    const asked = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const fetch = async (): Promise<Response> => {
      asked.resolve();
      await go.promise;
      return new Response(null);
    };
    const { listener, dial } = await start({ fetch });
    const session = await dial();
    const told = new Promise<void>((resolve) => session.on("goaway", () => resolve()));
    const slow = callOn(session);
    await asked.promise;
    const drained = listener.drain();
    await told;
    expect(listener.pending).toBe(1);
    go.resolve();
    expect((await slow).status).toBe(GRPC.ok);
    await drained;
    expect(connect(listener.port)).rejects.toThrow();
  });

  test("at once when it is told to", async () => {
    const asked = Promise.withResolvers<void>();
    const fetch = (): Promise<Response> => {
      asked.resolve();
      return new Promise<never>(() => undefined);
    };
    const { listener, dial } = await start({ fetch });
    const slow = callOn(await dial());
    await asked.promise;
    await listener.abort();
    expect((await slow).status).toBeUndefined();
  });
});

describe("health", () => {
  const [CHECK, WATCH] = ["/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"];
  const asking = (service: string): Uint8Array =>
    framed(Uint8Array.of(10, service.length, ...Buffer.from(service)));
  const SERVING = [...framed(Uint8Array.of(8, 1))];
  const NOT_SERVING = [...framed(Uint8Array.of(8, 2))];
  const LOGS_SERVICE = "opentelemetry.proto.collector.logs.v1.LogsService";

  test("is whether the program is ready, of it and of each service", async () => {
    let isReady = false;
    const { dial } = await start({ ready: () => isReady });
    const session = await dial();
    const check = async (service: string): Promise<number[]> => [
      ...(await callOn(session, { path: CHECK, body: asking(service) })).body,
    ];
    expect(await check("")).toEqual(NOT_SERVING);
    isReady = true;
    expect(await check("")).toEqual(SERVING);
    expect(await check(LOGS_SERVICE)).toEqual(SERVING);
    expect([...(await callOn(session, { path: CHECK })).body]).toEqual(SERVING);
  });

  test("of a service that nobody has is not found", async () => {
    const { dial } = await start();
    const { status } = await callOn(await dial(), { path: CHECK, body: asking("a.B") });
    expect(status).toBe(GRPC.notFound);
  });

  test("is told to watchers, and that it ends", async () => {
    const { listener, dial } = await start();
    const first = Promise.withResolvers<void>();
    const watching = callOn(await dial(), {
      path: WATCH,
      drive: (stream) => {
        stream.once("data", () => first.resolve());
        stream.end(asking(""));
      },
    });
    await first.promise;
    await listener.drain();
    const { body, status } = await watching;
    expect([...body]).toEqual([...SERVING, ...NOT_SERVING]);
    expect(status).toBe(GRPC.unavailable);
  });

  test("of an unknown service is unknown to watchers", async () => {
    const { dial } = await start();
    const first = Promise.withResolvers<Buffer>();
    void callOn(await dial(), {
      path: WATCH,
      drive: (stream) => {
        stream.once("data", (piece: Buffer) => first.resolve(piece));
        stream.end(asking("a.B"));
      },
    });
    expect([...(await first.promise)]).toEqual([...framed(Uint8Array.of(8, 3))]);
  });
});

/** What a connection of HTTP/2 begins with (RFC 9113 section 3.4). */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

describe("a client that does a thing too often loses its connection", () => {
  const ended = (session: http2.ClientHttp2Session): Promise<void> =>
    new Promise((resolve) => session.on("close", () => resolve()));

  test("pings", async () => {
    const { bus, listener } = await start();
    const over = Promise.withResolvers<void>();
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: listener.port,
      socket: { data: () => undefined, close: () => over.resolve(), error: () => over.resolve() },
    });
    const settings = Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0);
    const ping = Uint8Array.of(0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8);
    const pings = Array.from({ length: GRPC_PINGS_MAX + 1 }, () => ping);
    socket.write(Buffer.concat([PREFACE, settings, ...pings]));
    await over.promise;
    expect(bus.of("grpc.connection_ended")).toEqual([{ what: "pings" }]);
  });

  test("but not for as many as it may have", async () => {
    const { bus, dial } = await start();
    const session = await dial();
    const answered = Array.from({ length: GRPC_PINGS_MAX }, () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      session.ping(() => resolve());
      return promise;
    });
    await Promise.all(answered);
    expect((await callOn(session)).status).toBe(GRPC.ok);
    expect(bus.of("grpc.connection_ended")).toEqual([]);
  });

  test("calls that it takes back", async () => {
    const { bus, dial } = await start({ fetch: () => new Promise<never>(() => undefined) });
    const session = await dial();
    session.on("error", () => undefined);
    const over = ended(session);
    for (let at = 0; at <= GRPC_RESETS_MAX && !session.destroyed; at++) {
      await callOn(session, {
        drive: (stream) => {
          stream.write(framed(new Uint8Array(3)), () => {
            stream.close(http2.constants.NGHTTP2_CANCEL);
          });
        },
      });
    }
    await over;
    expect(bus.of("grpc.connection_ended")).toEqual([{ what: "resets" }]);
  });
});

describe("a client that speaks something else is told of", () => {
  const told = (bus: RecordingBus): unknown[] => bus.of("client.misdirected");
  const HTTP = [{ kind: "http", cure: expect.stringContaining("this port speaks gRPC only") }];
  const REQUEST = "GET / HTTP/1.1\r\nhost: edge\r\n\r\n";

  /** Sends a request of HTTP/1.1, and waits for the end. */
  async function ended(socket: net.Socket): Promise<string> {
    let text = "";
    socket.on("data", (piece) => (text += piece.toString("latin1")));
    socket.on("error", () => undefined);
    await new Promise<void>((resolve) => {
      socket.on("close", () => resolve());
      socket.write(REQUEST);
    });
    return text;
  }

  test("HTTP/1.1", async () => {
    const { bus, listener } = await start();
    await ended(net.connect(listener.port, "127.0.0.1"));
    expect(told(bus)).toEqual(HTTP);
  });

  test("HTTP/1.1 where TLS is spoken, over TLS and not, with and without a word of it", async () => {
    const { ca, server } = issueCertificates(folder());
    const tls = { cert: server.cert, key: server.key, clientCa: undefined };
    const { bus, listener } = await start({ listener: { tls } });
    const at = { port: listener.port, host: "127.0.0.1", ca };
    await ended(connectTls({ ...at, ALPNProtocols: ["http/1.1"] }));
    expect(told(bus)).toEqual(HTTP);
    expect(await ended(connectTls(at))).toStartWith("HTTP/1.1 505 ");
    expect(told(bus)).toEqual([...HTTP, ...HTTP]);
    await ended(net.connect(listener.port, "127.0.0.1"));
    expect(told(bus)).toEqual([...HTTP, ...HTTP, ...HTTP]);
  });

  test("but none that says nothing, and none that speaks gRPC", async () => {
    const { bus, listener, dial } = await start();
    const silent = net.connect(listener.port, "127.0.0.1");
    await new Promise<void>((resolve) => void silent.once("connect", () => resolve()));
    silent.end();
    expect((await callOn(await dial())).status).toBe(GRPC.ok);
    expect(told(bus)).toEqual([]);
  });
});
