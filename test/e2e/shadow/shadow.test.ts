// Policies in shadow and in rollout, through the compiled executable with one and two threads: what
// leaves is what leaves without them, to the byte, and what they would do is counted and shown.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { executable, hasEntryPoint } from "../../support/e2e-executable.ts";
import { type Program, startProgram, WHERE } from "../../support/e2e-program.ts";
import { type Recorder, startUpstream } from "../../support/e2e-upstream.ts";

const BUILD_TIMEOUT_MS = 120_000;
const REQUESTS = 20;
const JSON_TYPE = { "content-type": "application/json", connection: "close" };

const bodyStarts = (text: string) => ({
  match: [{ log_field: "body", starts_with: text }],
});
const log = (id: string, labels: object, rule: object): object => ({
  id,
  name: id,
  labels,
  log: rule,
});
const ENFORCED = [log("drop-noise", {}, { ...bodyStarts("noise"), keep: "none" })];
const TRIED = [
  log("try-drop", { "edge.mode": "shadow" }, { ...bodyStarts("GET /health"), keep: "none" }),
  log(
    "try-redact",
    { "edge.mode": "shadow" },
    { ...bodyStarts("card"), keep: "all", transform: { redact: [{ log_field: "body" }] } },
  ),
  log("try-by-config", {}, { ...bodyStarts("card"), keep: "none" }),
  log("roll-none", { "edge.rollout": "0%" }, { ...bodyStarts("order"), keep: "none" }),
];
const ROLLED_OUT = log(
  "roll-all",
  { "edge.rollout": "100%" },
  { ...bodyStarts("old"), keep: "none" },
);

const record = (text: string): string => `{"body":{"stringValue":${JSON.stringify(text)}},"n":1.0}`;
/** With spaces and a number that printing again would change. */
const request = (...texts: readonly string[]): string =>
  `{ "resourceLogs": [{"scopeLogs":[{"logRecords":[${texts.map(record).join(" , ")}]}]}] }`;
const TEXTS = ["GET /health", "noise 5", "card 4111", "order 7", "old 9", "else"];
const LEFT = ["GET /health", "card 4111", "order 7", "else"];

/** The value of a metric, summed over its series of the policy. */
function counted(metrics: string, name: string, policy: string): number {
  return metrics
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) && line.includes(`policy="${policy}"`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

describe.skipIf(!hasEntryPoint("edge"))(`shadow and rollout, executable ${WHERE}`, () => {
  beforeAll(async () => void (await executable("edge")), BUILD_TIMEOUT_MS);

  for (const workers of [1, 2]) {
    describe(`${workers} threads`, () => {
      let upstream: Recorder;
      let program: Program;
      let url: string;

      beforeAll(async () => {
        upstream = startUpstream();
        const config = {
          listen_port: 0,
          worker_count: workers,
          log_format: "json",
          upstream_url: upstream.url,
          tap_enabled: true,
          admin: { show_payloads: true },
          shadow_policies: ["try-by-*"],
          policy_providers: [{ type: "file", path: "policies.json" }],
        };
        const policies = [...ENFORCED, ...TRIED, ROLLED_OUT];
        const files = {
          "config.json": JSON.stringify(config),
          "policies.json": JSON.stringify({ policies }),
        };
        program = await startProgram("edge", { files, args: ["config.json"] });
        url = await program.url();
      }, BUILD_TIMEOUT_MS);
      afterAll(async () => {
        await program[Symbol.asyncDispose]();
        await upstream[Symbol.asyncDispose]();
      });

      const send = async (body: string): Promise<number> =>
        (await fetch(`${url}/v1/logs`, { method: "POST", headers: JSON_TYPE, body })).status;

      test("what only they would touch leaves byte for byte, the rest as without them", async () => {
        const untouched = request("GET /health", "card 4111", "order 7");
        expect(await send(untouched)).toBe(200);
        for (let i = 1; i < REQUESTS; i++) expect(await send(request(...TEXTS))).toBe(200);
        const bodies = upstream.received.map(({ body }) => Buffer.from(body).toString());
        expect(bodies[0]).toBe(untouched);
        expect(new Set(bodies.slice(1))).toEqual(new Set([request(...LEFT)]));
        expect(bodies).toHaveLength(REQUESTS);
      });

      test("what each would do is counted over all threads, apart from what was done", async () => {
        const metrics = await (await fetch(`${url}/_edge/metrics`)).text();
        const of = (policy: string, what: string): number =>
          counted(metrics, `edge_policy_shadow_${what}_total`, policy);
        const done = (policy: string): number =>
          counted(metrics, "edge_policy_dropped_total", policy);
        expect(of("try-drop", "dropped")).toBe(REQUESTS);
        expect(of("try-drop", "dropped_bytes")).toBe(REQUESTS * record("GET /health").length);
        expect(of("try-redact", "edited")).toBe(REQUESTS);
        expect(of("try-by-config", "dropped")).toBe(REQUESTS);
        expect(of("roll-none", "dropped")).toBe(REQUESTS);
        expect(of("roll-all", "matched")).toBe(0);
        expect(["try-drop", "try-by-config", "roll-none"].map(done)).toEqual([0, 0, 0]);
        expect(["drop-noise", "roll-all"].map(done)).toEqual([REQUESTS - 1, REQUESTS - 1]);
      });

      test("pages tell who is tried", async () => {
        const { policies } = (await (await fetch(`${url}/_edge/policies?format=json`)).json()) as {
          readonly policies: readonly { readonly id: string; readonly mode: string }[];
        };
        expect(Object.fromEntries(policies.map(({ id, mode }) => [id, mode]))).toEqual({
          "drop-noise": "enforce",
          "roll-all": "enforce",
          "roll-none": "shadow",
          "try-by-config": "shadow",
          "try-drop": "shadow",
          "try-redact": "shadow",
        });
      });

      test.each(["json", "capture"])(
        "a tap in the format %s has what each would do",
        async (format) => {
          const query = `signal=log&decision=would_drop&n=1&seconds=30&format=${format}`;
          const tap = await fetch(`${url}/_edge/tap/pre?${query}`);
          const lines = tap.text();
          // Until the tap is open in all threads, records pass it.
          const seen = { isOver: false };
          void lines.then(() => (seen.isOver = true));
          while (!seen.isOver) await send(request("card 4111"));
          const [, line = "{}"] = (await lines).split("\n");
          const shown = JSON.parse(line) as Readonly<Record<string, unknown>>;
          expect(shown).toMatchObject({
            decision: "keep",
            would: [
              { policy: "try-by-config", would: "drop" },
              { policy: "try-redact", would: "edit" },
            ],
          });
          expect("document" in shown).toBe(format === "capture");
        },
      );
    });
  }
});
