// Bodies of scrapes through a whole proxy: large ones arrive whole, and nothing incomplete ever
// looks complete.

import { afterEach, describe, expect, test } from "bun:test";
import * as net from "node:net";
import { gunzipSync, gzipSync } from "node:zlib";
import { LOOP_SHARE_MS } from "../../../src/core/limits.ts";
import { filterScrape } from "../../../src/pipeline/scrape/scrape-body.ts";
import { EXPOSITION_FORMAT } from "../../../src/protocols/prometheus/exposition-format.ts";
import { LoopShare } from "../../../src/system/loop-share.ts";
import type { RawResponse } from "../../support/proxy-harness.ts";
import { rawResponse } from "../../support/recording-upstream.ts";
import { INPUT, OUTPUT, proxy, stopAll, TEXT } from "./scrape-proxy.ts";

afterEach(stopAll);

/** A chunked answer that is not ended. */
function openResponse(headers: Record<string, string>, ...pieces: (string | Buffer)[]): Buffer {
  const head = Object.entries({ ...headers, "transfer-encoding": "chunked" });
  const lead = `HTTP/1.1 200 OK\r\n${head.map(([key, value]) => `${key}: ${value}\r\n`).join("")}\r\n`;
  const chunks = pieces.map((piece) => {
    const bytes = Buffer.from(piece);
    return Buffer.concat([
      Buffer.from(`${bytes.length.toString(16)}\r\n`),
      bytes,
      Buffer.from("\r\n"),
    ]);
  });
  return Buffer.concat([Buffer.from(lead), ...chunks]);
}

/** The body of a raw answer, without its chunks, and whether the last chunk came. */
function dechunked({ text, end }: RawResponse): { body: string; isWhole: boolean; end: string } {
  const headEnd = text.indexOf("\r\n\r\n");
  let rest = headEnd < 0 ? "" : text.slice(headEnd + 4);
  let body = "";
  for (;;) {
    const at = rest.indexOf("\r\n");
    if (at < 0) return { body, isWhole: false, end };
    const size = Number.parseInt(rest.slice(0, at), 16);
    if (Number.isNaN(size)) throw new Error(`no chunks in ${text.slice(0, 400)}`);
    if (size === 0) return { body, isWhole: true, end };
    body += rest.slice(at + 2, at + 2 + size);
    rest = rest.slice(at + 2 + size + 2);
  }
}

describe("an answer that breaks off", () => {
  const many = Array.from({ length: 4000 }, (_, i) => `a{i="${i}"} 1\n`);

  test.each(["", "Accept-Encoding: gzip\r\n"])(
    "on the way in breaks off on the way out (%j)",
    async (head) => {
      const own = await proxy({}, ({ socket }) => {
        socket.write(openResponse(TEXT, many.join("")), () => socket.destroy());
        return undefined;
      });
      const answer = await own.raw(head);
      expect(answer.text).toStartWith("HTTP/1.1 200 OK\r\n");
      expect(dechunked(answer)).toMatchObject({ isWhole: false, end: "reset" });
      const failure = await (await own.scrape()).text().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      expect(own.bus.of("scrape.completed").map(({ outcome }) => outcome)).toEqual([
        "upstream_failed",
        "upstream_failed",
      ]);
    },
  );
  test("also when only its gzip does", async () => {
    const packed = gzipSync(many.join(""));
    const cut = packed.subarray(0, packed.length - 9);
    const own = await proxy({}, () =>
      rawResponse(200, { ...TEXT, "content-encoding": "gzip" }, cut),
    );
    expect(dechunked(await own.raw("")).isWhole).toBe(false);
    expect(own.bus.of("scrape.completed")).toMatchObject([{ outcome: "upstream_failed" }]);
    expect(own.bus.of("scrape.cut_off")).toHaveLength(1);
  });
  test("also when it is no gzip at all", async () => {
    const headers = { ...TEXT, "content-encoding": "gzip" };
    const own = await proxy({}, () => rawResponse(200, headers, INPUT));
    expect(dechunked(await own.raw("")).isWhole).toBe(false);
  });
  const packed = gzipSync(INPUT);
  test.each([
    ["one zero byte", packed, Buffer.alloc(1)],
    ["many zero bytes", packed, Buffer.alloc(100_000)],
    ["zero bytes in pieces", Buffer.concat([packed, Buffer.of(0, 0)]), Buffer.of(0)],
    ["another member", packed, gzipSync("")],
    ["another member and zero bytes", packed, Buffer.concat([gzipSync(""), Buffer.alloc(9)])],
  ])("not at the end of gzip with %s behind it", async (_, first, second) => {
    for (const split of [true, false]) {
      const pieces = split ? [first, second] : [Buffer.concat([first, second])];
      const own = await proxy({}, () =>
        Buffer.concat([
          openResponse({ ...TEXT, "content-encoding": "gzip" }, ...pieces),
          Buffer.from("0\r\n\r\n"),
        ]),
      );
      expect(await (await own.scrape()).text()).toBe(OUTPUT);
      expect(own.bus.of("scrape.completed")).toMatchObject([{ outcome: "ok" }]);
    }
  });
  test.each([
    ["a byte", Buffer.of(1)],
    ["text", Buffer.from("a 1\n")],
    ["a byte behind zero bytes", Buffer.of(0, 0, 7)],
    ["a member behind zero bytes", Buffer.concat([Buffer.of(0), packed])],
    ["the first byte of a member", Buffer.of(0x1f)],
    ["half a member", packed.subarray(0, 20)],
  ])("at the end of gzip with %s behind it", async (_, garbage) => {
    for (const split of [true, false]) {
      const pieces = split ? [packed, garbage] : [Buffer.concat([packed, garbage])];
      const own = await proxy({}, () =>
        Buffer.concat([
          openResponse({ ...TEXT, "content-encoding": "gzip" }, ...pieces),
          Buffer.from("0\r\n\r\n"),
        ]),
      );
      expect(dechunked(await own.raw(""))).toMatchObject({ isWhole: false, end: "reset" });
      expect(own.bus.of("scrape.completed")).toMatchObject([{ outcome: "upstream_failed" }]);
    }
  });
  test("also when something stands behind gzip and the exporter's answer has no end", async () => {
    const headers = { ...TEXT, "content-encoding": "gzip" };
    const own = await proxy({}, () =>
      openResponse(headers, Buffer.concat([packed, Buffer.of(1, 2)])),
    );
    expect(dechunked(await own.raw("")).isWhole).toBe(false);
    await own.upstream.allClosed();
  });
  test("ends the fetch when the scraper goes away", async () => {
    const own = await proxy({}, ({ socket }) => {
      const more = (): void => {
        while (!socket.destroyed && socket.write(openResponse({}, many.join("")).subarray(50)));
      };
      socket.write(openResponse(TEXT, many.join("")));
      socket.on("drain", more);
      more();
      return undefined;
    });
    const abort = new AbortController();
    const answer = await fetch(`${own.url}/metrics`, { signal: abort.signal });
    await answer.body!.getReader().read();
    abort.abort();
    const done = await own.bus.first("scrape.completed");
    await own.upstream.allClosed();
    expect(["client_gone", "upstream_failed"]).toContain(done.outcome);
  });
});

describe("limits", () => {
  const rows = Array.from({ length: 100 }, (_, i) => `a{i="${100 + i}"} 1\n`);
  const body = rows.join("");
  const rowBytes = rows[0]!.length;

  test.each([
    ["input", body.length],
    ["output", body.length],
    ["input", 0],
    ["output", 0],
  ])("an exposition of just the %s limit is whole (%d)", async (which, max) => {
    const own = await proxy({ [`${which}BytesMax`]: max }, () => rawResponse(200, TEXT, body));
    expect(await (await own.scrape()).text()).toBe(body);
  });
  test.each([
    ["input", body.length - 1, 99],
    ["output", body.length - 1, 99],
    ["input", rowBytes * 10, 10],
    ["output", rowBytes * 10 + 3, 10],
    ["input", 1, 0],
    ["output", 1, 0],
  ])("one above the %s limit of %d ends after line %d, cut off", async (which, max, count) => {
    const own = await proxy({ [`${which}BytesMax`]: max }, () => rawResponse(200, TEXT, body));
    const got = dechunked(await own.raw(""));
    expect(got).toEqual({ body: rows.slice(0, count).join(""), isWhole: false, end: "reset" });
    expect(own.bus.of("scrape.cut_off")).toEqual([
      { target: "default", reason: `${which}_limit`, bytesMax: max },
    ]);
    expect(own.bus.of("scrape.completed")).toMatchObject([{ outcome: `${which}_limit` }]);
  });
  test("hold without policies as well", async () => {
    const own = await proxy({ policies: [], outputBytesMax: 20 }, () =>
      rawResponse(200, TEXT, body),
    );
    expect(dechunked(await own.raw(""))).toEqual({
      body: rows[0]!,
      isWhole: false,
      end: "reset",
    });
    expect(own.bus.of("records.evaluated")).toEqual([]);
  });
  test("are of decoded bytes, and hold for what comes in as gzip", async () => {
    const headers = { ...TEXT, "content-encoding": "gzip" };
    const own = await proxy({ inputBytesMax: body.length - 1 }, () =>
      rawResponse(200, headers, gzipSync(body)),
    );
    expect(dechunked(await own.raw(""))).toEqual({
      body: rows.slice(0, 99).join(""),
      isWhole: false,
      end: "reset",
    });
  });
});

describe("a large exposition", () => {
  const rows = Array.from({ length: 60_000 }, (_, i) =>
    i % 3 === 0 ? `noise{i="${i}"} ${i}\n` : `a{i="${i}"} ${i * 7}\n`,
  );
  const body = rows.join("");
  const want = rows.filter((row) => row.startsWith("a")).join("");

  test.each([
    ["http1", "gzip", "gzip"],
    ["http1", "identity", "identity"],
    ["fetch", "gzip", "identity"],
    ["fetch", "identity", "gzip"],
  ] as const)("arrives whole through %s, from %s as %s", async (transport, from, to) => {
    const own = await proxy({ transport }, () =>
      from === "gzip"
        ? rawResponse(200, { ...TEXT, "content-encoding": "gzip" }, gzipSync(body))
        : rawResponse(200, TEXT, body),
    );
    const answer = await own.scrape("/metrics", { "accept-encoding": to });
    const bytes = Buffer.from(await answer.arrayBuffer());
    const text = (to === "gzip" ? gunzipSync(bytes) : bytes).toString();
    expect(text === want).toBe(true);
  });

  test("arrives whole at a scraper that reads slowly", async () => {
    const large = body.repeat(8);
    const own = await proxy({}, () => rawResponse(200, TEXT, large));
    const socket = net.connect(own.listener.port, "127.0.0.1");
    socket.write("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let text = "";
    for await (const piece of socket) {
      // All that is on its way waits meanwhile.
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      text += Buffer.from(piece as Uint8Array).toString("latin1");
    }
    const got = dechunked({ text, end: "closed" });
    expect([got.body === want.repeat(8), got.isWhole]).toEqual([true, true]);
  });
});

describe("an exposition that costs much", () => {
  const PROTOBUF =
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
  test.each([
    ["lines", "text/plain", (size: number) => Buffer.alloc(size, "\n")],
    ["comments", "text/plain", (size: number) => Buffer.alloc(size, "# HELP x y\n")],
    ["families", PROTOBUF, (size: number) => Buffer.alloc(size)],
  ])("of nothing but empty %s leaves turns to others all along", async (_, type, body) => {
    const size = 200_000;
    let nowMs = 0;
    const share = new LoopShare(() => nowMs++ * LOOP_SHARE_MS);
    const source = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(body(size));
        controller.close();
      },
    });
    let others = 0;
    let isDone = false;
    const other = (): void => {
      if (isDone) return;
      others++;
      setImmediate(other);
    };
    const create = EXPOSITION_FORMAT.filterOf(new Headers({ "content-type": type }));
    const counts = Promise.withResolvers<number>();
    setImmediate(other);
    const filtered = filterScrape({
      source,
      isGzip: false,
      asGzip: false,
      filterTo: (sink) =>
        create!({ evaluation: undefined, sink, inputBytesMax: 1e9, outputBytesMax: 1e9 }),
      sent: () => undefined,
      ended: (__, filter) => counts.resolve(filter.counts.bytesIn),
      share,
    });
    await new Response(filtered).bytes();
    isDone = true;
    expect(await counts.promise).toBe(size);
    expect(others).toBeGreaterThan(size / 20_000);
  });
});
