// Taps of records that policies of both dialects judge: what is decided, by whom, and how a record
// looks before and after.

import { expect, test } from "bun:test";
import { writeJson } from "../../protocols/loki/format/push.ts";
import { AdminEdge, JSON_HEADERS, logRecord, otlpLogs } from "../../support/admin-edge.ts";

const ON = { tap_enabled: true, admin: { show_payloads: true } };
const TEXTS = ["noise", "vip noise 17", "x", "17"];
const body = (predicate: object) => [{ record_field: "BODY", ...predicate }];
const POLICIES = [
  {
    id: "a-hide",
    log_transform: {
      matches: body({ contains: "17" }),
      redact: [{ record_field: "BODY", regex: "[0-9]+", replacement: "#" }],
      add: [{ log_attribute: "n", value: "2" }],
    },
  },
  { id: "drop-noise", log_filter: { matches: body({ regex: "noise|vip" }), action: "DROP" } },
  { id: "keep-vip", log_filter: { matches: body({ contains: "vip" }), action: "KEEP" } },
  {
    id: "tero",
    name: "T",
    log: {
      match: [{ log_field: "body", contains: "17" }],
      keep: "all",
      transform: { add: [{ log_attribute: "seen", value: "yes" }] },
    },
  },
];

const attributes = ["seen", "n"].map((key, i) => ({
  key,
  value: { stringValue: ["yes", "2"][i] },
}));
const edited = (text: string) => ({ ...logRecord("INFO", text), attributes });
const DOORS = [
  [
    "OTLP",
    "/v1/logs",
    otlpLogs(...TEXTS.map((text) => logRecord("INFO", text))),
    TEXTS.map((text) => logRecord("INFO", text)),
    [edited("vip noise #"), logRecord("INFO", "x"), edited("#")],
  ],
  [
    "Loki",
    "/loki/api/v1/push",
    writeJson([
      { labels: [["a", "b"]], entries: TEXTS.map((line, i) => ({ time: BigInt(i), line })) },
    ]),
    TEXTS.map((text, i) => [String(i), text]),
    [
      ["1", "vip noise #", { seen: "yes", n: "2" }],
      ["2", "x"],
      ["3", "#", { seen: "yes", n: "2" }],
    ],
  ],
  [
    "Datadog",
    "/api/v2/logs",
    JSON.stringify(TEXTS.map((message) => ({ message }))),
    TEXTS.map((message) => ({ message })),
    [
      { message: "vip noise #", seen: "yes", n: "2" },
      { message: "x" },
      { message: "#", seen: "yes", n: "2" },
    ],
  ],
] as const;

test.each(DOORS)("%s: filters, exemptions and transforms are seen", async (...door) => {
  const [, path, sent, before, after] = door;
  for (const stage of ["pre", "post"]) {
    await using edge = await AdminEdge.start(ON, POLICIES);
    const response = await edge.ask(`/_edge/tap/${stage}`);
    const init = { method: "POST", headers: JSON_HEADERS, body: sent as Bun.BodyInit };
    await edge.ask(path, init);
    edge.bus.emit("server.draining", { signal: "SIGTERM", timeoutMs: 1 });
    const lines = (await response.text())
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ tap }) => tap === undefined);
    expect(lines.map((line) => [line["decision"], line["dropped_by"], line["policies"]])).toEqual([
      ["drop", "drop-noise", ["drop-noise"]],
      ["edit", undefined, ["tero", "drop-noise", "keep-vip", "a-hide"]],
      ["keep", undefined, []],
      ["edit", undefined, ["tero", "a-hide"]],
    ]);
    const shown = lines.map(({ record }) => record).filter((one) => one !== undefined);
    expect(shown).toEqual(stage === "pre" ? [...before] : [...after]);
  }
});
