// `top`: a live view on a pseudo-terminal that gives the terminal back, snapshots in a pipe, and
// documents.

import { describe, expect, test } from "bun:test";
import { DROP_DEBUG, logRecord, otlpLogs } from "../support/admin-edge.ts";
import { RemoteEdge, TOKEN } from "../support/remote-edge.ts";
import { frameOf, type Look, printFrame } from "../../src/cli/remote/top-frame.ts";
import { ServiceSample } from "../../src/cli/remote/service-sample.ts";
import { PLAIN } from "../../src/cli/terminal/paint.ts";
import { expectGolden } from "../support/golden.ts";

const ON = { tap_enabled: true, admin: { token: TOKEN, show_payloads: true } };
const BODY = otlpLogs(logRecord("DEBUG", "noise"), logRecord("INFO", "x"));
const ENTER = "\u001b[?1049h\u001b[?25l\u001b[?7l";
const LEAVE = "\u001b[?7h\u001b[?25h\u001b[?1049l";

function look(atMs: number, factor: number): Look {
  const metrics = new Map([
    ["process_start_time_seconds", 1],
    ["edge_requests_total", 10 * factor],
    ["edge_policy_records_evaluated_total", 1000 * factor],
    ["edge_policy_records_dropped_total", 300 * factor],
    ["edge_policy_bytes_in_total", 1024 * 1024 * factor],
    ["edge_policy_bytes_saved_total", 256 * 1024 * factor],
    ["edge_lost_total", factor - 1],
    ["process_cpu_seconds_total", factor / 2],
    ["process_resident_memory_bytes", 64 * 1024 * 1024],
  ]);
  const cut = {
    sampled: 0,
    rate_limited: 0,
    budgeted: 0,
    budgeted_bytes: 0,
    sampled_bytes: 0,
    rate_limited_bytes: 0,
  };
  const counts = { ...cut, removed_bytes: 0, added_bytes: 0 };
  return {
    atMs,
    metrics,
    savings: {
      bytesIn: 1024 * 1024 * factor,
      bytesSaved: 256 * 1024 * factor,
      money: 0.4 * factor,
      currency: "EUR",
    },
    policies: [
      { id: "quiet", hits: 0, dropped: 0, dropped_bytes: 0, ...counts },
      {
        id: "a\u001b[31m",
        hits: 300 * factor,
        dropped: 300 * factor,
        dropped_bytes: 999,
        ...counts,
      },
    ],
  };
}

test("a frame is what happened between two looks", () => {
  const sample = new ServiceSample();
  const service = (name: string): string =>
    `{"document":{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"${name}"}}]}}}`;
  for (let i = 0; i < 3; i++) sample.add(service("shop"), i > 0);
  sample.add('{"record":{"service":"cart"}}', false);
  sample.add("{}", true);
  const frame = frameOf(look(100_000, 1), look(102_000, 3), sample.shares());
  expectGolden("top.txt", `${printFrame(frame, "URL", "", PLAIN).join("\n")}\n`);
});

test("a program that was started anew has no rates below zero", () => {
  const frame = frameOf(look(1000, 5), look(2000, 1), []);
  expect([frame.records, frame.bytes_in, frame.policies[0]?.hits]).toEqual([0, 0, 0]);
});

describe("edge top", () => {
  test("prints a snapshot in a pipe", async () => {
    await using remote = await RemoteEdge.start({}, [DROP_DEBUG]);
    await remote.send("/v1/logs", BODY);
    const { code, out, err } = await remote.run("top", "--interval", "200ms");
    expect([code, err]).toEqual([0, ""]);
    expect(out.replaceAll(/\d+(\.\d+)?/g, "N").split("\n")).toEqual(
      expect.arrayContaining([
        "throughput  N requests/s, N records/s, N B/s",
        expect.stringMatching(/^drop-debug +N +N +N B +N$/),
        "services: shown while taps and payloads are on (edge tap --switch-on)",
      ]),
    );
  });

  test("prints a document a look with --json, with the services of a sample", async () => {
    await using remote = await RemoteEdge.start(ON, [DROP_DEBUG]);
    const opened = remote.edge.bus.first("tap.opened");
    const done = remote.run("top", "--json", "--count=2", "--interval=500ms");
    await opened;
    const record = { ...logRecord("DEBUG", "x") };
    const resource = { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] };
    const body = { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] };
    await remote.send("/v1/logs", JSON.stringify(body));
    const { code, out } = await done;
    const frames = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect([code, frames.length]).toEqual([0, 2]);
    expect(frames[1]).toMatchObject({
      totals: { records: 1 },
      policies: [{ id: "drop-debug", hits_total: 1 }],
      services: [{ service: "shop", share: 1, dropped: 1 }],
    });
  });

  for (const [name, key] of [
    ["q", "q"],
    ["Ctrl-C", "\u0003"],
  ] as const) {
    test(`goes on on a terminal until ${name}, and gives it back`, async () => {
      await using remote = await RemoteEdge.start({}, [DROP_DEBUG]);
      const live = remote.folder.live(["top", "--interval", "200ms"], remote.env);
      await live.printed("throughput");
      live.type(key);
      const { code, out } = await live.ended();
      expect([code, out.startsWith(ENTER), out.endsWith(LEAVE)]).toEqual([0, true, true]);
      expect(out.split(ENTER).length).toBe(2);
    });
  }

  test("gives the terminal back when it is ended by a signal", async () => {
    await using remote = await RemoteEdge.start({}, [DROP_DEBUG]);
    const live = remote.folder.live(["top", "--interval", "200ms"], remote.env);
    await live.printed("throughput");
    live.kill("SIGTERM");
    const { code, out } = await live.ended();
    expect([code, out.endsWith(LEAVE)]).toEqual([0, true]);
  });

  test("waits on its screen for a program that went away, and ends without one in a pipe", async () => {
    await using remote = await RemoteEdge.start({}, [DROP_DEBUG]);
    const live = remote.folder.live(["top", "--interval", "200ms"], remote.env);
    await live.printed("throughput");
    await remote.stopServing();
    await live.printed("looking again");
    live.type("q");
    expect((await live.ended()).code).toBe(0);
    expect(await remote.run("top")).toMatchObject({ code: 1, out: "" });
  });
});
