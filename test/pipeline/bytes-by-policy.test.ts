// Which policy is told of which bytes: each of its own edits and of the records that it took away,
// and the last of what stood around these.

import { describe, expect, test } from "bun:test";
import { encodeUtf8 } from "../../src/core/utf8.ts";
import { judgeWhole } from "../../src/pipeline/body-judging.ts";
import { Delivery } from "../../src/pipeline/delivery.ts";
import {
  AUTHORING,
  BYTE_COUNTS,
  decodePolicySet,
  type RecordFormat,
} from "../../src/policy/index.ts";
import { datadogLogsFormat } from "../../src/protocols/datadog/format/index.ts";
import { otlpJsonFormat } from "../../src/protocols/otlp/format/index.ts";
import { testEngine } from "../support/engine.ts";
import { RecordingBus } from "../support/proxy-fakes.ts";

describe("of a body", () => {
  const told = (policies: readonly object[], format: RecordFormat, body: string) => {
    const set = policies.map((log, i) => ({ id: `p${i}`, name: "p", log }));
    const own = testEngine(decodePolicySet({ policies: set }, AUTHORING).policies);
    const bus = new RecordingBus();
    const telemetry = "otlp_logs";
    const evaluation = own.engine.evaluation("log")!;
    const delivery = new Delivery(bus, telemetry);
    const bytes = encodeUtf8(body);
    judgeWhole({ bus, telemetry, format, evaluation, bytes, delivery, span: undefined });
    return own.engine.totals().map((one) => BYTE_COUNTS.map((name) => one[name]).join(" "));
  };
  const any = [{ log_field: "body", regex: "." }];
  const says = (contains: string): object[] => [{ log_field: "body", contains }];
  const RECORD = (text: string): string =>
    `{"body":{"stringValue":"${text}"},"attributes":[{"key":"k","value":{"stringValue":"12345"}}]}`;
  const otlpLogs = (...texts: readonly string[]): string =>
    `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${texts.map(RECORD).join(",")}]}]}]}`;

  test("each policy is told what its own edits came to, also of one record", () => {
    const remove = { match: any, keep: "all", transform: { remove: [{ log_attribute: "k" }] } };
    const redact = {
      match: any,
      keep: "all",
      transform: { redact: [{ log_field: "body", regex: "secret", replacement: "***" }] },
    };
    const grow = {
      match: any,
      keep: "all",
      transform: { add: [{ log_attribute: "new", value: "1" }] },
    };
    const entry = '{"key":"k","value":{"stringValue":"12345"}}'.length;
    // The first takes the list's only entry, the last puts one in its place.
    const added = '{"key":"new","value":{"stringValue":"1"}}'.length;
    expect(told([remove, redact, grow], otlpJsonFormat("log"), otlpLogs("a secret"))).toEqual([
      `0 0 0 0 ${entry} 0`,
      "0 0 0 0 3 0",
      `0 0 0 0 0 ${added}`,
    ]);
  });

  test("what stood around records goes with the last that was taken away", () => {
    const [a, b] = [says("a"), says("b")].map((match) => ({ match, keep: "none" })) as [
      object,
      object,
    ];
    const body = otlpLogs("a", "b", "b");
    const one = RECORD("a").length;
    expect(told([a, b], otlpJsonFormat("log"), body)).toEqual([
      `${one} 0 0 0 0 0`,
      `${body.length - one} 0 0 0 0 0`,
    ]);
    const stays = otlpLogs("a", "b", "x");
    expect(told([a, b], otlpJsonFormat("log"), stays)).toEqual([
      `${one} 0 0 0 0 0`,
      `${one + 2} 0 0 0 0 0`,
    ]);
  });

  test("bytes are counted by why they went", () => {
    const [a, b, c] = [
      ["a", "none"],
      ["b", "0%"],
      ["c", "1/s"],
    ].map(([text = "", keep]) => ({
      match: says(text),
      keep,
    })) as [object, object, object];
    const lines = ["a", "b", "c", "c", "x"].map((message) => JSON.stringify({ message }));
    const one = '{"message":"a"}'.length;
    expect(told([a, b, c], datadogLogsFormat(), `[${lines.join(",")}]`)).toEqual([
      `${one} 0 0 0 0 0`,
      `0 ${one} 0 0 0 0`,
      `0 0 ${one + 3} 0 0 0`,
    ]);
  });

  test("that nobody can read, nothing was taken away", () => {
    expect(
      told([{ match: any, keep: "none" }], otlpJsonFormat("log"), '{"resourceLogs":['),
    ).toEqual(["0 0 0 0 0 0"]);
  });
});
