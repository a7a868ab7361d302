// Taps over every format: what they see before and after policies, and that requests go on exactly
// as without them.

import { describe, expect, test } from "bun:test";
import * as zlib from "node:zlib";
import {
  AdminEdge,
  DROP_DEBUG,
  JSON_HEADERS,
  logRecord,
  otlpLogs,
  REDACT_MAIL,
} from "../../support/admin-edge.ts";

type Line = Record<string, unknown>;

/** What a tap shows of `act`, without its notes and times. */
async function tapped(
  edge: AdminEdge,
  query: string,
  act: () => Promise<unknown>,
): Promise<Line[]> {
  const response = await edge.ask(`/_edge/tap/${query}`);
  expect([response.status, response.headers.get("content-type")]).toEqual([
    200,
    "application/x-ndjson",
  ]);
  await act();
  edge.bus.emit("server.draining", { signal: "SIGTERM", timeoutMs: 1 });
  const lines = (await response.text()).trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Line).filter(({ tap }) => tap === undefined);
}

function post(
  edge: AdminEdge,
  path: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
) {
  return edge.ask(path, { method: "POST", headers, body: body as Bun.BodyInit });
}

const ON = { tap_enabled: true, admin: { show_payloads: true } };
const MAIL = logRecord("INFO", "from jane@example.com");
const CLEAN = logRecord("INFO", "from [MAIL]");
const DEBUG = logRecord("DEBUG", "noise");
const PLAIN = logRecord("INFO", "plain");
const POLICIES = [DROP_DEBUG, REDACT_MAIL];

describe("OTLP JSON", () => {
  const body = otlpLogs(DEBUG, MAIL, PLAIN);

  test("before policies, every record is there as it came, with what becomes of it", async () => {
    await using edge = await AdminEdge.start(ON, POLICIES);
    const lines = await tapped(edge, "pre", () => post(edge, "/v1/logs", body, JSON_HEADERS));
    expect(
      lines.map(({ seq, decision, dropped_by, record }) => [seq, decision, dropped_by, record]),
    ).toEqual([
      [1, "drop", "drop-debug", DEBUG],
      [2, "edit", undefined, MAIL],
      [3, "keep", undefined, PLAIN],
    ]);
    expect(lines.map(({ policies }) => policies)).toEqual([["drop-debug"], ["redact-mail"], []]);
  });

  test("after policies, it is there as it goes on, and dropped ones are named", async () => {
    await using edge = await AdminEdge.start(ON, POLICIES);
    const lines = await tapped(edge, "post", () => post(edge, "/v1/logs", body, JSON_HEADERS));
    expect(
      lines.map(({ decision, dropped_by, record, bytes }) => [decision, dropped_by, record, bytes]),
    ).toEqual([
      ["drop", "drop-debug", undefined, 0],
      ["edit", undefined, CLEAN, JSON.stringify(CLEAN).length],
      ["keep", undefined, PLAIN, JSON.stringify(PLAIN).length],
    ]);
    expect(edge.upstream.last.body.toString()).toBe(otlpLogs(CLEAN, PLAIN));
  });

  test("several requests, several taps, compressed", async () => {
    await using edge = await AdminEdge.start(ON, POLICIES);
    const other = await edge.ask("/_edge/tap/post?decision=edit&n=2");
    const headers = { ...JSON_HEADERS, "content-encoding": "gzip" };
    const lines = await tapped(edge, "pre?policy=drop-debug", async () => {
      await post(edge, "/v1/logs", zlib.gzipSync(body), headers);
      await post(edge, "/v1/logs", zlib.gzipSync(body), headers);
    });
    expect(lines.map(({ record }) => record)).toEqual([DEBUG, DEBUG]);
    const shown = (await other.text()).trimEnd().split("\n").slice(1, 3);
    expect(shown.map((line) => (JSON.parse(line) as Line)["record"])).toEqual([CLEAN, CLEAN]);
  });

  test("a record whose edits change nothing is kept as it was", async () => {
    await using edge = await AdminEdge.start(ON, [REDACT_MAIL]);
    const odd = logRecord("INFO", "only an @ here");
    const act = () => post(edge, "/v1/logs", otlpLogs(odd), JSON_HEADERS);
    const lines = await tapped(edge, "post", act);
    expect(lines.map(({ decision, record }) => [decision, record])).toEqual([["keep", odd]]);
  });

  test("equal records are all shown", async () => {
    await using edge = await AdminEdge.start(ON, POLICIES);
    const act = () => post(edge, "/v1/logs", otlpLogs(PLAIN, PLAIN, PLAIN), JSON_HEADERS);
    expect((await tapped(edge, "pre", act)).length).toBe(3);
  });

  test("of a body that cannot be decoded, nothing is shown, and it goes on as it came", async () => {
    await using edge = await AdminEdge.start(ON, POLICIES);
    const broken = body.slice(0, -1);
    const act = () => post(edge, "/v1/logs", broken, JSON_HEADERS);
    for (const stage of ["pre", "post"]) expect(await tapped(edge, stage, act)).toEqual([]);
    expect(edge.upstream.last.body.toString()).toBe(broken);
    expect(edge.bus.of("fail_open").map(({ reason }) => reason)).toEqual([
      "undecodable",
      "undecodable",
    ]);
  });

  test("without payloads, sizes and decisions are all that is told", async () => {
    await using edge = await AdminEdge.start({ tap_enabled: true }, POLICIES);
    for (const stage of ["pre", "post"]) {
      const act = () => post(edge, "/v1/logs", body, JSON_HEADERS);
      const lines = await tapped(edge, stage, act);
      expect(lines.map(({ decision }) => decision)).toEqual(["drop", "edit", "keep"]);
      for (const word of ["noise", "jane", "plain", "MAIL"]) {
        expect(JSON.stringify(lines)).not.toContain(`${word}"`);
        expect(Object.keys(lines[1]!)).not.toContain("record");
      }
    }
  });
});

describe("where no policy looks at the signal", () => {
  test("records are shown all the same, and the body goes on byte for byte", async () => {
    await using edge = await AdminEdge.start(ON);
    const odd = `${otlpLogs(PLAIN, DEBUG).slice(0, -1)} , "future": 1.50 }`;
    const act = () => post(edge, "/v1/logs", odd, JSON_HEADERS);
    for (const stage of ["pre", "post"]) {
      const lines = await tapped(edge, stage, act);
      expect(lines.map(({ decision, policies, record }) => [decision, policies, record])).toEqual([
        ["keep", [], PLAIN],
        ["keep", [], DEBUG],
      ]);
      expect(edge.upstream.last.body.toString()).toBe(odd);
    }
  });

  test("other signals are not touched", async () => {
    await using edge = await AdminEdge.start(ON);
    const act = () => post(edge, "/v1/logs", otlpLogs(PLAIN), JSON_HEADERS);
    expect(await tapped(edge, "pre?signal=metrics", act)).toEqual([]);
    expect(edge.bus.of("prefilter.decided").map(({ decision }) => decision)).toContain("fast_path");
    expect(edge.bus.of("records.evaluated")).toEqual([]);
  });
});

/** One length-delimited field. */
function field(number: number, payload: Uint8Array): Uint8Array {
  return Uint8Array.from([(number << 3) | 2, payload.length, ...payload]);
}
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

test("OTLP protobuf", async () => {
  const record = (severity: string, body: string): Uint8Array =>
    Uint8Array.from([...field(3, text(severity)), ...field(5, field(1, text(body)))]);
  const records = [
    record("DEBUG", "noise"),
    record("INFO", "jane@example.com"),
    record("INFO", "x"),
  ];
  const scope = field(2, Uint8Array.from(records.flatMap((one) => [...field(2, one)])));
  const body = field(1, scope);
  const headers = { "content-type": "application/x-protobuf" };
  await using edge = await AdminEdge.start(ON, POLICIES);
  const act = () => post(edge, "/v1/logs", body, headers);
  const shown = (lines: readonly Line[]) => lines.map(({ decision, base64 }) => [decision, base64]);
  expect(shown(await tapped(edge, "pre", act))).toEqual([
    ["drop", records[0]!.toBase64()],
    ["edit", records[1]!.toBase64()],
    ["keep", records[2]!.toBase64()],
  ]);
  expect(shown(await tapped(edge, "post", act))).toEqual([
    ["drop", undefined],
    ["edit", record("INFO", "[MAIL]").toBase64()],
    ["keep", records[2]!.toBase64()],
  ]);
});

describe("Datadog", () => {
  const records = [
    { status: "debug", message: "noise" },
    { status: "info", message: "jane@example.com", ddtags: "env:prod" },
    { status: "info", message: "x" },
  ];
  const policies = [
    {
      id: "drop-debug",
      name: "d",
      log: { match: [{ log_field: "severity_text", exact: "debug" }], keep: "none" },
    },
    REDACT_MAIL,
    {
      id: "no-env",
      name: "n",
      log: {
        match: [{ resource_attribute: "deployment.environment", exists: true }],
        keep: "all",
        transform: { remove: [{ resource_attribute: "deployment.environment" }] },
      },
    },
  ];

  for (const [name, body] of [
    ["an array", JSON.stringify(records)],
    ["a record a line", records.map((one) => JSON.stringify(one)).join("\n")],
  ] as const) {
    test(`logs as ${name}`, async () => {
      await using edge = await AdminEdge.start(ON, policies);
      const act = () => post(edge, "/api/v2/logs", body, JSON_HEADERS);
      const shown = (lines: readonly Line[]) =>
        lines.map(({ decision, record }) => [decision, record]);
      expect(shown(await tapped(edge, "pre", act))).toEqual([
        ["drop", records[0]],
        ["edit", records[1]],
        ["keep", records[2]],
      ]);
      const after = await tapped(edge, "post", act);
      expect(after.map(({ decision }) => decision)).toEqual(["drop", "edit", "keep"]);
      expect(after[1]!["record"]).toMatchObject({ message: "[MAIL]" });
      expect(JSON.stringify(after[1])).not.toContain("env:prod");
    });
  }

  test("series", async () => {
    const series = [
      { metric: "a", points: [{ timestamp: 1, value: 1 }] },
      { metric: "b", points: [{ timestamp: 1, value: 2 }] },
    ];
    const metric = { match: [{ metric_field: "name", exact: "a" }], keep: false };
    await using edge = await AdminEdge.start(ON, [{ id: "no-a", name: "n", metric }]);
    const act = () => post(edge, "/api/v2/series", JSON.stringify({ series }), JSON_HEADERS);
    const lines = await tapped(edge, "pre?signal=metric", act);
    expect(lines.map(({ decision, dropped_by, record }) => [decision, dropped_by, record])).toEqual(
      [
        ["drop", "no-a", series[0]],
        ["keep", undefined, series[1]],
      ],
    );
  });
});

describe("Prometheus", () => {
  const exposition = '# TYPE a gauge\na{x="1"} 1\n# TYPE b gauge\nb 2\nb{y="1"} 3\nb{y="2"} 3\n';

  test("samples of a scrape, judged or not", async () => {
    const metric = { match: [{ metric_field: "name", exact: "a" }], keep: false };
    for (const policies of [[{ id: "no-a", name: "n", metric }], []]) {
      await using edge = await AdminEdge.start(ON, policies);
      edge.upstream.respond = () =>
        Buffer.from(
          `HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: ${exposition.length}\r\n\r\n${exposition}`,
        );
      const isJudged = policies.length > 0;
      const kept = isJudged ? exposition.slice(exposition.indexOf("# TYPE b")) : exposition;
      for (const stage of ["pre", "post"] as const) {
        const lines = await tapped(edge, stage, async () => {
          expect(await (await edge.ask("/metrics")).text()).toBe(kept);
        });
        const dropped = isJudged && stage === "post" ? undefined : 'a{x="1"} 1';
        expect(lines.map(({ decision, text: shown }) => [decision, shown])).toEqual([
          [isJudged ? "drop" : "keep", dropped],
          ["keep", "b 2"],
          ["keep", 'b{y="1"} 3'],
          ["keep", 'b{y="2"} 3'],
        ]);
      }
    }
  });
});
