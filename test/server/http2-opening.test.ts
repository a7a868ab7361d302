// Clients of HTTP/2 in the clear that ask for nothing: those that are slow and those that speak
// something else are closed and counted, those that leave are not.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { Http2Opening } from "../../src/server/http2-opening.ts";
import { listen } from "../../src/server/listener.ts";
import { rawExchange } from "../support/proxy-harness.ts";

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
function frame(type: number, payload = "", flags = 0): Buffer {
  const { length } = payload;
  const head = [length >> 16, length >> 8, length, type, flags, 0, 0, 0, type === 1 ? 1 : 0];
  return Buffer.concat([Buffer.from(head), Buffer.from(payload)]);
}
const SETTINGS = frame(4);
const PING = frame(6, "\x01".repeat(8));

test("a request has begun with the first frame of headers, however it comes in pieces", () => {
  const others = fc.array(fc.constantFrom(SETTINGS, PING, frame(0x42, "\x01".repeat(300))));
  const run = fc.property(others, fc.integer({ min: 1, max: 40 }), (before, piece) => {
    const bytes = Buffer.concat([PREFACE, ...before, frame(1, "abc")]);
    const begins = bytes.length - "abc".length - 9 + 4;
    const opening = new Http2Opening();
    for (let at = 0; at < bytes.length; at += piece) {
      opening.take(bytes.subarray(at, at + piece));
      expect(opening.isOver).toBe(Math.min(bytes.length, at + piece) >= begins);
    }
  });
  fc.assert(run, { numRuns: 200 });
});

/** What was reported of a client that sent these bytes and waits. */
async function reported(bytes: Buffer, headTimeoutMs: number) {
  const reports: unknown[] = [];
  const listener = await listen({
    target: { kind: "tcp", host: "127.0.0.1", port: 0 },
    idleTimeoutMs: 60_000,
    headTimeoutMs,
    fetch: () => new Response("ok"),
    onTimeout: (phase) => reports.push(phase),
    onRefused: (status) => reports.push(status),
  });
  try {
    const { end } = await rawExchange(listener.port, bytes, () => false);
    return [end, ...reports];
  } finally {
    await listener.abort();
  }
}

describe("a connection of HTTP/2 that asks for nothing", () => {
  const slow: readonly (readonly [string, Buffer])[] = [
    ["with its settings", Buffer.concat([PREFACE, SETTINGS])],
    ["with pings", Buffer.concat([PREFACE, SETTINGS, PING, PING])],
    ["with half a frame", Buffer.concat([PREFACE, SETTINGS, frame(1, "abc").subarray(0, 3)])],
  ];
  test.each(slow)("is closed and counted, %s", async (_, bytes) => {
    expect(await reported(bytes, 100)).toEqual(["closed", "head"]);
  });

  test("is refused and counted, with what is no HTTP/2 behind its first line", async () => {
    const bytes = Buffer.concat([PREFACE.subarray(0, 18), Buffer.from("hello, here is no frame")]);
    expect(await reported(bytes, 60_000)).toEqual(["closed", 400]);
  });
});
