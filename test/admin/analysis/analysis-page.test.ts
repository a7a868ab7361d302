// /_edge/analysis of a whole proxy: who may see it, how it is switched, and what it says of streams
// in each format.

import { describe, expect, test } from "bun:test";
import {
  AdminEdge,
  DROP_DEBUG,
  JSON_HEADERS,
  logRecord,
  otlpLogs,
} from "../../support/admin-edge.ts";

const OPEN = { admin: { show_payloads: true } };

type Json = Record<string, unknown>;

async function post(edge: AdminEdge, path: string, body: BodyInit = ""): Promise<Response> {
  return edge.ask(path, { method: "POST", headers: JSON_HEADERS, body });
}

async function read(edge: AdminEdge, query = ""): Promise<Json> {
  const response = await edge.ask(`/_edge/analysis${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Json;
}

/** With an analysis on that has loaded what it needs. */
async function started(keys: Json = OPEN, policies: readonly object[] = [], query = "") {
  const edge = await AdminEdge.start(keys, policies);
  const response = await post(edge, `/_edge/analysis?seconds=60${query}`);
  expect(((await response.json()) as Json)["on"]).toBe(true);
  return edge;
}

describe("who may see it", () => {
  test("nobody while payloads are hidden, neither to read nor to switch", async () => {
    await using edge = await AdminEdge.start();
    for (const method of ["GET", "POST"]) {
      const response = await edge.ask("/_edge/analysis", { method });
      expect([response.status, ((await response.json()) as Json)["error"]]).toEqual([
        403,
        "payloads_hidden",
      ]);
    }
  });

  test("whoever shows the token, where one is set", async () => {
    await using edge = await AdminEdge.start({ admin: { show_payloads: true, token: "t" } });
    expect((await edge.ask("/_edge/analysis")).status).toBe(401);
    const headers = { authorization: "Bearer t" };
    expect((await edge.ask("/_edge/analysis", { headers })).status).toBe(200);
  });

  test("a query that is not known is refused", async () => {
    await using edge = await AdminEdge.start(OPEN);
    for (const query of ["seconds=0", "seconds=3601", "signal=x", "off=1", "off=true&seconds=5"]) {
      expect((await post(edge, `/_edge/analysis?${query}`)).status).toBe(400);
    }
    expect((await edge.ask("/_edge/analysis?seconds=5")).status).toBe(400);
  });
});

describe("the switch", () => {
  test("off, on, and off again", async () => {
    await using edge = await AdminEdge.start(OPEN);
    const off = { on: false, signals: [], since: null, until: null, logs: null, metrics: null };
    expect(await read(edge)).toMatchObject({ ...off, seconds: 0, traces: null });
    const on = (await (
      await post(edge, "/_edge/analysis?signal=traces&signal=log")
    ).json()) as Json;
    expect(on).toMatchObject({ on: true, signals: ["log", "trace"], metrics: null });
    expect(Date.parse(on["until"] as string) - Date.parse(on["since"] as string)).toBe(600_000);
    expect(await (await post(edge, "/_edge/analysis?off=true")).json()).toMatchObject(off);
  });

  test("stays where it is when the query is refused", async () => {
    await using edge = await AdminEdge.start(OPEN);
    for (const query of ["n=0", "format=xml", "signal=log&n=201"]) {
      expect((await post(edge, `/_edge/analysis?${query}`)).status).toBe(400);
      expect(await read(edge)).toMatchObject({ on: false });
    }
  });
});

describe("logs", () => {
  const logs = otlpLogs(
    ...Array.from({ length: 12 }, (_, i) => logRecord("INFO", `cart ${i} checked out in ${i}ms`)),
    ...Array.from({ length: 3 }, (_, i) => logRecord("WARN", `cart ${i} is odd`)),
    logRecord("DEBUG", "noise"),
  );

  test("are patterns with their values masked, by service and severity", async () => {
    await using edge = await started(OPEN, [DROP_DEBUG]);
    expect((await post(edge, "/v1/logs", logs)).status).toBe(200);
    const { logs: seen } = (await read(edge)) as { logs: Json };
    expect(seen).toMatchObject({ records: 15, hidden_patterns: 1 });
    expect(seen["patterns"]).toMatchObject([
      { template: "cart <*> checked out in <*>", severity: "INFO", records: 12, bytes_error: 0 },
    ]);
    const severities = (seen["services"] as Json[]).map(({ severity, records }) => [
      severity,
      records,
    ]);
    expect(severities).toEqual([
      ["INFO", 12],
      ["WARN", 3],
    ]);
    const text = await (await edge.ask("/_edge/analysis?format=text")).text();
    expect(text).toContain("cart <*> checked out in <*>");
  });

  test("are seen where no policy looks, and go on as they came", async () => {
    await using edge = await started();
    expect((await post(edge, "/v1/logs", logs)).status).toBe(200);
    const [request] = edge.upstream.requests;
    expect(Buffer.from(request!.body).toString()).toBe(logs);
    expect(await read(edge)).toMatchObject({ logs: { records: 16 } });
  });

  test("of signals that are not looked at are not read", async () => {
    await using edge = await started(OPEN, [], "&signal=trace");
    await post(edge, "/v1/logs", logs);
    expect(await read(edge)).toMatchObject({ logs: null, sample: { requests: 0 } });
  });
});
