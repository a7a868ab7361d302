// What becomes of rate limits and counts when a scrape does not arrive whole.

import { afterEach, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { Flow, type Keep, ServiceLedger, ServiceLedgers } from "../../../src/policy/index.ts";
import { policyOf } from "../../support/engine.ts";
import { type Respond, rawResponse } from "../../support/recording-upstream.ts";
import { proxy, type ScrapeProxy, stopAll, TEXT } from "./scrape-proxy.ts";

afterEach(stopAll);

const RATE: Keep = { kind: "rate", count: 3, windowMs: 60_000 };
const KEYED: Keep = {
  ...RATE,
  key: { kind: "attribute", scope: "record", path: ["k"] },
};
const FOUR = 'a{k="1"} 1\na{k="1"} 2\na{k="1"} 3\na{k="1"} 4\n';
const THREE = FOUR.split("\n").slice(0, 3).join("\n").concat("\n");

async function limited(keep: Keep, more = {}): Promise<ScrapeProxy> {
  const policies = [policyOf("limit", [], keep, { signal: "metric" })];
  return proxy({ policies, ...more }, () => rawResponse(200, TEXT, FOUR));
}

/** What a scrape gives, or what it broke off with. */
const scrape = (own: ScrapeProxy): Promise<string> =>
  own
    .scrape()
    .then((answer) => answer.text())
    .catch(() => "cut off");

const head = (headers: string): string =>
  `HTTP/1.1 200 OK\r\ncontent-type: ${TEXT["content-type"]}\r\n${headers}\r\n`;
const half: Respond = ({ socket }) => {
  socket.end(head("content-length: 100000\r\n") + FOUR);
  return undefined;
};
const broken: Respond = () => {
  const gzip = gzipSync(FOUR);
  gzip[gzip.length - 6]! ^= 0xff;
  return rawResponse(200, { ...TEXT, "content-encoding": "gzip" }, gzip);
};

test.each([
  ["breaks off", half, RATE, 3],
  ["breaks off", half, KEYED, 3],
  // Nothing of it was decoded.
  ["is broken gzip", broken, RATE, 0],
])(
  "after an exposition that %s its samples are not held against the limit",
  async (_, respond, keep, lost) => {
    const own = await limited(keep);
    const good = own.upstream.respond;
    own.upstream.respond = respond;
    expect(await scrape(own)).toBe("cut off");
    const event = { telemetry: "prometheus_metrics", reason: "upstream_failed", records: lost };
    expect(own.bus.of("records.lost")).toEqual(lost === 0 ? [] : [event as never]);
    own.upstream.respond = good;
    expect(await scrape(own)).toBe(THREE);
    expect(await scrape(own)).toBe("");
  },
);

test("a scrape that reaches a bound of its own is given back as well", async () => {
  const own = await limited(RATE, { outputBytesMax: 25 });
  expect(await scrape(own)).toBe("cut off");
  expect(own.bus.of("records.lost")).toMatchObject([{ reason: "too_large" }]);
  own.upstream.respond = () => rawResponse(200, TEXT, 'a{k="1"} 1\na{k="1"} 2\n');
  expect(await scrape(own)).toBe('a{k="1"} 1\na{k="1"} 2\n');
});

test("a target that answers with an error charges nothing and loses nothing", async () => {
  const own = await limited(RATE);
  const good = own.upstream.respond;
  own.upstream.respond = () => rawResponse(503, TEXT, FOUR);
  expect(await scrape(own)).toBe(FOUR);
  own.upstream.respond = good;
  expect(await scrape(own)).toBe(THREE);
  expect(own.bus.of("records.lost")).toEqual([]);
});

test("a scrape that arrives stays charged, whatever its pieces", async () => {
  const own = await limited(RATE);
  own.upstream.respond = ({ socket }) => {
    const [one, two, three, four] = FOUR.split("\n");
    socket.write(head(`content-length: ${FOUR.length}\r\n`));
    for (const line of [one, two, three, four]) socket.write(`${line}\n`);
    return undefined;
  };
  expect(await scrape(own)).toBe(THREE);
  expect(await scrape(own)).toBe("");
  expect(own.bus.of("records.evaluated")).toMatchObject([
    { records: 4, dropped: 1, limited: 1 },
    { records: 4, dropped: 4, limited: 4 },
  ]);
});

test("the samples of a scrape are its target's, whatever labels they have", async () => {
  const policies = [
    policyOf("drop", [], { kind: "rate", count: 1, windowMs: 60_000 }, { signal: "metric" }),
  ];
  const ledgers = new ServiceLedgers();
  const body = 'a{job="shop"} 1\na{job="cart"} 2\n';
  const services = new ServiceLedger(ledgers.open());
  const own = await proxy({ policies, services }, () => rawResponse(200, TEXT, body));
  const left = await scrape(own);
  const rows: unknown[] = [];
  ledgers.drain((signal, service, counts) => {
    const [records, bytesIn, bytesOut] = [Flow.records, Flow.bytesIn, Flow.bytesOut].map(
      (at) => counts[at],
    );
    rows.push([signal, service, records, counts[Flow.limited], bytesIn, bytesOut]);
  });
  expect(rows).toEqual([
    ["metric", { kind: "named", name: "default" }, 2, 1, body.length, left.length],
  ]);
});

test("a line that cannot be read is one record: failed open, and not kept", async () => {
  const policies = [policyOf("drop", [], { kind: "none" }, { signal: "metric" })];
  const long = `${"x".repeat(1024 * 1024 + 1)}\n`;
  const own = await proxy({ policies }, () => rawResponse(200, TEXT, `oops\na 1\n${long}`));
  expect(await scrape(own)).toBe(`oops\n${long}`);
  expect(own.bus.of("records.evaluated")).toMatchObject([{ records: 3, dropped: 1, unjudged: 2 }]);
  const opened = own.bus.of("fail_open").map(({ reason, records }) => [reason, records]);
  expect(opened).toEqual([
    ["unreadable_record", 1],
    ["line_too_long", 1],
  ]);
});
