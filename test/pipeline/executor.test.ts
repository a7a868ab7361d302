// The life of a request between its head and its upstream, without a socket.

import { describe, expect, test } from "bun:test";
import * as zlib from "node:zlib";
import type { Upstream, UpstreamRequest } from "../../src/pipeline/upstream.ts";
import { RecordingBus } from "../support/proxy-fakes.ts";
import { type HarnessOptions, proxyServer } from "../support/proxy-harness.ts";

interface Sent {
  readonly method: string;
  readonly target: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** An upstream without a network. */
class FakeUpstream implements Upstream {
  readonly name = "fake";
  readonly sent: Sent[] = [];

  async send({ method, target, headers, body }: UpstreamRequest): Promise<Response> {
    const bytes = Buffer.from(await new Response(body).arrayBuffer());
    this.sent.push({ method, target, headers: Object.fromEntries(headers), body: bytes });
    return new Response("taken", { status: 201 });
  }

  stop(): void {
    // Nothing is open.
  }
}

interface Done {
  readonly status: number;
  readonly answer: string;
  readonly sent: readonly Sent[];
  readonly bus: RecordingBus;
}

async function post(
  body: string | Uint8Array,
  headers: Record<string, string> = {},
  options: HarnessOptions = {},
): Promise<Done> {
  const upstream = new FakeUpstream();
  const bus = new RecordingBus();
  const { app } = proxyServer(bus, upstream, options);
  const length = String(Buffer.byteLength(body));
  const request = new Request("http://edge/lines?q=1", {
    method: "POST",
    body,
    headers: { "content-length": length, ...headers },
  });
  const response = await app.request(request);
  const answer = await response.text();
  return { status: response.status, answer, sent: upstream.sent, bus };
}

describe("without a policy for the signal", () => {
  test("the body goes through unread, even when it could not be decoded", async () => {
    const { sent, bus } = await post(
      "broken",
      { "content-encoding": "gzip" },
      { hasPolicies: false },
    );
    expect(sent.map(({ body }) => body.toString())).toEqual(["broken"]);
    expect(bus.of("records.evaluated")).toEqual([]);
    expect(bus.of("fail_open")).toEqual([]);
    expect(bus.of("prefilter.decided")).toEqual([
      { routeKind: "otlp_logs", decision: "fast_path" },
    ]);
  });
});

describe("with policies", () => {
  test("a body in which nothing changes leaves as the very bytes that came, still compressed", async () => {
    const gzip = zlib.gzipSync("keep\nkeep", { level: 9 });
    const { status, answer, sent, bus } = await post(gzip, { "content-encoding": "gzip" });
    expect([status, answer]).toEqual([201, "taken"]);
    expect(sent[0]?.body).toEqual(gzip);
    expect(sent[0]?.headers["content-encoding"]).toBe("gzip");
    expect(bus.of("records.evaluated")).toEqual([
      { telemetry: "otlp_logs", records: 2, dropped: 0, edited: 0, bytesIn: 9, bytesOut: 9 },
    ]);
    expect(bus.of("prefilter.decided")).toEqual([
      { routeKind: "otlp_logs", decision: "policy_path" },
    ]);
  });

  test("a changed body is sent in the coding that it came in", async () => {
    const { sent, bus } = await post(zlib.gzipSync("keep\ndrop me\nsecret"), {
      "content-encoding": "x-gzip",
    });
    expect(zlib.gunzipSync(sent[0]!.body).toString()).toBe("keep\n[REDACTED]");
    expect(sent[0]?.headers["content-encoding"]).toBe("x-gzip");
    expect(bus.of("records.evaluated")).toEqual([
      { telemetry: "otlp_logs", records: 3, dropped: 1, edited: 1, bytesIn: 19, bytesOut: 15 },
    ]);
  });

  test("digests of a body that was changed are not sent on, those of an unchanged one are", async () => {
    const digests = { "content-digest": "sha-256=:x:", "content-md5": "x" };
    const changed = await post("keep\ndrop", digests);
    expect(Object.keys(changed.sent[0]!.headers)).not.toContain("content-digest");
    expect(Object.keys(changed.sent[0]!.headers)).not.toContain("content-md5");
    const unchanged = await post("keep", digests);
    expect(unchanged.sent[0]?.headers["content-digest"]).toBe("sha-256=:x:");
  });

  test("when everything is dropped the upstream is not called and the backend's word is given", async () => {
    const { status, answer, sent, bus } = await post("drop\ndrop");
    expect([status, answer, sent]).toEqual([202, "none", []]);
    expect(bus.of("records.evaluated")).toEqual([
      { telemetry: "otlp_logs", records: 2, dropped: 2, edited: 0, bytesIn: 9, bytesOut: 0 },
    ]);
  });

  test("a body without records is not an all-dropped one", async () => {
    const { status, sent } = await post("");
    expect([status, sent.length]).toEqual([201, 1]);
  });
});

describe("what cannot be evaluated is forwarded as received and counted", () => {
  const gzip = { "content-encoding": "gzip" };
  const bomb = zlib.gzipSync(Buffer.alloc(3_000_000));
  const cases: readonly [string, string | Uint8Array, Record<string, string>, string, string][] = [
    ["corrupt gzip", "no gzip", gzip, "undecodable", "gzip: incorrect header check"],
    ["corrupt deflate", "x", { "content-encoding": "deflate" }, "undecodable", "raw-deflate:"],
    ["corrupt zstd", "x", { "content-encoding": "zstd" }, "undecodable", "zstd: not a whole"],
    ["a bomb", bomb, gzip, "decoded_too_large", "more than max_decoded_bytes, 2000000 bytes"],
    ["a body that is not in the format", "broken", {}, "undecodable", "no lines at byte 3"],
    ["a bug in the evaluation", "bug", {}, "internal_error", "a bug"],
  ];
  for (const [name, body, headers, reason, detail] of cases) {
    test(name, async () => {
      const { status, sent, bus } = await post(body, headers);
      expect(status).toBe(201);
      expect(sent[0]?.body).toEqual(Buffer.from(body));
      const [event, ...more] = bus.of("fail_open");
      expect(more).toEqual([]);
      expect(event).toMatchObject({ telemetry: "otlp_logs", reason, records: 0 });
      expect(event?.detail).toStartWith(detail);
      expect(bus.of("records.evaluated")).toEqual([]);
      expect(bus.of("request.failed")).toEqual([]);
    });
  }

  test("records that cannot be read inside a good batch are counted one by one", async () => {
    const { bus } = await post("keep\nunreadable\nunreadable");
    expect(bus.of("fail_open")).toEqual([
      {
        telemetry: "otlp_logs",
        reason: "unreadable_record",
        records: 2,
        detail: "records that cannot be read",
      },
    ]);
    const kept = await post("keep\nunreadable\ndrop");
    expect(kept.bus.of("records.evaluated")).toMatchObject([
      { records: 3, dropped: 1, unjudged: 1 },
    ]);
  });
});

describe("a body over the bound is refused and nothing is forwarded", () => {
  const options = { bodyBytesMax: 10 };
  for (const hasPolicies of [true, false]) {
    test(`${hasPolicies ? "with" : "without"} policies, at the bound and one above`, async () => {
      const fits = await post("0123456789", {}, { ...options, hasPolicies });
      expect([fits.status, fits.sent.length]).toEqual([201, 1]);
      const over = await post("0123456789a", {}, { ...options, hasPolicies });
      expect([over.status, over.sent.length]).toEqual([413, 0]);
      expect(JSON.parse(over.answer)).toEqual({
        error: "body_too_large",
        message: "the request body is larger than max_body_size, 10 bytes",
      });
      expect(over.bus.of("request.completed").map(({ status }) => status)).toEqual([413]);
    });
  }
});

test("a request that was answered is reported once, by its known path", async () => {
  const { bus } = await post("keep");
  const [event, ...more] = bus.of("request.completed");
  expect(more).toEqual([]);
  expect(event).toMatchObject({ method: "POST", knownPath: "v1_logs", status: 201, bytesIn: 4 });
});

test("the request's target and its end-to-end headers reach the upstream", async () => {
  const { sent } = await post("keep", { "x-tenant": "a", connection: "x-hop", "x-hop": "1" });
  expect(sent[0]?.target).toBe("/lines?q=1");
  expect(sent[0]?.headers["x-tenant"]).toBe("a");
  expect(sent[0]?.headers["x-hop"]).toBeUndefined();
});
