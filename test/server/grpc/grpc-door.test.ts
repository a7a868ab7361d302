// Calls over real connections: what request each becomes, and what its client is told, whatever
// becomes of it.

import { afterEach, describe, expect, test } from "bun:test";
import * as http2 from "node:http2";
import * as fc from "fast-check";
import { framed, GRPC, readStatusDetails, statusDetails } from "../../../src/core/grpc/index.ts";
import { GrpcDoor, listenGrpc } from "../../../src/server/grpc/index.ts";
import type { Listener } from "../../../src/server/listener.ts";
import { callOn, connect, LOGS } from "../../support/grpc/client.ts";
import { RecordingBus } from "../../support/proxy-fakes.ts";

const BODY_BYTES_MAX = 1_000_000;
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

type Answer = (request: Request) => Response | Promise<Response>;

async function start(fetch: Answer, ready = (): boolean => true) {
  const bus = new RecordingBus();
  const methods = { [LOGS]: "/v1/logs" };
  const door = new GrpcDoor({ methods, fetch, ready, bodyBytesMax: BODY_BYTES_MAX, bus });
  const listener = await listenGrpc({
    target: { kind: "tcp", host: "127.0.0.1", port: 0 },
    door,
    bus,
  });
  closing.push(() => listener.abort());
  const session = await client(listener);
  return { bus, door, listener, session };
}

async function client(listener: Listener): Promise<http2.ClientHttp2Session> {
  const session = await connect(listener.port);
  closing.push(() => session.destroy());
  return session;
}

/** A backend that takes everything, and what it was sent. */
function recorder(answer: () => Response = () => new Response(null)) {
  const requests: { readonly request: Request; readonly body: Uint8Array }[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    requests.push({ request, body: await request.bytes() });
    return answer();
  };
  return { requests, fetch };
}

const protobuf = (bytes: Uint8Array<ArrayBuffer>, status = 200, more = {}): Response =>
  new Response(bytes, { status, headers: { "content-type": "application/x-protobuf", ...more } });

describe("a call", () => {
  test("is a request over HTTP with the message as its body, and its metadata as headers", async () => {
    const { requests, fetch } = recorder();
    const { session } = await start(fetch);
    const fields = {
      "grpc-timeout": "10S",
      "user-agent": "grpc-go/1",
      "x-tenant": ["a", "b"],
      traceparent: "00-5b8efff798038103d269b633813fc60c-eee19b7ec3c1b174-01",
    };
    const { status } = await callOn(session, { body: framed(Uint8Array.of(1, 2, 3)), fields });
    expect(status).toBe(GRPC.ok);
    const [{ request, body } = { request: undefined, body: undefined }] = requests;
    expect([request?.method, request?.url]).toEqual(["POST", "/v1/logs"]);
    expect([...(body ?? [])]).toEqual([1, 2, 3]);
    expect(Object.fromEntries(request?.headers ?? [])).toEqual({
      "content-length": "3",
      "content-type": "application/x-protobuf",
      "grpc-timeout": "10S",
      traceparent: fields.traceparent,
      "user-agent": "grpc-go/1",
      "x-tenant": "a, b",
    });
  });

  test("whose message is compressed is a request whose body is", async () => {
    const { requests, fetch } = recorder();
    const { session } = await start(fetch);
    const fields = { "grpc-encoding": "gzip" };
    await callOn(session, { body: framed(Uint8Array.of(9), true), fields });
    await callOn(session, { body: framed(Uint8Array.of(9), false), fields });
    expect(requests.map(({ request }) => request.headers.get("content-encoding"))).toEqual([
      "gzip",
      null,
    ]);
  });

  test("is answered with the response's message and headers", async () => {
    const { session } = await start(() => protobuf(Uint8Array.of(10, 0), 200, { "x-up": "1" }));
    const { status, body, head } = await callOn(session);
    expect([status, [...body]]).toEqual([GRPC.ok, [0, 0, 0, 0, 2, 10, 0]]);
    expect(Object.entries(head) as unknown[]).toEqual([
      [":status", 200],
      ["x-up", "1"],
      ["content-type", "application/grpc"],
    ]);
  });

  test("is answered with an empty message when the backend says in another form that it took it", async () => {
    const { session } = await start(() => Response.json({ partialSuccess: {} }));
    const { status, body } = await callOn(session);
    expect([status, [...body]]).toEqual([GRPC.ok, [0, 0, 0, 0, 0]]);
  });

  test("comes byte for byte, whatever its size and its pieces", async () => {
    const { requests, fetch } = recorder();
    const { session } = await start(fetch);
    const sizes = [0, 1, 16_383, 16_384, 16_385, 262_144, 262_145, 700_000, BODY_BYTES_MAX];
    for (const size of sizes) {
      const message = new Uint8Array(size).map((_, at) => at * 31 + (at >> 8));
      const { status } = await callOn(session, { body: framed(message) });
      expect([size, status]).toEqual([size, GRPC.ok]);
      expect(Bun.hash(requests.at(-1)?.body ?? "")).toBe(Bun.hash(message));
    }
  });

  test("is answered when its client writes one byte at a time", async () => {
    const { requests, fetch } = recorder();
    const { session } = await start(fetch);
    const bytes = framed(Uint8Array.of(5, 6, 7, 8));
    const drive = (stream: http2.ClientHttp2Stream): void => {
      for (const byte of bytes) stream.write(Uint8Array.of(byte));
      stream.end();
    };
    expect((await callOn(session, { drive })).status).toBe(GRPC.ok);
    expect([...(requests[0]?.body ?? [])]).toEqual([5, 6, 7, 8]);
  });

  test("does not wait for those before it on its connection", async () => {
    const first = Promise.withResolvers<void>();
    let calls = 0;
    const { session } = await start(async () => {
      if (++calls === 1) await first.promise;
      return new Response(null);
    });
    const slow = callOn(session);
    expect((await callOn(session)).status).toBe(GRPC.ok);
    first.resolve();
    expect((await slow).status).toBe(GRPC.ok);
  });
});

describe("an error", () => {
  const CASES: readonly (readonly [number, Record<string, string>, number, number | undefined])[] =
    [
      [400, {}, GRPC.invalidArgument, undefined],
      [401, {}, GRPC.unauthenticated, undefined],
      [413, {}, GRPC.resourceExhausted, undefined],
      [429, { "retry-after": "7" }, GRPC.unavailable, 7],
      [502, {}, GRPC.unavailable, undefined],
      [503, { "retry-after": "1" }, GRPC.unavailable, 1],
      [503, { "retry-after": "Fri, 31 Dec 1999 23:59:59 GMT" }, GRPC.unavailable, undefined],
      [504, {}, GRPC.unavailable, undefined],
      [500, {}, GRPC.internal, undefined],
      [500, { "grpc-status": "10" }, GRPC.aborted, undefined],
      [500, { "grpc-status": "0" }, GRPC.internal, undefined],
    ];
  for (const [httpStatus, headers, code, retryAfterS] of CASES) {
    test(`${httpStatus} ${JSON.stringify(headers)} is told as ${code}`, async () => {
      const said = statusDetails({ code: 2, message: "für später" });
      const { session } = await start(() => protobuf(said.slice(), httpStatus, headers));
      const { status, text, details, body } = await callOn(session);
      expect([status, text, body.length]).toEqual([code, "f%C3%BCr sp%C3%A4ter", 0]);
      const wanted = { code, message: "für später", retryAfterS };
      expect(details && readStatusDetails(details)).toEqual(
        retryAfterS === undefined ? undefined : wanted,
      );
    });
  }

  test("that is no message of ours is told by its status", async () => {
    const { session } = await start(() => new Response("<html>", { status: 502 }));
    const { status, text } = await callOn(session);
    expect([status, text]).toEqual([GRPC.unavailable, "the upstream answered with status 502"]);
  });

  test.each([
    [200, GRPC.unavailable],
    [503, GRPC.unavailable],
    [400, GRPC.invalidArgument],
  ])("%i that breaks off is told as %i, and is no fault of the program", async (status, code) => {
    const breaking = (): Response => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(Uint8Array.of(10));
        },
        pull(controller) {
          controller.error(new Error("the upstream's answer broke off"));
        },
      });
      const headers = { "content-type": "application/x-protobuf", "content-length": "2" };
      return new Response(body, { status, headers });
    };
    const { session, bus } = await start(breaking);
    expect((await callOn(session)).status).toBe(code);
    expect(bus.of("request.failed")).toEqual([]);
  });

  test("of the program itself is told as one, and is reported", async () => {
    const { session, bus } = await start(() => {
      throw new Error("a fault");
    });
    const { status, text } = await callOn(session);
    expect([status, text]).toEqual([GRPC.internal, "the proxy failed on this call"]);
    expect(bus.of("request.failed")).toEqual([
      { knownPath: "other", class: "uncaught", reason: "a fault" },
    ]);
  });
});

describe("what is no call", () => {
  test("of a method that nobody has is told so, with those that there are", async () => {
    const { session, bus } = await start(recorder().fetch);
    const { status, text } = await callOn(session, { path: "/a.B/C" });
    expect([status, text]).toEqual([GRPC.unimplemented, `no such method; there are ${LOGS}`]);
    expect(bus.of("grpc.answered")).toEqual([{ method: "other", status: GRPC.unimplemented }]);
  });

  test("of a message compressed in no known way is no failure of this program", async () => {
    const { session, bus } = await start(recorder().fetch);
    const { status } = await callOn(session, { body: Uint8Array.of(1, 0, 0, 0, 0) });
    expect([status, bus.of("request.failed")]).toEqual([GRPC.internal, []]);
  });

  const FRAMES: readonly (readonly [string, Uint8Array, number])[] = [
    ["nothing", new Uint8Array(0), GRPC.invalidArgument],
    ["half a prefix", Uint8Array.of(0, 0, 0), GRPC.invalidArgument],
    ["less than it announces", Uint8Array.of(0, 0, 0, 0, 2, 1), GRPC.invalidArgument],
    ["more than it announces", Uint8Array.of(0, 0, 0, 0, 1, 1, 1), GRPC.invalidArgument],
    ["two messages", Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0), GRPC.invalidArgument],
    ["a flag that is none", Uint8Array.of(7, 0, 0, 0, 0), GRPC.invalidArgument],
    ["compressed in no known way", Uint8Array.of(1, 0, 0, 0, 0), GRPC.internal],
    ["a byte too many", Uint8Array.of(0, 0, 0x0f, 0x42, 0x41), GRPC.resourceExhausted],
    ["four gigabytes", Uint8Array.of(0, 255, 255, 255, 255), GRPC.resourceExhausted],
  ];
  for (const [what, body, code] of FRAMES) {
    test(`with ${what} is refused, and never a request`, async () => {
      const { requests, fetch } = recorder();
      const { session } = await start(fetch);
      expect((await callOn(session, { body })).status).toBe(code);
      expect(requests).toEqual([]);
      // The connection goes on.
      expect((await callOn(session)).status).toBe(GRPC.ok);
    });
  }

  test("but a request over HTTP is told what is spoken here, and counted", async () => {
    const { session, bus } = await start(recorder().fetch);
    const fields = { "content-type": "application/json" };
    const { httpStatus, status } = await callOn(session, { fields });
    expect([httpStatus, status]).toEqual([415, undefined]);
    const { httpStatus: ofGet } = await callOn(session, { fields: { ":method": "GET" } });
    expect(ofGet).toBe(415);
    expect(bus.of("client.misdirected").map(({ kind }) => kind)).toEqual(["http", "http"]);
  });

  test("and bytes that are no HTTP/2 harm nobody", async () => {
    const { session, listener } = await start(recorder().fetch);
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: listener.port,
      socket: { data: () => undefined, error: () => undefined },
    });
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    expect((await callOn(session)).status).toBe(GRPC.ok);
    socket.end();
  });

  test("any bytes at all get a status, and the connection goes on", async () => {
    const { session } = await start(recorder().fetch);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), async (body) => {
        const { status } = await callOn(session, { body });
        expect(status).toBeNumber();
      }),
      { numRuns: 200 },
    );
    expect((await callOn(session)).status).toBe(GRPC.ok);
  });
});

describe("a large message whose first bytes have been handed on", () => {
  const LARGE = 600_000;
  const HEAD = Uint8Array.of(0, 0, 9, 0x27, 0xc0);

  test("but which ends too soon is refused", async () => {
    const { session, bus } = await start(recorder().fetch);
    const body = Buffer.concat([HEAD, new Uint8Array(LARGE - 1)]);
    expect((await callOn(session, { body })).status).toBe(GRPC.invalidArgument);
    expect(bus.of("request.failed")).toEqual([]);
  });

  test("but which goes on behind its end is refused", async () => {
    const { session } = await start(recorder().fetch);
    const body = Buffer.concat([HEAD, new Uint8Array(LARGE + 1)]);
    expect((await callOn(session, { body })).status).toBe(GRPC.invalidArgument);
  });

  test("but which its client takes back is no fault of anybody's", async () => {
    const started = Promise.withResolvers<void>();
    const { session, bus } = await start(async (request) => {
      started.resolve();
      await request.bytes();
      return new Response(null);
    });
    const over = callOn(session, {
      drive: (stream) => {
        stream.write(Buffer.concat([HEAD, new Uint8Array(LARGE / 2)]));
        void started.promise.then(() => stream.close(http2.constants.NGHTTP2_CANCEL));
      },
    });
    await over;
    expect(await bus.first("grpc.answered")).toMatchObject({ status: GRPC.cancelled });
    expect(bus.of("request.failed")).toEqual([]);
  });
});

describe("a client's patience", () => {
  test("ends with its deadline: it is told, and the request is given up", async () => {
    const aborted = Promise.withResolvers<void>();
    const { session, bus, listener } = await start((request) => {
      request.signal.addEventListener("abort", () => aborted.resolve());
      return new Promise<never>(() => undefined);
    });
    const { status } = await callOn(session, { fields: { "grpc-timeout": "20m" } });
    expect(status).toBe(GRPC.deadlineExceeded);
    await aborted.promise;
    expect(bus.of("client.timed_out")).toEqual([{ phase: "deadline" }]);
    expect(listener.connections).toBe(1);
  });

  test("ends when it takes the call back: the request is given up", async () => {
    const asked = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    const { session, door, bus } = await start((request) => {
      asked.resolve();
      request.signal.addEventListener("abort", () => aborted.resolve());
      return new Promise<never>(() => undefined);
    });
    const over = callOn(session, {
      drive: (stream) => {
        stream.end(framed(new Uint8Array(0)));
        void asked.promise.then(() => stream.close(http2.constants.NGHTTP2_CANCEL));
      },
    });
    await aborted.promise;
    expect((await over).status).toBeUndefined();
    await bus.first("grpc.answered");
    expect([door.pending, bus.of("grpc.answered")[0]?.status]).toEqual([0, GRPC.cancelled]);
  });

  test("ends in the middle of a message: there is no request", async () => {
    const { requests, fetch } = recorder();
    const { session, bus } = await start(fetch);
    const over = callOn(session, {
      drive: (stream) => {
        stream.write(Uint8Array.of(0, 0, 0, 0, 9, 1), () => {
          stream.close(http2.constants.NGHTTP2_CANCEL);
        });
      },
    });
    await over;
    await bus.first("grpc.answered");
    expect(requests).toEqual([]);
  });
});
