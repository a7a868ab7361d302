// /_edge/suggestions of a whole proxy: what an analysis lets it propose, and that it goes when it
// was taken.

import { describe, expect, test } from "bun:test";
import { AdminEdge, JSON_HEADERS, logRecord, otlpLogs } from "../../support/admin-edge.ts";

const OPEN = { admin: { show_payloads: true }, cost: { per_gb: 1e6, currency: "EUR" } };
const logs = otlpLogs(
  ...Array.from({ length: 20 }, (_, i) => ({
    ...logRecord("DEBUG", `poll ${i} of the queue`),
    severityNumber: 5,
  })),
  ...Array.from({ length: 20 }, (_, i) => logRecord("ERROR", `poll ${i} of the queue`)),
);

interface Suggestions {
  readonly currency: string | null;
  readonly suggestions: readonly {
    readonly kind: string;
    readonly policy: object;
    readonly reason: string;
    readonly saving: Readonly<Record<string, number>>;
  }[];
}

async function post(edge: AdminEdge, path: string, body = ""): Promise<Response> {
  return edge.ask(path, { method: "POST", headers: JSON_HEADERS, body });
}

async function suggestions(edge: AdminEdge, query = ""): Promise<Suggestions> {
  const response = await edge.ask(`/_edge/suggestions${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Suggestions;
}

describe("suggestions", () => {
  test("are closed while payloads are hidden", async () => {
    await using edge = await AdminEdge.start();
    expect((await edge.ask("/_edge/suggestions")).status).toBe(403);
  });

  test("of nothing are none", async () => {
    await using edge = await AdminEdge.start(OPEN);
    expect(await suggestions(edge)).toMatchObject({ currency: "EUR", suggestions: [] });
  });

  test("are of what is left: one that was taken is not made again", async () => {
    await using edge = await AdminEdge.start(OPEN);
    await post(edge, "/_edge/analysis?signal=log");
    await post(edge, "/v1/logs", logs);
    const found = await suggestions(edge);
    expect(found.suggestions).toMatchObject([{ kind: "log_severity", saving: { records: 20 } }]);
    expect(found.suggestions[0]?.reason).toStartWith("DEBUG logs of no service: ");
    expect(found.suggestions[0]?.saving["money_per_day"]).toBeGreaterThan(0);
    const yaml = await (await edge.ask("/_edge/suggestions?format=yaml")).text();
    expect(yaml).toStartWith("policies:\n  # DEBUG logs of no service: ");
    edge.load(found.suggestions.map(({ policy }) => policy));
    await post(edge, "/_edge/analysis?signal=log");
    await post(edge, "/v1/logs", logs);
    expect(edge.upstream.requests).toHaveLength(2);
    expect((await suggestions(edge)).suggestions).toEqual([]);
    const kinds = (await suggestions(edge, "?errors=true")).suggestions.map(({ kind }) => kind);
    expect(kinds).toEqual(["log_pattern"]);
  });
});
