// What taps show, and can be asked for, of policies in shadow: what they would do, beside what is
// done.

import { expect, test } from "bun:test";
import { recordLine } from "../../../src/admin/tap/tap-lines.ts";
import { tapRequest } from "../../../src/admin/tap/tap-query.ts";
import { type JudgedRecord, wantsRecord } from "../../../src/admin/tap/tap-record.ts";

const KEPT: JudgedRecord = {
  signal: "log",
  encoding: "otlp_json",
  decision: "keep",
  policies: ["kept"],
  policyCount: 1,
  trials: [
    { policy: "tried", would: "sample" },
    { policy: "idle", would: "nothing" },
  ],
};

const cases: readonly (readonly [query: string, wants: boolean])[] = [
  ["policy=tried", true],
  ["policy=idle", true],
  ["policy=kept", true],
  ["policy=other", false],
  ["decision=would_drop", true],
  ["decision=would_edit", false],
  ["decision=would_keep", false],
  ["decision=keep", true],
  ["decision=drop", false],
  ["decision=drop&decision=would_drop", true],
  ["decision=would_drop&policy=other", false],
];
for (const [query, wants] of cases) {
  test(`${query} ${wants ? "takes" : "leaves"} a record that one would have left out`, () => {
    const { filter } = tapRequest("pre", new URLSearchParams(query));
    expect(wantsRecord(filter, KEPT)).toBe(wants);
    expect(wantsRecord(filter, { ...KEPT, trials: [] })).toBe(
      wants && !/tried|idle|would/.test(query),
    );
  });
}

test("a line has what each would do, in JSON and for people", () => {
  const head = { seq: 1, timeMs: 0, stage: "pre" } as const;
  const record = { ...KEPT, length: 3, bytes: new Uint8Array(3) };
  expect(JSON.parse(recordLine("json", head, record, undefined))).toEqual({
    seq: 1,
    time: "1970-01-01T00:00:00.000Z",
    stage: "pre",
    signal: "log",
    encoding: "otlp_json",
    decision: "keep",
    policies: ["kept"],
    would: KEPT.trials,
    bytes: 3,
  });
  expect(recordLine("text", head, record, undefined)).toContain(
    ' policies=kept would="sample:tried,nothing:idle" bytes=3\n',
  );
  const { trials: _, ...plain } = record;
  expect(recordLine("json", head, plain, undefined)).not.toContain("would");
});
