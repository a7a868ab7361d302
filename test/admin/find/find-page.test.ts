// /_edge/find of a whole proxy: forwarded, dropped by which policy, or never seen; and what it does
// not claim.

import { describe, expect, test } from "bun:test";
import { FIND_SAMPLES_PER_SECOND } from "../../../src/core/limits.ts";
import {
  AdminEdge,
  DROP_DEBUG,
  JSON_HEADERS,
  logRecord,
  otlpLogs,
} from "../../support/admin-edge.ts";

const ON = { admin: { find: true, show_payloads: true } };
const [KEPT, DROPPED, BOTH, NEVER] = ["1", "2", "3", "4"].map((digit) => digit.repeat(32)) as [
  string,
  string,
  string,
  string,
];
const withId = (severity: string, text: string, traceId: string): object => ({
  ...logRecord(severity, text),
  traceId,
});

async function post(edge: AdminEdge, path: string, body: string): Promise<number> {
  return (await edge.ask(path, { method: "POST", headers: JSON_HEADERS, body })).status;
}

async function find(edge: AdminEdge, query: string): Promise<Record<string, unknown>> {
  return (await (await edge.ask(`/_edge/find?${query}`)).json()) as Record<string, unknown>;
}

/** Without times. */
function places(document: Record<string, unknown>): unknown {
  const found = document["found"] as Record<string, unknown>[];
  return found.map(({ from: _from, to: _to, ...rest }) => rest);
}

async function filled(keys: object = ON): Promise<AdminEdge> {
  const edge = await AdminEdge.start(keys as Record<string, unknown>, [DROP_DEBUG]);
  const logs = otlpLogs(
    withId("INFO", "cart 1", KEPT),
    withId("DEBUG", "cart 2", DROPPED),
    withId("INFO", "cart 3", BOTH),
    withId("DEBUG", "cart 4", BOTH),
  );
  expect(await post(edge, "/v1/logs", logs)).toBe(200);
  return edge;
}

describe("a trace id", () => {
  const forwarded = { outcome: "forwarded", signal: "log", policy: null };
  const dropped = { outcome: "dropped", signal: "log", policy: "drop-debug" };
  const cases = [
    [KEPT, "forwarded", [forwarded]],
    [DROPPED, "dropped", [dropped]],
    [BOTH, "forwarded_and_dropped", [forwarded, dropped]],
    [NEVER, "never_seen", []],
  ] as const;
  for (const [id, verdict, want] of cases) {
    test(`is ${verdict}`, async () => {
      await using edge = await filled();
      const document = await find(edge, `trace_id=${id}`);
      expect(document).toMatchObject({
        verdict,
        trace_id: id,
        unread: 0,
        threads: { asked: 1, answered: 1 },
      });
      expect(places(document)).toEqual([...want]);
    });
  }

  test("of a span is found where no policy looks at spans", async () => {
    await using edge = await filled();
    const spans = [{ traceId: NEVER, spanId: "00f067aa0ba902b7", name: "s" }];
    await post(
      edge,
      "/v1/traces",
      JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }),
    );
    expect(places(await find(edge, `trace_id=${NEVER}`))).toEqual([
      { outcome: "forwarded", signal: "trace", policy: null },
    ]);
  });

  test("is not said to be unseen once something was not read", async () => {
    await using edge = await filled();
    await post(edge, "/v1/logs", "{broken");
    expect(await find(edge, `trace_id=${NEVER}`)).toMatchObject({
      verdict: "not_found",
      unread: 1,
    });
  });

  test("of a body that goes on unjudged is nobody's drop", async () => {
    await using edge = await filled();
    const broken = otlpLogs(withId("DEBUG", "x", NEVER)).slice(0, -2);
    await post(edge, "/v1/logs", broken);
    expect(await find(edge, `trace_id=${NEVER}`)).toMatchObject({
      verdict: "not_found",
      found: [],
    });
  });
});

describe("a text", () => {
  test("is found with its record, and the policy that dropped it", async () => {
    await using edge = await filled();
    const document = await find(edge, "text=cart%202");
    expect(document).toMatchObject({ verdict: "dropped", records_held: 4, records_seen: 4 });
    expect(places(document)).toEqual([
      {
        outcome: "dropped",
        signal: "log",
        policy: "drop-debug",
        record: JSON.stringify(withId("DEBUG", "cart 2", DROPPED)),
      },
    ]);
    expect(await find(edge, "text=cart%203")).toMatchObject({ verdict: "forwarded" });
    expect(await find(edge, "text=cart%205")).toMatchObject({ verdict: "never_seen" });
  });

  test("is not said to be unseen when only a sample was kept", async () => {
    await using edge = await filled();
    const many = Array.from({ length: FIND_SAMPLES_PER_SECOND * 50 }, (_, i) =>
      logRecord("INFO", `n${i}`),
    );
    await post(edge, "/v1/logs", otlpLogs(...many));
    expect(await find(edge, "text=nowhere")).toMatchObject({
      verdict: "not_found",
      records_seen: many.length + 4,
    });
  });

  test("is not looked for while payloads are hidden", async () => {
    await using edge = await filled({ admin: { find: true } });
    const response = await edge.ask("/_edge/find?text=cart");
    expect([response.status, await response.json()]).toMatchObject([
      403,
      { error: "payloads_hidden" },
    ]);
    expect(await find(edge, `trace_id=${DROPPED}`)).toMatchObject({ verdict: "dropped" });
  });
});

describe("what is refused says what is allowed", () => {
  const cases = [
    ["", "use trace_id=ID or text=TEXT"],
    [`trace_id=${KEPT}&text=a`, "use trace_id=ID or text=TEXT"],
    ["trace_id=12", "trace_id=12: use 16 or 32 hexadecimal digits, or 17 to 20 decimal ones"],
    ["text=", "text: use 1 to 1000 characters"],
    ["id=1", '"id" is no parameter of this page; use trace_id, text'],
  ] as const;
  for (const [query, message] of cases) {
    test(JSON.stringify(query), async () => {
      await using edge = await AdminEdge.start(ON);
      expect(await find(edge, query)).toEqual({ error: "bad_query", message });
    });
  }

  test("nothing is remembered by default", async () => {
    await using edge = await AdminEdge.start();
    const response = await edge.ask(`/_edge/find?trace_id=${KEPT}`);
    expect([response.status, await response.json()]).toEqual([
      404,
      {
        error: "find_disabled",
        message: "nothing is remembered; set admin.find to true and restart",
      },
    ]);
  });
});

test("taps and the memory see the same records at the same time", async () => {
  await using edge = await AdminEdge.start({ ...ON, tap_enabled: true }, [DROP_DEBUG]);
  const url = await edge.listen();
  const tap = await fetch(`${url}/_edge/tap/pre?n=1`);
  await post(edge, "/v1/logs", otlpLogs(withId("DEBUG", "x", DROPPED)));
  expect(await tap.text()).toContain('"dropped_by":"drop-debug"');
  expect(await find(edge, `trace_id=${DROPPED}`)).toMatchObject({ verdict: "dropped" });
});
