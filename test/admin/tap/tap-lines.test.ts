// What a tap prints, line by line.

import { describe, expect, test } from "bun:test";
import { edge } from "../../../src/distributions.ts";
import { encodingsOf } from "../../../src/protocols/index.ts";
import { noteLine, recordLine } from "../../../src/admin/tap/tap-lines.ts";
import type { TapRecord } from "../../../src/admin/tap/tap-record.ts";

const HEAD = { seq: 3, timeMs: 0, stage: "pre" } as const;
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function record(text: string, more: Partial<TapRecord> = {}): TapRecord {
  const bytes = encode(text);
  return {
    signal: "log",
    encoding: "otlp_json",
    decision: "keep",
    policies: [],
    policyCount: more.policies?.length ?? 0,
    length: bytes.length,
    bytes,
    ...more,
  };
}

const START = '{"seq":3,"time":"1970-01-01T00:00:00.000Z","stage":"pre","signal":"log"';

const KINDS = encodingsOf(edge.modules);
const shownAs = ({ encoding }: TapRecord, showsPayloads: boolean) =>
  showsPayloads ? KINDS.get(encoding)?.payload : undefined;

describe("as JSON", () => {
  const cases: readonly [string, TapRecord, boolean, string][] = [
    [
      "a JSON record is there as it came, on one line",
      record('{ "a":\n\t1.50,\r\n "b": 12345678901234567890, "a": "x\\n" }'),
      true,
      '"encoding":"otlp_json","decision":"keep","policies":[],"bytes":55,"record":{ "a": \t1.50,  "b": 12345678901234567890, "a": "x\\n" }}',
    ],
    [
      "no control character reaches a terminal",
      record('{"a":"\u009b31m\u202e"}'),
      true,
      '"encoding":"otlp_json","decision":"keep","policies":[],"bytes":16,"record":{"a":"\\u009b31m\\u202e"}}',
    ],
    [
      "bytes that are no JSON are text",
      record("{'a': 1}\n", { encoding: "datadog_json" }),
      true,
      `"encoding":"datadog_json","decision":"keep","policies":[],"bytes":9,"text":"{'a': 1}\\n"}`,
    ],
    [
      "a record that was cut is text, and says how much is there",
      record('{"a":1}', { length: 70_000 }),
      true,
      '"encoding":"otlp_json","decision":"keep","policies":[],"bytes":70000,"shown_bytes":7,"text":"{\\"a\\":1}"}',
    ],
    [
      "a sample is text",
      record('up{a="b"} 1', { signal: "log", encoding: "prometheus_text" }),
      true,
      '"encoding":"prometheus_text","decision":"keep","policies":[],"bytes":11,"text":"up{a=\\"b\\"} 1"}',
    ],
    [
      "protobuf is base64",
      record("\u0001\u0002", { encoding: "otlp_protobuf" }),
      true,
      '"encoding":"otlp_protobuf","decision":"keep","policies":[],"bytes":2,"base64":"AQI="}',
    ],
    [
      "a dropped record names the policy that dropped it first",
      record("{}", { decision: "drop", policies: ["b", "a"] }),
      true,
      '"encoding":"otlp_json","decision":"drop","dropped_by":"b","policies":["b","a"],"bytes":2,"record":{}}',
    ],
    [
      "an edited record was dropped by nobody",
      record("{}", { decision: "edit", policies: ["b", "a"] }),
      true,
      '"encoding":"otlp_json","decision":"edit","policies":["b","a"],"bytes":2,"record":{}}',
    ],
    [
      "of many policies, some are named",
      record("{}", { policies: Array.from({ length: 18 }, (_, i) => `p${i}`) }),
      false,
      `"encoding":"otlp_json","decision":"keep","policies":[${Array.from({ length: 16 }, (_, i) => `"p${i}"`).join(",")}],"policies_more":2,"bytes":2}`,
    ],
    [
      "without payloads, the size is all that is told of one",
      record('{"secret":1}', { length: 70_000 }),
      false,
      '"encoding":"otlp_json","decision":"keep","policies":[],"bytes":70000}',
    ],
    [
      "nothing is left of a record that went nowhere",
      record("{}", { decision: "drop", policies: ["a"], bytes: undefined }),
      true,
      '"encoding":"otlp_json","decision":"drop","dropped_by":"a","policies":["a"],"bytes":0}',
    ],
  ];
  for (const [name, shown, showsPayloads, want] of cases) {
    test(name, () => {
      const line = recordLine("json", HEAD, shown, shownAs(shown, showsPayloads));
      expect(line).toBe(`${START},${want}\n`);
      expect(JSON.parse(line)).toMatchObject({ seq: 3, signal: "log" });
    });
  }
});

describe("as text", () => {
  const start = "--- seq=3 time=1970-01-01T00:00:00.000Z stage=pre signal=log";
  const cases: readonly [string, TapRecord, boolean, string][] = [
    [
      "the payload follows its line",
      record('{"a":\n 1}'),
      true,
      'encoding=otlp_json decision=keep policies="" bytes=9\n{"a":\n 1}\n',
    ],
    [
      "no control character reaches a terminal",
      record("\u001b[31mred\u0007\ttab\u009b\u202e\r\n", { encoding: "prometheus_text" }),
      true,
      'encoding=prometheus_text decision=keep policies="" bytes=20\n\\u001b[31mred\\u0007\ttab\\u009b\\u202e\\u000d\n\n',
    ],
    [
      "ids of policies cannot forge a word",
      record("{}", { decision: "drop", policies: ["a b=c", "d"] }),
      false,
      'encoding=otlp_json decision=drop dropped_by="a b=c" policies="a b=c,d" bytes=2\n',
    ],
    [
      "nor reach a terminal with more than text",
      record("{}", { decision: "drop", policies: ["a\u009b\u202e"] }),
      false,
      'encoding=otlp_json decision=drop dropped_by="a\\u009b\\u202e" policies="a\\u009b\\u202e" bytes=2\n',
    ],
    [
      "protobuf is base64",
      record("\u0001\u0002", { encoding: "datadog_protobuf", policies: ["a", "b"] }),
      true,
      'encoding=datadog_protobuf decision=keep policies="a,b" bytes=2\nAQI=\n',
    ],
  ];
  for (const [name, shown, showsPayloads, want] of cases) {
    test(name, () => {
      expect(recordLine("text", HEAD, shown, shownAs(shown, showsPayloads))).toBe(
        `${start} ${want}`,
      );
    });
  }
});

test("what a tap says of itself", () => {
  const end = { tap: "end", reason: "seconds", shown: 2, lost: 1 } as const;
  expect(noteLine("json", end)).toBe('{"tap":"end","reason":"seconds","shown":2,"lost":1}\n');
  expect(noteLine("text", end)).toBe("# end reason=seconds shown=2 lost=1\n");
  expect(noteLine("text", { tap: "waiting" })).toBe("# waiting\n");
});
