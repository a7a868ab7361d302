// What can go wrong with OTLP over gRPC, through the compiled executable: what the client is told,
// and that no call is lost that was taken.

import { afterEach, beforeAll, describe, expect, test } from "bun:test";
import type * as http2 from "node:http2";
import * as net from "node:net";
import { framed, GRPC } from "../../../src/core/grpc/index.ts";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { type Program, startProgram, WHERE } from "../../support/e2e-program.ts";
import { type BackendCall, GrpcBackend, withStatus } from "../../support/grpc/backend.ts";
import { callOn, type CallResult, connect } from "../../support/grpc/client.ts";

const BUILD_TIMEOUT_MS = 120_000;
/** Long enough for a busy machine to answer in, short enough to wait for. */
const SLOW_MS = 300;
const MESSAGE = framed(Uint8Array.of(10, 4, 10, 2, 10, 0));
const UNAVAILABLE = GRPC.unavailable;

describe.skipIf(!hasEntryPoint("edge-otlp"))(`faults of gRPC, executable ${WHERE}`, () => {
  let backend: GrpcBackend;
  let program: Program;
  let port: number;
  const sessions: http2.ClientHttp2Session[] = [];

  beforeAll(() => executable("edge-otlp"), BUILD_TIMEOUT_MS);
  afterEach(async () => {
    for (const session of sessions.splice(0)) session.destroy();
    await program[Symbol.asyncDispose]();
    await backend.stop();
  });

  async function start(more: object = {}): Promise<void> {
    backend = await GrpcBackend.start();
    const config = {
      listen_port: 0,
      grpc: { listen_port: 0 },
      log_format: "json",
      upstream_url: `grpc://127.0.0.1:${backend.port}`,
      ...more,
    };
    const files = { "config.json": JSON.stringify(config) };
    program = await startProgram("edge-otlp", { files, args: ["config.json"] });
    port = Number(
      await program.line((line) => /"server\.ready".*"url":"grpc:.*:(\d+)"/.exec(line)?.[1]),
    );
  }

  async function dial(): Promise<http2.ClientHttp2Session> {
    const session = await connect(port);
    session.on("error", () => undefined);
    sessions.push(session);
    return session;
  }

  /** `count` calls on one connection, `together` of them at a time. */
  async function load(count: number, together: number): Promise<Map<number | undefined, number>> {
    const session = await dial();
    const statuses = new Map<number | undefined, number>();
    let left = count;
    const one = async (): Promise<void> => {
      while (left > 0) {
        left--;
        const { status } = await callOn(session, { body: MESSAGE });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: together }, one));
    return statuses;
  }

  const single = async (fields: http2.OutgoingHttpHeaders = {}): Promise<CallResult> =>
    callOn(await dial(), { body: MESSAGE, fields });

  test("an upstream that is gone: unavailable, and well again when it is back", async () => {
    await start();
    const own = backend.port;
    await backend.stop();
    expect((await single()).status).toBe(UNAVAILABLE);
    backend = await GrpcBackend.start({ port: own });
    // The next attempt to connect waits a little.
    let status: number | undefined = UNAVAILABLE;
    while (status === UNAVAILABLE) status = (await single()).status;
    expect(status).toBe(GRPC.ok);
  });

  test("an upstream that is slow: unavailable after upstream_timeouts.first_byte_ms", async () => {
    await start({ upstream_timeouts: { first_byte_ms: SLOW_MS } });
    backend.respond = () => undefined;
    expect((await single()).status).toBe(UNAVAILABLE);
    expect(backend.calls[0]?.fields["grpc-timeout"]).toBe(`${SLOW_MS}m`);
  });

  test("an upstream that resets the stream: unavailable", async () => {
    await start();
    backend.respond = ({ stream }) => stream.close(2);
    expect((await single()).status).toBe(UNAVAILABLE);
  });

  test("a deadline that is over before the upstream has answered: deadline exceeded", async () => {
    await start();
    backend.respond = () => undefined;
    const { status } = await single({ "grpc-timeout": `${SLOW_MS}m` });
    expect(status).toBe(GRPC.deadlineExceeded);
  });

  test("a message above max_body_size: resource exhausted, and nothing is sent on", async () => {
    await start({ max_body_size: 1000 });
    const session = await dial();
    const { status } = await callOn(session, { body: framed(new Uint8Array(1001)) });
    expect(status).toBe(GRPC.resourceExhausted);
    expect(backend.calls).toEqual([]);
    expect((await callOn(session, { body: MESSAGE })).status).toBe(GRPC.ok);
  });

  test("garbage instead of frames: the end of that connection, and of no other", async () => {
    await start();
    const good = await dial();
    const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    for (const bytes of [
      Buffer.alloc(4096, 0xff),
      Buffer.concat([preface, Buffer.alloc(4096, 0xff)]),
      Buffer.concat([preface, Buffer.from("0000040000000000ffffff", "hex"), Buffer.alloc(100, 9)]),
    ]) {
      const socket = net.connect(port, "127.0.0.1");
      socket.on("error", () => undefined);
      const closed = new Promise<void>((resolve) => void socket.on("close", () => resolve()));
      socket.resume();
      socket.write(bytes);
      await closed;
    }
    expect((await callOn(good, { body: MESSAGE })).status).toBe(GRPC.ok);
  });

  test("10,000 streams on a connection: all answered", async () => {
    await start();
    expect([...(await load(10_000, 200))]).toEqual([[GRPC.ok, 10_000]]);
    expect(backend.calls).toHaveLength(10_000);
  });

  test("an upstream that says GOAWAY again and again under load: no call is lost", async () => {
    await start();
    let count = 0;
    const ok = withStatus(GRPC.ok);
    backend.respond = (call) => {
      ok(call);
      if (++count % 100 === 0) (call.stream.session as http2.ServerHttp2Session).close();
    };
    expect([...(await load(2000, 20))]).toEqual([[GRPC.ok, 2000]]);
    expect(backend.sessions.length).toBeGreaterThan(5);
  });

  test("SIGTERM with calls on their way: each is answered", async () => {
    await start();
    const held: BackendCall[] = [];
    const { promise: all, resolve: taken } = Promise.withResolvers<void>();
    const calls = 64;
    backend.respond = (call) => {
      held.push(call);
      if (held.length === calls) taken();
    };
    const session = await dial();
    const answers = Array.from({ length: calls }, () => callOn(session, { body: MESSAGE }));
    await all;
    const told = new Promise<void>((resolve) => void session.on("goaway", () => resolve()));
    program.signal("SIGTERM");
    await told;
    for (const call of held) withStatus(GRPC.ok)(call);
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(
      Array.from({ length: calls }, () => GRPC.ok),
    );
    expect(await program.exited).toBe(0);
  });
});
