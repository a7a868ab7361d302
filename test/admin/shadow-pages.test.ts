// Policies in shadow on the program's own pages: what each would do is told, and what is done is as
// without them.

import { expect, test } from "bun:test";
import { AdminEdge, DROP_DEBUG, JSON_HEADERS, logRecord, otlpLogs } from "../support/admin-edge.ts";

const TRIED = { ...DROP_DEBUG, labels: { "edge.mode": "shadow" } };
const ROLLED_OUT = { ...DROP_DEBUG, id: "tenth", labels: { "edge.rollout": "10%" } };
const EDITS = {
  id: "hide-mail",
  name: "Hide mail",
  labels: { "edge.mode": "shadow" },
  log: {
    match: [{ log_field: "body", contains: "@" }],
    transform: { redact: [{ log_field: "body", regex: "@" }] },
  },
};
const BODY = otlpLogs(logRecord("DEBUG", "a@b.c"), logRecord("INFO", "to @you"));

async function post(edge: AdminEdge, body: string): Promise<void> {
  const response = await edge.ask("/v1/logs", { method: "POST", headers: JSON_HEADERS, body });
  expect(response.status).toBe(200);
  await response.text();
}

test("the page of policies tells the mode, and what each would have done", async () => {
  await using edge = await AdminEdge.start({}, [TRIED, EDITS, ROLLED_OUT]);
  await post(edge, BODY);
  expect(Buffer.from(edge.upstream.last?.body ?? []).toString()).toBe(BODY);
  const response = await edge.ask("/_edge/policies?format=json");
  const { policies } = (await response.json()) as { policies: Record<string, unknown>[] };
  const none = {
    records: 0,
    dropped: 0,
    sampled: 0,
    rate_limited: 0,
    dropped_bytes: 0,
    sampled_bytes: 0,
    rate_limited_bytes: 0,
    kept: 0,
    edited: 0,
  };
  const shown = policies.map(({ id, mode, rollout_percent: percent, hits, shadow }) => [
    id,
    mode,
    percent,
    hits,
    shadow,
  ]);
  const bytes = JSON.stringify(logRecord("DEBUG", "a@b.c")).length;
  const dropped = { ...none, records: 1, dropped: 1, dropped_bytes: bytes };
  expect(shown).toEqual([
    ["drop-debug", "shadow", undefined, 0, dropped],
    ["hide-mail", "shadow", undefined, 0, { ...none, records: 2, edited: 2 }],
    ["tenth", "rollout", 10, 0, dropped],
  ]);
  const lines = await (await edge.ask("/_edge/policies")).text();
  expect(lines).toContain(
    `"Hide mail" mode=shadow hits=0 misses=0 dropped_bytes=0 shadow_records=2 shadow_edited=2\n`,
  );
  expect(lines).toContain("mode=rollout rollout=10% hits=0");
  const metrics = await (await edge.ask("/_edge/metrics")).text();
  expect(metrics).toContain('edge_policy_shadow_dropped_total{policy="drop-debug"} 1\n');
  expect(metrics).toContain('edge_policy_shadow_edited_total{policy="hide-mail"} 2\n');
  expect(metrics).not.toContain('edge_policy_shadow_dropped_total{policy="hide-mail"}');
});

test("the dialect of a policy is named, where it is OpenTelemetry's", async () => {
  const target = { record_field: "severity_text" };
  const matches = [{ target, predicate: { equals: "DEBUG" } }];
  const filter = { id: "otel", log_filter: { matches, action: "ACTION_DROP" } };
  await using edge = await AdminEdge.start({ admin: { show_payloads: true } }, [filter, EDITS]);
  const page = (await (await edge.ask("/_edge/policies?format=json")).json()) as {
    policies: { dialect?: string }[];
  };
  expect(page.policies.map(({ dialect }) => dialect)).toEqual([undefined, "otel"]);
  expect(await (await edge.ask("/_edge/policies")).text()).toContain(
    'name="otel" dialect=otel hits',
  );
  const init = { method: "POST", headers: JSON_HEADERS, body: BODY };
  const response = await edge.ask("/_edge/explain?signal=log", init);
  const { explanations } = (await response.json()) as {
    explanations: { matched: { id: string; dialect?: string }[] }[];
  };
  expect(explanations[0]?.matched.map(({ id, dialect }) => [id, dialect])).toEqual([
    ["otel", "otel"],
  ]);
});

test("an explanation says what policies in shadow would do", async () => {
  const on = { admin: { show_payloads: true } };
  await using edge = await AdminEdge.start(on, [TRIED, EDITS, ROLLED_OUT]);
  const init = { method: "POST", headers: JSON_HEADERS, body: BODY };
  const response = await edge.ask("/_edge/explain?signal=log", init);
  const { explanations } = (await response.json()) as {
    explanations: {
      verdict: string;
      matched: unknown[];
      winner: unknown;
      edits: unknown[];
      shadow: { id: string; mode: string; would: string; why: string }[];
    }[];
  };
  expect(
    explanations.map(({ verdict, matched, winner, edits, shadow }) => [
      verdict,
      matched,
      winner,
      edits,
      shadow.map(({ id, mode, would, why }) => [id, mode, would, why]),
    ]),
  ).toEqual([
    [
      "keep",
      [],
      null,
      [],
      [
        ["drop-debug", "shadow", "drop", "in shadow: it would be dropped"],
        ["hide-mail", "shadow", "edit", "in shadow: it would be edited"],
        ["tenth", "rollout", "drop", "outside of its rollout of 10%: it would be dropped"],
      ],
    ],
    ["keep", [], null, [], [["hide-mail", "shadow", "edit", "in shadow: it would be edited"]]],
  ]);
});

test("what went on is found with the policy in shadow that would have dropped it", async () => {
  await using edge = await AdminEdge.start({ admin: { find: true, show_payloads: true } }, [TRIED]);
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const record = {
    severityText: "DEBUG",
    body: { stringValue: "noise" },
    traceId,
  };
  await post(edge, otlpLogs(record));
  const found = async (query: string) => {
    const document = (await (await edge.ask(`/_edge/find?${query}`)).json()) as {
      verdict: string;
      found: { outcome: string; would_drop_by?: string }[];
    };
    return [document.verdict, document.found.map((one) => [one.outcome, one.would_drop_by])];
  };
  expect(await found(`trace_id=${traceId}`)).toEqual([
    "forwarded",
    [
      ["forwarded", undefined],
      ["forwarded", "drop-debug"],
    ],
  ]);
  expect(await found("text=noise")).toEqual(["forwarded", [["forwarded", "drop-debug"]]]);
});
