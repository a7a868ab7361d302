// Explanations of posted bodies: which forms are read, which policies are named, what is refused,
// and that nothing is counted, charged or forwarded.

import { describe, expect, test } from "bun:test";
import * as zlib from "node:zlib";
import { EXPLAIN_BODY_BYTES_MAX, EXPLAIN_RECORDS_MAX } from "../../src/core/limits.ts";
import {
  AdminEdge,
  DROP_DEBUG,
  JSON_HEADERS,
  logRecord,
  otlpLogs,
  REDACT_MAIL,
} from "../support/admin-edge.ts";

const ON = { admin: { show_payloads: true } };
const POLICIES = [DROP_DEBUG, REDACT_MAIL];

interface Explained {
  readonly version: number;
  readonly signal: string;
  readonly records: number;
  readonly unexplained?: number;
  readonly note?: string;
  readonly explanations: readonly {
    readonly verdict: string;
    readonly matched: readonly { readonly id: string }[];
    readonly winner: { readonly id: string; readonly why: string } | null;
    readonly edits: readonly unknown[];
  }[];
}

/** Time for explaining is never over. */
const standing = (): number => 0;

function explain(
  edge: AdminEdge,
  query: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = JSON_HEADERS,
): Promise<Response> {
  const init = { method: "POST", headers, body: body as Bun.BodyInit };
  return edge.ask(`/_edge/explain${query}`, init);
}

async function explained(...args: Parameters<typeof explain>): Promise<Explained> {
  const response = await explain(...args);
  expect([response.status, response.headers.get("content-type")]).toEqual([
    200,
    "application/json",
  ]);
  return (await response.json()) as Explained;
}

test("tells of each record which policies match, which decides and why, and what is edited", async () => {
  await using edge = await AdminEdge.start(ON, POLICIES, standing);
  const records = [
    logRecord("DEBUG", "a@b.c"),
    logRecord("INFO", "to jane@example.com"),
    logRecord("INFO", "x"),
  ];
  const {
    version,
    signal,
    records: count,
    explanations,
  } = await explained(edge, "?signal=log", otlpLogs(...records));
  expect([version, signal, count]).toEqual([1, "log", 3]);
  expect(
    explanations.map(({ verdict, matched, winner }) => [
      verdict,
      matched.map(({ id }) => id),
      winner,
    ]),
  ).toEqual([
    [
      "drop",
      ["drop-debug", "redact-mail"],
      { id: "drop-debug", why: "keep none is the most restrictive of 2" },
    ],
    ["keep", ["redact-mail"], { id: "redact-mail", why: "the only match, keep all" }],
    ["keep", [], null],
  ]);
  expect(explanations.map(({ edits }) => edits)).toEqual([
    [],
    [
      {
        policy: "redact-mail",
        operation: "redact matches in body",
        before: "to jane@example.com",
        after: "to [MAIL]",
        changed: true,
      },
    ],
    [],
  ]);
});

test("counts nothing, charges no limit and asks no upstream", async () => {
  const rate = {
    id: "rate",
    name: "r",
    log: { match: [{ log_field: "body", contains: "x" }], keep: "1/m" },
  };
  await using edge = await AdminEdge.start(ON, [rate], standing);
  const body = otlpLogs(logRecord("INFO", "x"));
  for (let i = 0; i < 3; i++) {
    const { explanations } = await explained(edge, "?signal=log", body);
    expect(explanations.map(({ verdict }) => verdict)).toEqual(["keep"]);
  }
  expect(edge.upstream.requests.length).toBe(0);
  expect(edge.bus.of("records.evaluated")).toEqual([]);
  expect(edge.assembly.engine.totals().map(({ hits, misses }) => [hits, misses])).toEqual([[0, 0]]);
  await edge.ask("/v1/logs", { method: "POST", headers: JSON_HEADERS, body });
  expect(edge.upstream.requests.length).toBe(1);
});

describe("bodies are read by the rules of the data path", () => {
  const body = otlpLogs(logRecord("DEBUG", "x"));
  const datadog = '[{"status":"DEBUG","message":"x"},{"status":"info","message":"y"}]';
  const series = '{"series":[{"metric":"a","points":[]}]}';
  const field = (number: number, payload: Uint8Array): Uint8Array =>
    Uint8Array.from([(number << 3) | 2, payload.length, ...payload]);
  const record = field(3, new TextEncoder().encode("DEBUG"));
  const protobuf = field(1, field(2, field(2, record)));
  const metric = { match: [{ metric_field: "name", exact: "a" }], keep: false };
  const policies = [DROP_DEBUG, { id: "no-a", name: "n", metric }];
  const gzip = { ...JSON_HEADERS, "content-encoding": "gzip" };
  const cases: readonly [
    string,
    string,
    string | Uint8Array,
    Readonly<Record<string, string>>,
    readonly string[],
  ][] = [
    ["OTLP JSON", "?signal=log", body, JSON_HEADERS, ["drop"]],
    ["OTLP JSON, the plural", "?signal=logs&form=otlp", body, JSON_HEADERS, ["drop"]],
    ["OTLP JSON, compressed", "?signal=log", zlib.gzipSync(body), gzip, ["drop"]],
    [
      "OTLP protobuf",
      "?signal=log",
      protobuf,
      { "content-type": "application/x-protobuf" },
      ["drop"],
    ],
    ["an array is Datadog's", "?signal=log", ` \n${datadog}`, JSON_HEADERS, ["drop", "keep"]],
    ["Datadog by name", "?signal=log&form=datadog", '{"status":"DEBUG"}', JSON_HEADERS, ["drop"]],
    ["Datadog series", "?signal=metric&form=datadog", series, JSON_HEADERS, ["drop"]],
  ];
  for (const [name, query, posted, headers, want] of cases) {
    test(name, async () => {
      await using edge = await AdminEdge.start(ON, policies, standing);
      const { explanations } = await explained(edge, query, posted, headers);
      expect(explanations.map(({ verdict }) => verdict)).toEqual([...want]);
    });
  }
});

describe("what is refused says what to do", () => {
  const body = otlpLogs(logRecord("DEBUG", "x"));
  const text = { "content-type": "text/plain" };
  const cases: readonly [
    string,
    string,
    string,
    Readonly<Record<string, string>>,
    number,
    string,
    string,
  ][] = [
    [
      "no signal",
      "",
      body,
      JSON_HEADERS,
      400,
      "bad_query",
      "signal is missing: use log, metric, trace",
    ],
    [
      "another signal",
      "?signal=event",
      body,
      JSON_HEADERS,
      400,
      "bad_query",
      "signal=event: use log, metric, trace",
    ],
    [
      "another form",
      "?signal=log&form=x",
      body,
      JSON_HEADERS,
      400,
      "bad_query",
      "form=x: use datadog, loki, otlp",
    ],
    [
      "a word more",
      "?signal=log&n=1",
      body,
      JSON_HEADERS,
      400,
      "bad_query",
      '"n" is no parameter of this page; use signal, form',
    ],
    [
      "another type",
      "?signal=log",
      body,
      text,
      415,
      "unknown_body",
      'no log records are read from content-type "text/plain" with content-encoding "none" in the form otlp; send what this distribution evaluates, and say which with form=datadog or form=loki or form=otlp',
    ],
    [
      "traces of Datadog",
      "?signal=trace&form=datadog",
      body,
      JSON_HEADERS,
      415,
      "unknown_body",
      'no trace records are read from content-type "application/json" with content-encoding "none" in the form datadog; send what this distribution evaluates, and say which with form=datadog or form=loki or form=otlp',
    ],
    [
      "broken JSON",
      "?signal=log",
      '{"resourceLogs":[',
      JSON_HEADERS,
      400,
      "undecodable",
      "at byte 17",
    ],
    [
      "broken gzip",
      "?signal=log",
      "nonsense",
      { ...JSON_HEADERS, "content-encoding": "gzip" },
      400,
      "undecodable",
      "gzip: incorrect header check",
    ],
  ];
  for (const [name, query, posted, headers, status, error, message] of cases) {
    test(name, async () => {
      await using edge = await AdminEdge.start(ON, POLICIES, standing);
      const response = await explain(edge, query, posted, headers);
      const document = (await response.json()) as { error: string; message: string };
      expect([response.status, document.error]).toEqual([status, error]);
      expect(document.message).toEndWith(message);
    });
  }

  test("off by default", async () => {
    await using edge = await AdminEdge.start({}, POLICIES);
    const response = await explain(edge, "?signal=log", body);
    expect([response.status, await response.json()]).toEqual([
      403,
      {
        error: "payloads_hidden",
        message: "explanations quote records; set admin.show_payloads to true and restart",
      },
    ]);
  });

  test("a body above the bound, with and without a length", async () => {
    await using edge = await AdminEdge.start(ON, POLICIES, standing);
    const padding = (bytes: number) => `${body.slice(0, -1)}${" ".repeat(bytes - body.length)}}`;
    const most = EXPLAIN_BODY_BYTES_MAX;
    expect((await explain(edge, "?signal=log", padding(most))).status).toBe(200);
    const stream = (bytes: number) =>
      edge.ask("/_edge/explain?signal=log", {
        method: "POST",
        headers: JSON_HEADERS,
        body: new Blob([padding(bytes)]).stream(),
      });
    expect((await stream(most)).status).toBe(200);
    for (const response of [
      await explain(edge, "?signal=log", padding(most + 1)),
      await explain(edge, "?signal=log", "x", { ...JSON_HEADERS, "content-length": `${most + 1}` }),
      await stream(most + 1),
    ]) {
      expect([response.status, await response.json()]).toEqual([
        413,
        {
          error: "body_too_large",
          message: `a body to explain has at most ${most} bytes; send less`,
        },
      ]);
    }
  });

  test("a body that is too large when decoded", async () => {
    await using edge = await AdminEdge.start({ ...ON, max_decoded_bytes: 1000 }, POLICIES);
    const gzip = { ...JSON_HEADERS, "content-encoding": "gzip" };
    const response = await explain(edge, "?signal=log", zlib.gzipSync(" ".repeat(1001)), gzip);
    expect([response.status, ((await response.json()) as { error: string }).error]).toEqual([
      413,
      "decoded_too_large",
    ]);
  });
});

test("where no policy looks at the signal, there is nothing to explain", async () => {
  await using edge = await AdminEdge.start(ON, POLICIES, standing);
  expect(await explained(edge, "?signal=trace", "{}")).toEqual({
    version: 1,
    signal: "trace",
    note: "no policy looks at signal trace: its requests are forwarded unread",
    explanations: [],
  } as unknown as Explained);
});

describe("bounds of the work", () => {
  const many = (count: number) => otlpLogs(...Array(count).fill(logRecord("DEBUG", "x")));

  test("so many records are explained, the others counted", async () => {
    await using edge = await AdminEdge.start(ON, POLICIES, standing);
    for (const [count, unexplained] of [
      [EXPLAIN_RECORDS_MAX, undefined],
      [EXPLAIN_RECORDS_MAX + 1, 1],
    ] as const) {
      const document = await explained(edge, "?signal=log", many(count));
      expect([document.records, document.unexplained, document.explanations.length]).toEqual([
        count,
        unexplained,
        EXPLAIN_RECORDS_MAX,
      ]);
    }
  });

  test("when the time is over, the rest is counted, but the first is always explained", async () => {
    let nowMs = 0;
    await using edge = await AdminEdge.start(ON, POLICIES, () => (nowMs += 15));
    const { records, unexplained, explanations, note } = await explained(
      edge,
      "?signal=log",
      many(10),
    );
    expect([records, unexplained, explanations.length, note]).toEqual([
      10,
      7,
      3,
      "one body is explained for at most 100 records and 40 ms",
    ]);
  });
});
