// A record that is no JSON passes as it came and is counted; the other records of its request are
// judged and edited.

import { describe, expect, test } from "bun:test";
import { UndecodableError } from "../../../../../src/core/errors.ts";
import { decodeUtf8, encodeUtf8 } from "../../../../../src/core/utf8.ts";
import { otlpJsonFormat } from "../../../../../src/protocols/otlp/format/index.ts";
import { Verdict } from "../../../../../src/policy/record-port.ts";
import {
  attributeRef,
  attributeSelector,
  FakeEvaluation,
  fieldRef,
} from "../../../../support/fake-evaluation.ts";

const DROP = '{"body":{"stringValue":"drop"}}';
const EDIT = '{"body":{"stringValue":"edit"}}';
const EDITED =
  '{"body":{"stringValue":"edit"},"attributes":[{"key":"k","value":{"stringValue":"v"}}]}';
const RESOURCE = '"resource":{"attributes":[{"key":"r","value":{"stringValue":"x"}}]}';

function filtered(text: string): [string | undefined, number[], unknown[]] {
  const refs = [fieldRef("body"), attributeRef("resource", "r")];
  const evaluation = new FakeEvaluation("log", refs, {
    decide: ({ body }) => (body === "drop" ? Verdict.drop : Verdict.edit),
    editRecord: (editor) => void editor.find(attributeSelector("record", "k")).set(encodeUtf8("v")),
  });
  const outcome = otlpJsonFormat("log").filter(encodeUtf8(text), evaluation);
  const { body, records, dropped, unreadable } = outcome;
  const seen = evaluation.records.map((one) => one["resource:r"]);
  return [body && decodeUtf8(body), [records, dropped, unreadable], seen];
}

const BROKEN = [
  '{"body":{"doubleValue":NaN}}',
  '{"body":{"stringValue":"a\nb"}}',
  '{"body":{"stringValue":"drop"},}',
  "{'body':1}",
  '{"body":{"arrayValue":{"values":[1,}}}',
  `${DROP}${DROP}`,
  `${DROP} x`,
  "NaN",
  '{"body" {"stringValue":"drop"}}',
];

describe("next to", () => {
  test.each(BROKEN)("%j", (broken) => {
    for (const around of [
      (list: string) => `{"resourceLogs":[{${RESOURCE},"scopeLogs":[{"logRecords":[${list}]}]}]}`,
      // What is said of the resource behind its records is looked up ahead.
      (list: string) => `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${list}]}],${RESOURCE}}]}`,
    ]) {
      expect(filtered(around(`${DROP},${broken},${EDIT}`))).toEqual([
        around(`${broken},${EDITED}`),
        [3, 1, 1],
        ["x", "x"],
      ]);
      expect(filtered(around(`${broken},${DROP}`))[0]).toBe(around(broken));
    }
  });
});

test.each([
  `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${DROP},{"body":]}]}]}`,
  `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${DROP},{"body":"x}]}]}]}`,
  `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${DROP}],"x":NaN}]}]}`,
])("%s passes as a whole", (text) => {
  expect(() => filtered(text)).toThrow(UndecodableError);
});
