// Taps and payloads are switched while the program runs, by whoever has the token; what was counted
// stays.

import { describe, expect, test } from "bun:test";
import { Switches } from "../../src/admin/switches.ts";
import { ManualClock } from "../o11y/manual-clock.ts";
import { AdminEdge, DROP_DEBUG, JSON_HEADERS, logRecord, otlpLogs } from "../support/admin-edge.ts";
import { RecordingBus } from "../support/proxy-fakes.ts";

const TOKEN = { authorization: "Bearer t0ken" };
const WITH_TOKEN = { admin: { token: "t0ken" } };

const get = async (edge: AdminEdge, path: string): Promise<unknown> =>
  (await edge.ask(path, { headers: TOKEN })).json();
const post = (edge: AdminEdge, query: string, headers: Record<string, string> = TOKEN) =>
  edge.ask(`/_edge/switches?${query}`, { method: "POST", headers });

describe("/_edge/switches", () => {
  test("says how everything stands", async () => {
    await using edge = await AdminEdge.start(WITH_TOKEN);
    expect(await get(edge, "/_edge/switches")).toEqual({
      taps: false,
      payloads: false,
      configured: { taps: false, payloads: false },
      switchable: true,
      until: null,
    });
  });

  test("turns taps and explanations on and off, and counters stay", async () => {
    await using edge = await AdminEdge.start(WITH_TOKEN, [DROP_DEBUG]);
    const url = await edge.listen();
    const send = (): Promise<Response> =>
      fetch(`${url}/v1/logs`, {
        method: "POST",
        headers: JSON_HEADERS,
        body: otlpLogs(logRecord("DEBUG", "x")),
      });
    const explain = async (): Promise<number> => {
      const headers = { ...TOKEN, ...JSON_HEADERS };
      const body = otlpLogs(logRecord("DEBUG", "x"));
      const init = { method: "POST", headers, body };
      return (await edge.ask("/_edge/explain?signal=log", init)).status;
    };
    await send();
    expect(await explain()).toBe(403);
    expect(await get(edge, "/_edge/tap/pre")).toEqual({
      error: "tap_disabled",
      message: "taps are off; POST /_edge/switches?taps=on, or set tap_enabled to true and restart",
    });
    expect((await post(edge, "taps=on&payloads=on")).status).toBe(200);
    expect(await explain()).toBe(200);
    const tap = await fetch(`${url}/_edge/tap/pre?n=1`, { headers: TOKEN });
    await send();
    expect(await tap.text()).toContain('"record":{"severityText":"DEBUG"');
    expect(edge.assembly.engine.totals()).toMatchObject([{ id: "drop-debug", dropped: 2 }]);
    const open = await fetch(`${url}/_edge/tap/pre`, { headers: TOKEN });
    await post(edge, "taps=off");
    expect((await open.text()).trimEnd().split("\n").at(-1)).toBe(
      '{"tap":"end","reason":"switched_off","shown":0,"lost":0}',
    );
    expect((await edge.ask("/_edge/tap/pre", { headers: TOKEN })).status).toBe(404);
  });

  test("ends taps that show payloads when payloads go, and no others", async () => {
    await using edge = await AdminEdge.start({ tap_enabled: true, ...WITH_TOKEN });
    const url = await edge.listen();
    const plain = await fetch(`${url}/_edge/tap/pre`, { headers: TOKEN });
    await post(edge, "payloads=on");
    const showing = await fetch(`${url}/_edge/tap/pre`, { headers: TOKEN });
    await post(edge, "payloads=off");
    expect(await showing.text()).toContain('"reason":"switched_off"');
    await post(edge, "taps=off");
    expect(await plain.text()).toContain('"reason":"switched_off"');
  });

  test("takes nothing without a token in the configuration", async () => {
    await using edge = await AdminEdge.start();
    const response = await post(edge, "taps=on", {});
    expect([response.status, await response.json()]).toEqual([
      403,
      { error: "no_token", message: "set admin.token and restart: only who shows it may switch" },
    ]);
    expect(await get(edge, "/_edge/switches")).toMatchObject({ taps: false, switchable: false });
  });

  test("takes nothing with a wrong token", async () => {
    await using edge = await AdminEdge.start(WITH_TOKEN);
    const wrong = { authorization: "Bearer t0kem" };
    expect((await post(edge, "taps=on", wrong)).status).toBe(401);
    expect(await get(edge, "/_edge/switches")).toMatchObject({ taps: false });
  });

  const refused: readonly (readonly [string, string])[] = [
    ["", "nothing to switch: use taps=on, taps=off, payloads=on, payloads=off"],
    ["seconds=5", "nothing to switch: use taps=on, taps=off, payloads=on, payloads=off"],
    ["taps=yes", "taps=yes: use on, off"],
    ["taps=on&seconds=0", "seconds=0: use a whole number from 1 to 86400"],
    ["taps=on&seconds=86401", "seconds=86401: use a whole number from 1 to 86400"],
    ["tap=on", '"tap" is no parameter of this page; use taps, payloads, seconds'],
  ];
  for (const [query, message] of refused) {
    test(`refuses ${JSON.stringify(query)}`, async () => {
      await using edge = await AdminEdge.start(WITH_TOKEN);
      const response = await post(edge, query);
      expect([response.status, await response.json()]).toEqual([
        400,
        { error: "bad_query", message },
      ]);
      expect(await get(edge, "/_edge/switches")).toMatchObject({ taps: false, until: null });
    });
  }
});

describe("a switch for a time", () => {
  function switches() {
    const [bus, clock] = [new RecordingBus(), new ManualClock()];
    const configured = { taps: true, payloads: false };
    const made = new Switches({
      configured,
      isSwitchable: true,
      bus,
      schedule: clock.schedule,
      nowMs: clock.now,
    });
    return { made, bus, clock };
  }

  test("goes back to the configuration by itself, and is told of both times", () => {
    const { made, bus, clock } = switches();
    made.set({ payloads: true }, 10);
    expect([made.state, made.untilMs]).toEqual([
      { taps: true, payloads: true },
      clock.now() + 10_000,
    ]);
    clock.advance(9_999);
    expect(made.state.payloads).toBe(true);
    clock.advance(1);
    expect([made.state, made.untilMs]).toEqual([{ taps: true, payloads: false }, undefined]);
    expect(bus.of("admin.switched")).toEqual([
      { taps: true, payloads: true, seconds: 10 },
      { taps: true, payloads: false },
    ]);
  });

  test("is replaced by a later one", () => {
    const { made, clock } = switches();
    made.set({ payloads: true }, 10);
    made.set({ taps: false });
    clock.advance(60_000);
    expect(made.state).toEqual({ taps: false, payloads: true });
  });
});
