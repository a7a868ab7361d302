// What the console says of health: what goes on, what is over, the worst first.

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Look, troublesOf, WATCHED } from "../../src/console/model/health.ts";
import { readMetrics, sumOf } from "../../src/console/model/metrics-text.ts";
import type { StatusPage } from "../../src/console/model/pages.ts";
import { ROOT } from "../support/source-tree.ts";

const STATUS: StatusPage = {
  build: { version: "1", commit: "c", runtime: "bun" },
  started: "2026-03-01T10:00:00.000Z",
  uptime_seconds: 1,
  ready: true,
  threads: 1,
  policies: { version: 1, total: 1, invalid: 0, missing_providers: [] },
  providers: [],
  switches: { taps: false, payloads: false },
};
const look = (metrics: string, status: Partial<StatusPage> = {}, atMs = 60_000): Look => ({
  atMs,
  status: { ...STATUS, ...status },
  metrics: readMetrics(metrics),
});
const LOST = (refused: number, gone = 0): string =>
  `edge_lost_total{telemetry="otlp_logs",reason="refused"} ${refused}\nedge_lost_total{telemetry="otlp_logs",reason="client_gone"} ${gone}\n`;

describe("metrics", () => {
  test("are read with their labels, escapes included; comments are not", () => {
    const text = String.raw`# HELP a x
a{id="q\"\\\n",b="c,d"} 1.5
a 2
`;
    expect([...readMetrics(text)]).toEqual([
      [
        "a",
        [
          { labels: { id: 'q"\\\n', b: "c,d" }, value: 1.5 },
          { labels: {}, value: 2 },
        ],
      ],
    ]);
    expect(sumOf(readMetrics(text), "a", ({ b }) => b === "c,d")).toBe(1.5);
  });

  test("that are watched are metrics that Edge prints", () => {
    const documented = readFileSync(join(ROOT, "docs/metrics.md"), "utf8");
    expect(WATCHED.filter(({ name }) => !documented.includes(`\n## ${name}\n`))).toEqual([]);
  });
});

describe("troubles", () => {
  test("are none when all is well", () => {
    expect(troublesOf(look(LOST(0)), look(LOST(0)))).toEqual([]);
  });

  test("that go on say how many in the last 60 s, and why", () => {
    expect(troublesOf(look(LOST(1900, 5)), look(LOST(900, 5), {}, 0))).toEqual([
      {
        severity: "bad",
        what: "1,905 lost on the way upstream",
        why: "1,000 in the last 60 s; refused: 1,900, client_gone: 5",
      },
    ]);
  });

  test("that are over stay as what was", () => {
    expect(troublesOf(look(LOST(7)), look(LOST(7), {}, 0))).toEqual([
      {
        severity: "past",
        what: "7 lost on the way upstream",
        why: "none in the last 60 s; refused: 7",
      },
    ]);
  });

  test("come with the worst first", () => {
    const provider = {
      id: "plane",
      kind: "http",
      source: "https://plane",
      policies: 1,
      last_success: null,
      last_error: "status 503; expected 200",
      last_error_at: null,
    };
    const status = {
      ready: false,
      providers: [provider],
      policies: { ...STATUS.policies, invalid: 2, missing_providers: ["files"] },
    };
    const found = troublesOf(look(LOST(1), status), undefined);
    expect(found.map(({ severity, what }) => [severity, what])).toEqual([
      ["bad", "Edge is not ready"],
      ["warn", "Provider plane gives no news; its last good policies stay in force"],
      ["warn", "2 policies have errors"],
      ["unknown", "1 lost on the way upstream"],
    ]);
  });

  test("of upstreams count what they refuse, not what they take", () => {
    const responses = (refused: number): string =>
      `edge_upstream_responses_total{upstream="u",status_class="s2xx"} 90\nedge_upstream_responses_total{upstream="u",status_class="s5xx"} ${refused}\n`;
    expect(troublesOf(look(responses(0)), look(responses(0)))).toEqual([]);
    expect(troublesOf(look(responses(3)), look(responses(1), {}, 0))).toEqual([
      {
        severity: "bad",
        what: "3 requests that upstreams refused",
        why: "2 in the last 60 s; 5xx: 3",
      },
    ]);
  });
});
