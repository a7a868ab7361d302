// Taps that look for a text, that take only some records of a second, and that write documents.

import { describe, expect, test } from "bun:test";
import { TapSubscriptions, type TapBatch } from "../../../src/admin/tap/tap-subscriptions.ts";
import { textSearch } from "../../../src/admin/tap/text-search.ts";
import {
  AdminEdge,
  DROP_DEBUG,
  JSON_HEADERS,
  logRecord,
  otlpLogs,
} from "../../support/admin-edge.ts";

const ON = { tap_enabled: true, admin: { show_payloads: true } };

async function tapped(query: string, path: string, body: string): Promise<readonly unknown[]> {
  await using edge = await AdminEdge.start(ON, [DROP_DEBUG]);
  const url = await edge.listen();
  const tap = await fetch(`${url}/_edge/tap/${query}`);
  await fetch(`${url}${path}`, { method: "POST", headers: JSON_HEADERS, body });
  await edge.ask("/_edge/status");
  edge.bus.emit("server.draining", { signal: "SIGTERM", timeoutMs: 1 });
  const lines = (await tap.text()).trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as unknown).slice(1, -1);
}

describe("a text", () => {
  const cases: readonly (readonly [text: string, record: string, want: boolean])[] = [
    ["cart", '{"body":"the cart of ada"}', true],
    ["carT", '{"body":"the cart of ada"}', false],
    ['say "hi"', String.raw`{"body":"say \"hi\" now"}`, true],
    ["a\tb", String.raw`{"body":"a\tb"}`, true],
    ["käse", '{"body":"käse"}', true],
    ["0123456789ABCDEF0123456789abcdef", '{"t":"0123456789abcdef0123456789abcdef"}', true],
    ["0123456789abcdef", '{"t":"0123456789ABCDEF"}', true],
    ["0123456789abcde", '{"t":"0123456789ABCDE"}', false],
  ];
  for (const [text, record, want] of cases) {
    test(`${text} ${want ? "is" : "is not"} in ${record}`, () => {
      const bytes = new TextEncoder().encode(`xx${record}yy`);
      expect(textSearch(text)(bytes, 2, bytes.length - 2)).toBe(want);
    });
  }

  test("is not found around the record", () => {
    const bytes = new TextEncoder().encode("abc");
    expect(textSearch("a")(bytes, 1, 3)).toBe(false);
    expect(textSearch("bc")(bytes, 1, 3)).toBe(true);
    expect(textSearch("bc")(bytes, 1, 2)).toBe(false);
  });

  test("of an id is found in its bytes", () => {
    const id = "00ff10203040506070809000a0b0c0d0";
    const bytes = new Uint8Array([1, ...Uint8Array.fromHex(id), 2]);
    expect(textSearch(id.toUpperCase())(bytes, 0, bytes.length)).toBe(true);
  });

  test("chooses the records that a tap shows, also those that are dropped", async () => {
    const body = otlpLogs(
      logRecord("DEBUG", "cart 1"),
      logRecord("INFO", "x"),
      logRecord("INFO", "cart 2"),
    );
    for (const stage of ["pre", "post"]) {
      const lines = await tapped(`${stage}?text=cart%201&text=cart%202`, "/v1/logs", body);
      expect(lines).toMatchObject([
        { decision: "drop", dropped_by: "drop-debug" },
        { decision: "keep", record: { body: { stringValue: "cart 2" } } },
      ]);
    }
  });

  test("is not looked for while payloads are hidden, as the answer would tell them", async () => {
    await using edge = await AdminEdge.start({ tap_enabled: true });
    const response = await edge.ask("/_edge/tap/pre?text=a");
    expect([response.status, await response.json()]).toEqual([
      403,
      {
        error: "payloads_hidden",
        message:
          "a text is looked for in what records hold; set admin.show_payloads to true and restart",
      },
    ]);
  });
});

test("a tap takes as many records of a second as it asks for, and loses none by that", () => {
  const left: TapBatch[] = [];
  let nowMs = 5_000;
  const taps = new TapSubscriptions(
    (batch) => void left.push(batch),
    () => nowMs,
  );
  const filter = { signals: [], policies: [], decisions: [] };
  taps.show([{ id: 1, stage: "pre", filter, perSecondMax: 2 }]);
  const bytes = new Uint8Array(3);
  const judge = (): void => {
    const evaluation = taps.watching({ evaluation: () => undefined }).evaluation("log")!;
    evaluation.begin();
    for (let i = 0; i < 3; i++) {
      evaluation.beginRecord();
      evaluation.decide(0);
      evaluation.offer(bytes, 0, 3, "line");
    }
    evaluation.commit();
  };
  judge();
  judge();
  nowMs = 6_000;
  judge();
  expect(left.map(({ records, losses }) => [records.length, losses.size])).toEqual([
    [2, 0],
    [2, 0],
  ]);
});

describe("the format capture", () => {
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] };
  const scope = { name: "s" };
  const body = JSON.stringify({
    resourceLogs: [
      {
        resource,
        scopeLogs: [{ scope, logRecords: [logRecord("DEBUG", "x"), logRecord("INFO", "y")] }],
      },
    ],
  });

  test("has each record in a document of its own, with resource and scope", async () => {
    expect(await tapped("pre?format=capture", "/v1/logs", body)).toMatchObject(
      [logRecord("DEBUG", "x"), logRecord("INFO", "y")].map((record) => ({
        signal: "log",
        document: { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: [record] }] }] },
      })),
    );
  });

  test("has what goes on of edited requests, and nothing of what is dropped", async () => {
    const lines = await tapped("post?format=capture", "/v1/logs", body);
    expect(lines).toMatchObject([
      { decision: "drop", bytes: 0 },
      { document: { resourceLogs: [{ resource, scopeLogs: [{ scope }] }] } },
    ]);
    expect(JSON.stringify(lines[0])).not.toContain("document");
  });

  test("has streams of Loki with their labels, and logs of Datadog as they are", async () => {
    const push = { streams: [{ stream: { app: "a" }, values: [["1", "line"]] }] };
    expect(
      await tapped("pre?format=capture", "/loki/api/v1/push", JSON.stringify(push)),
    ).toMatchObject([{ encoding: "loki_json", document: push }]);
    expect(await tapped("pre?format=capture", "/api/v2/logs", '[{"message":"m"}]')).toMatchObject([
      { encoding: "datadog_json", document: { message: "m" } },
    ]);
  });
});
