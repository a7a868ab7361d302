// Bodies with values that are too long for one step come to what they come to in one go.

import { describe, expect, test } from "bun:test";
import { LONG_BODY_BYTES_MIN, LONG_VALUE_BYTES_MIN } from "../../src/core/limits.ts";
import type { Pauses, RecordFormat, Signal } from "../../src/policy/index.ts";
import {
  datadogLogsFormat,
  datadogSeriesJsonFormat,
} from "../../src/protocols/datadog/format/index.ts";
import { lokiJsonFormat } from "../../src/protocols/loki/format/index.ts";
import { otlpJsonFormat } from "../../src/protocols/otlp/format/index.ts";
import { engineWith } from "../protocols/otlp/format/otlp-app.ts";

const POLICIES = [
  {
    id: "drops",
    name: "n",
    log: { match: [{ log_field: "body", contains: "dropped" }], keep: "none" },
  },
  {
    id: "edits",
    name: "n",
    log: {
      match: [{ resource_attribute: "a", exact: "b" }],
      keep: "all",
      transform: { add: [{ log_attribute: "seen", value: "yes" }] },
    },
  },
  {
    id: "hides",
    name: "n",
    log: {
      match: [{ log_attribute: "hidden", contains: 'text "\n' }],
      keep: "all",
      transform: { redact: [{ log_attribute: "hidden", regex: '"\\n', replacement: "\n" }] },
    },
  },
  {
    id: "series",
    name: "n",
    metric: { match: [{ metric_field: "name", exact: "x" }], keep: false },
  },
];

const otlp = (): RecordFormat => otlpJsonFormat("log");
const logs = (): RecordFormat => datadogLogsFormat();
const loki = (): RecordFormat => lokiJsonFormat();
const series = (): RecordFormat => datadogSeriesJsonFormat("v1");

const WORDS = "some words of a text ";
const LONG = WORDS.repeat(Math.ceil(LONG_BODY_BYTES_MIN / WORDS.length));
const string = JSON.stringify(LONG);
const escaped = JSON.stringify(`${LONG}"\n`);
/** A hundred values that are long each, and no value of the whole length. */
const parts = Array.from({ length: 100 }, (_, i) => `${LONG.slice(0, LONG.length / 90)} "\n${i}`);
const hidden = parts.map((text) => JSON.stringify({ key: "hidden", value: { stringValue: text } }));
const document = JSON.stringify({ message: `${LONG} dropped "\n`, hidden: `text "\n` });
const numbers = `[${"1,".repeat(LONG_BODY_BYTES_MIN / 2)}1]`;
const OWNER = '"resource":{"attributes":[{"key":"a","value":{"stringValue":"b"}}]}';
const record = (text: string): string => `{"body":{"stringValue":${text}}}`;
const SMALL = [record('"dropped"'), record('"kept"')];

function request(records: readonly string[], before = "", behind = ""): string {
  const scopes = `"scopeLogs":[{"logRecords":[${records.join(",")}]}]`;
  return `{${before}"resourceLogs":[{${scopes}${behind}}]}`;
}
const line = (text: string): string => `{"message":${text},"a":"b"}`;
const push = (text: string): string =>
  `{"streams":[{"stream":{},"values":[["1",${text}],["2","dropped"],["3","kept"]]}]}`;
const LINES = Array.from({ length: 300_000 }, (_, i) =>
  line(i % 2 ? '"dropped"' : '"kept, to be"'),
);

const CASES: readonly (readonly [string, Signal, () => RecordFormat, string])[] = [
  ["OTLP, a long body", "log", otlp, request([record(string), ...SMALL], "", `,${OWNER}`)],
  ["OTLP, with escapes", "log", otlp, request([record(escaped), ...SMALL], "", `,${OWNER}`)],
  ["OTLP, attributes with escapes", "log", otlp, request([`{"attributes":[${hidden.join(",")}]}`])],
  ["Loki, with escapes", "log", loki, push(JSON.stringify(`${LONG}"\n dropped`))],
  ["Loki, one that stays", "log", loki, push(escaped)],
  [
    "Datadog, a document in a message",
    "log",
    logs,
    `[${[document, document.replace("dropped", "")].map((text) => line(JSON.stringify(text))).join(",")}]`,
  ],
  [
    "Datadog, what is a document up to its end",
    "log",
    logs,
    `[${line(JSON.stringify(`${document.slice(0, -1)},`))},${LINES[0]}]`,
  ],
  ["OTLP, an unknown member", "log", otlp, request(SMALL, `"x":${escaped},`, `,${OWNER}`)],
  ["OTLP, a list of numbers", "log", otlp, request(SMALL, `"x":${numbers},`, `,${OWNER}`)],
  [
    "OTLP, the resource behind its records",
    "log",
    otlp,
    request(Array.from({ length: 150_000 }, () => SMALL).flat(), "", `,${OWNER}`),
  ],
  [
    "OTLP, a broken record",
    "log",
    otlp,
    request([...SMALL, `{"x":${numbers} 1}`, ...SMALL], "", `,${OWNER}`),
  ],
  [
    "OTLP, values behind broken records",
    "log",
    otlp,
    request(["{x}", record(escaped), '{"a":[1 2]}', record(string), ...SMALL], "", `,${OWNER}`),
  ],
  ["Datadog, a record behind a broken one", "log", logs, `[{x},${line(escaped)},${LINES[0]}]`],
  ["Datadog, a line behind a broken one", "log", logs, `{x}\n${line(escaped)}\n${LINES[0]}`],
  ["OTLP, cut off", "log", otlp, request([record(string), ...SMALL]).slice(0, -2)],
  ["OTLP, a string without an end", "log", otlp, `{"x":${string.slice(0, -1)}`],
  ["Datadog, an array", "log", logs, `[${line(string)},${LINES.slice(0, 4).join(",")}]`],
  ["Datadog, all on one line", "log", logs, LINES.join(" ")],
  ["Datadog, all on one line and more", "log", logs, `${LINES.join(" ")} x\n${LINES[0]}`],
  ["Datadog, lines", "log", logs, `${line(escaped)}\n${LINES.join("\n")}`],
  [
    "Datadog series",
    "metric",
    series,
    `{"series":[{"metric":"x","points":${numbers}},{"metric":"y"}]}`,
  ],
];

function told(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return String(error);
  }
}

describe("in steps a body comes to what it comes to in one go", () => {
  for (const [name, signal, make, body] of CASES) {
    test(name, () => {
      const bytes = Buffer.from(body);
      expect(bytes.length).toBeGreaterThanOrEqual(LONG_BODY_BYTES_MIN);
      const whole = told(() => make().filter(bytes, engineWith(POLICIES).evaluation(signal)!));
      const evaluation = engineWith(POLICIES).evaluation(signal)!.forSteps!();
      let asked = 0;
      const pauses: Pauses = {
        everyBytes: LONG_VALUE_BYTES_MIN,
        isDue: () => asked++ % 8 === 0,
      };
      let count = 0;
      const inSteps = told(() => {
        const steps = make().filterSteps!(bytes, evaluation, pauses);
        for (;;) {
          const step = steps.next();
          if (step.done === true) return step.value;
          count++;
        }
      });
      expect(inSteps).toEqual(whole);
      // Before the walk already: it would come to nothing else in one go.
      expect(count).toBeGreaterThan(10);
    });
  }
});
