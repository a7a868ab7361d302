// What budgets spare in other formats than OTLP: errors, by whatever a format says them with.

import { describe, expect, test } from "bun:test";
import { encodeUtf8 } from "../../../src/core/utf8.ts";
import {
  type Budget,
  budgetPolicies,
  Budgets,
  createEngine,
  type Engine,
} from "../../../src/policy/index.ts";
import {
  datadogLogsFormat,
  datadogSeriesJsonFormat,
} from "../../../src/protocols/datadog/format/index.ts";
import { lokiJsonFormat } from "../../../src/protocols/loki/format/index.ts";
import { formatOf, type Setup } from "../../protocols/lines/filter-lines.ts";
import { finish } from "../../support/steps.ts";
import { MIDNIGHT_MS, utcDay } from "./simulated-day.ts";

/** One that has room for nothing. */
function exhausted(match: Budget["match"]): Engine {
  const what = { name: "all", match, signals: [], bytesPerDay: 1, timeZone: "UTC" };
  const budget = { ...what, keepsErrors: true, keepsRare: true };
  const budgets = new Budgets([budget], { nowMs: () => MIDNIGHT_MS, dayAt: utcDay });
  const engine = createEngine({
    validateRegex: () => undefined,
    nowMs: () => 0,
    random: () => 0,
    budgetOf: (name) => budgets.of(name),
  });
  finish(engine.replace(budgetPolicies(budget)));
  return engine;
}

function evaluationOf(engine: Engine, signal: "log" | "metric") {
  const evaluation = engine.evaluation(signal);
  if (evaluation === undefined) throw new Error(`nothing judges ${signal}s`);
  return evaluation;
}

const ALL_LOGS = [{ log_field: "body", contains: "m" }];

describe("keeps errors and cuts others", () => {
  test("of Datadog", () => {
    const statuses = ["error", "ERROR", "critical", "emerg", "warn", "info", "ok", "errors"];
    const logs = statuses.map((status) => ({ message: `m ${status}`, status }));
    const body = encodeUtf8(JSON.stringify([...logs, { message: "m none" }]));
    const { body: left } = datadogLogsFormat().filter(
      body,
      evaluationOf(exhausted(ALL_LOGS), "log"),
    );
    const kept = JSON.parse(new TextDecoder().decode(left)) as readonly { status: string }[];
    expect(kept.map(({ status }) => status)).toEqual(["error", "ERROR", "critical", "emerg"]);
  });

  test("of Loki, by the label of the stream", () => {
    const streams = ["error", "info", "critical"].map((level) => ({
      stream: { level },
      values: [["1", `m ${level}`]],
    }));
    const body = encodeUtf8(JSON.stringify({ streams }));
    const { dropped, body: left } = lokiJsonFormat().filter(
      body,
      evaluationOf(exhausted(ALL_LOGS), "log"),
    );
    expect(dropped).toBe(1);
    expect(new TextDecoder().decode(left)).not.toContain("m info");
  });

  const LINES: readonly (readonly [Setup, lines: readonly string[], kept: readonly string[]])[] = [
    [
      { syntax: "json" },
      ['{"message":"m","level":"error"}', '{"message":"m","level":"info"}', '{"message":"m"}'],
      ['{"message":"m","level":"error"}'],
    ],
    [{ syntax: "logfmt" }, ["msg=m level=error", "msg=m level=warn"], ["msg=m level=error"]],
    [{ syntax: "raw" }, ["ERROR m", "m of more"], []],
  ];
  test.each(LINES)("of lines %j", (setup, lines, kept) => {
    const bytes = encodeUtf8(lines.map((line) => `${line}\n`).join(""));
    const block = { resource: new Map(), isFinal: true };
    const evaluation = evaluationOf(exhausted(ALL_LOGS), "log");
    const { body } = formatOf(setup).filterBlock(bytes, evaluation, block);
    const text = new TextDecoder().decode(body ?? bytes);
    expect(text).toBe(kept.map((line) => `${line}\n`).join(""));
  });

  test("of Datadog's series, which are never errors", () => {
    const series = ["a.error", "b"].map((metric) => ({ metric, points: [] }));
    const body = encodeUtf8(JSON.stringify({ series }));
    const engine = exhausted([{ metric_field: "name", regex: "." }]);
    const { records, dropped } = datadogSeriesJsonFormat("v2").filter(
      body,
      evaluationOf(engine, "metric"),
    );
    expect([records, dropped]).toEqual([2, 2]);
  });
});
