// Upstreams that speak gRPC frame by frame: what becomes of a call that no library would answer so.

import { afterEach, describe, expect, test } from "bun:test";
import * as http2 from "node:http2";
import {
  goaway,
  informational,
  rawHttp2Server,
  reset,
  status,
} from "../../support/grpc/raw-http2-server.ts";
import { clientOf, send } from "../../support/grpc/upstream.ts";

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

describe("a call that", () => {
  function against(answer: Parameters<typeof rawHttp2Server>[0]) {
    const server = rawHttp2Server(answer);
    closing.push(() => server.stop());
    return { server, ...clientOf(`grpc://127.0.0.1:${server.port}`) };
  }
  const { NGHTTP2_REFUSED_STREAM: REFUSED, NGHTTP2_INTERNAL_ERROR: BROKEN } = http2.constants;

  test("is refused is made again on a new connection, since nobody has looked at it", async () => {
    const { upstream, server } = against((stream, connection) =>
      connection === 0 ? reset(stream, REFUSED) : status(stream, 0),
    );
    expect((await send(upstream, null)).status).toBe(200);
    expect(server.streams).toHaveLength(2);
  });

  test("is refused twice is a failure", async () => {
    const { upstream, server } = against((stream) => reset(stream, REFUSED));
    expect(await codeOf(send(upstream, null))).toBe("upstream_failed");
    expect(server.streams).toHaveLength(2);
  });

  test("is reset on a new connection is a failure, and is not made again", async () => {
    const { upstream, server } = against((stream) => reset(stream, BROKEN));
    expect(await codeOf(send(upstream, null))).toBe("upstream_failed");
    expect(server.streams).toHaveLength(1);
  });

  test("came behind the last one that a leaving server looked at is made again", async () => {
    const { upstream, server } = against((stream, connection) =>
      connection === 0 ? goaway(0) : status(stream, 0),
    );
    expect((await send(upstream, null)).status).toBe(200);
    expect(server.streams).toHaveLength(2);
  });

  test("meets a server that closes its connection is a failure", async () => {
    const { upstream } = against(() => "close");
    expect(await codeOf(send(upstream, null))).toBe("upstream_failed");
  });

  test.each([
    [20, "answered"],
    [21, "upstream_failed"],
  ])("is answered %d times that it goes on is %s", async (times, outcome) => {
    const { upstream } = against((stream) =>
      Buffer.concat([
        ...Array.from({ length: times }, () => informational(stream)),
        status(stream, 0),
      ]),
    );
    const sent = send(upstream, null);
    if (outcome === "answered") expect((await sent).status).toBe(200);
    else expect(await codeOf(sent)).toBe(outcome);
  });

  test("meets bytes that are no frames is a failure", async () => {
    const { upstream } = against(() => Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"));
    expect(await codeOf(send(upstream, null))).toBe("upstream_failed");
  });

  test("is answered with a status alone has it", async () => {
    const { upstream } = against((stream) => status(stream, 3));
    expect((await send(upstream, null)).status).toBe(400);
  });

  async function codeOf(sending: Promise<Response>): Promise<unknown> {
    const error = await sending.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return error instanceof Error && "code" in error ? error.code : error;
  }
});
