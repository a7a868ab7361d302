// Bodies in a coding that a protocol brings: judged in clear, sent on in that coding again, or as
// they came when they cannot be read.

import { expect, test } from "bun:test";
import * as zlib from "node:zlib";
import { SMALL_BODY_BYTES_MAX } from "../../../src/core/limits.ts";
import type { Upstream } from "../../../src/pipeline/upstream.ts";
import { bodyCodingOf } from "../../../src/protocols/content.ts";
import type { InnerCoding, ProxyModule, Unpacked } from "../../../src/protocols/index.ts";
import { lineFormat, RecordingBus } from "../../support/proxy-fakes.ts";
import { proxyServer } from "../../support/proxy-harness.ts";

const MAGIC = 0x7a;
/** In place of the first byte: what is said to become more than the bound. */
const HUGE = 0x7b;
const FLIP = 0xff;

/** A byte that says what it is, and then the text with all bits flipped; a step for each KiB. */
const flipped: InnerCoding = {
  expectedBytes: (coded) => (coded[0] === HUGE ? 1_000_001 : coded.length - 1),
  *decode(coded): Generator<undefined, Unpacked> {
    if (coded[0] !== MAGIC) return { kind: "corrupt", detail: "not flipped" };
    return { kind: "ok", bytes: yield* flip(coded.subarray(1)) };
  },
  *encode(clear) {
    const rest = yield* flip(clear);
    return Uint8Array.of(MAGIC, ...rest);
  },
};

function* flip(bytes: Uint8Array): Generator<undefined, Uint8Array> {
  const out = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at++) {
    if (at % 1024 === 0) yield;
    out[at] = (bytes[at] as number) ^ FLIP;
  }
  return out;
}

function code(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(MAGIC, ...Buffer.from(text).map((byte) => byte ^ FLIP));
}

const module: ProxyModule = {
  name: "flipped",
  routes: [{ match: { kind: "any" }, knownPath: "other", routeKind: "lines" }],
  plan: ({ headers }) => ({
    kind: "filter",
    telemetry: "lines",
    signal: "log",
    coding: bodyCodingOf(headers) ?? "identity",
    inner: flipped,
    format: lineFormat,
    upstream: "logs",
    emptyResponse: { status: 204, body: new Uint8Array(0) },
  }),
};

/** What goes out for a body, what the client gets, and what is said about it. */
async function posted(body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  const sent: Uint8Array[] = [];
  const upstream: Upstream = {
    name: "default",
    send: async (request) => {
      sent.push(new Uint8Array(await new Response(request.body).arrayBuffer()));
      return new Response("taken");
    },
    stop: () => undefined,
  };
  const bus = new RecordingBus();
  const { app } = proxyServer(bus, upstream, { modules: [module], decodedBytesMax: 1_000_000 });
  const response = await app.request("/x", { method: "POST", body, headers });
  const answer = [response.status, response.headers.get("content-length"), await response.text()];
  const [evaluated] = bus.of("records.evaluated");
  const [failed] = bus.of("fail_open");
  return { sent: sent[0], answer, evaluated, failed };
}

test("what is left is coded again", async () => {
  const { sent, evaluated } = await posted(code("a\ndrop\nsecret"));
  expect(sent).toEqual(code("a\n[REDACTED]"));
  expect(evaluated).toMatchObject({ records: 3, dropped: 1, bytesIn: 13, bytesOut: 12 });
});

test("also inside of a coding of HTTP", async () => {
  const body = new Uint8Array(zlib.gzipSync(code("a\ndrop")));
  const { sent } = await posted(body, { "content-encoding": "gzip" });
  expect(new Uint8Array(zlib.gunzipSync(sent!))).toEqual(code("a"));
});

test("what nothing changes goes out as it came", async () => {
  const body = new Uint8Array(zlib.gzipSync(code("a\nb")));
  const { sent } = await posted(body, { "content-encoding": "gzip" });
  expect(sent).toEqual(body);
});

test("a large body comes to the same", async () => {
  const text = `${"line\n".repeat(SMALL_BODY_BYTES_MAX / 4)}drop`;
  const { sent } = await posted(code(text));
  expect(Buffer.compare(sent!, code(text.slice(0, -5)))).toBe(0);
});

test("when all is dropped, an answer without a body is one", async () => {
  const { sent, answer } = await posted(code("drop"));
  expect(sent).toBeUndefined();
  expect(answer).toEqual([204, null, ""]);
});

test.each([
  ["corrupt", 1, "undecodable", "not flipped"],
  ["too large", HUGE, "decoded_too_large", "more than max_decoded_bytes, 1000000 bytes"],
] as const)("a body that is %s goes out as it came, counted", async (_, first, reason, detail) => {
  const body = new Uint8Array(zlib.gzipSync(Uint8Array.of(first, 2, 3)));
  const { sent, failed } = await posted(body, { "content-encoding": "gzip" });
  expect(sent).toEqual(body);
  expect(failed).toEqual({ telemetry: "lines", reason, records: 0, detail });
});
