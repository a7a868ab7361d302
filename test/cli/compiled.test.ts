// The commands beside the proxy, on the compiled executable, alone in an empty folder.

import { describe, expect, test } from "bun:test";
import { startProgram, WHERE } from "../support/e2e-program.ts";

const POLICIES = `policies:
  - id: debug
    name: No debug logs
    log: {match: [{log_field: severity_text, exact: DEBUG}], keep: none}
`;
const SUITE = `policies: [policies.yaml]
cases:
  - {input: {log: {severity_text: DEBUG, body: x}}, expect: dropped, because: debug}
`;
const BAD = POLICIES.replace("none}", "nnone}")
  .replace("severity_text", "body")
  .replace("exact: DEBUG", "regex: 'a**'");
const CAPTURE = JSON.stringify({
  resourceLogs: [
    { scopeLogs: [{ logRecords: [{ severityText: "DEBUG", body: { stringValue: "x" } }] }] },
  ],
});
const files = {
  "policies.yaml": POLICIES,
  "bad.yaml": BAD,
  "suite.yaml": SUITE,
  "capture.jsonl": `${CAPTURE}\n`,
};

const CASES: readonly (readonly [args: string, code: number, text: string])[] = [
  ["validate policies.yaml", 0, "policies.yaml: ok, 1 policy\nno problems\n"],
  ["validate bad.yaml", 78, "    |                                              ^^\n"],
  ["lint policies.yaml", 0, "no problems\n"],
  ["test suite.yaml", 0, "1 passed, 0 failed\n"],
  ["explain -p policies.yaml capture.jsonl", 0, 'record 1: dropped by "debug": the only match'],
  ["schema policies", 0, '"$schema": "https://json-schema.org/draft/2020-12/schema"'],
  ["replay -p policies.yaml capture.jsonl", 0, "newly dropped: 1 record (100.0 %)"],
  ["schema output tap", 0, '"title": "edge tap --json"'],
  ["status --url 127.0.0.1:1", 1, "edge: 127.0.0.1:1: cannot be reached ("],
  ["tap --url 127.0.0.1:1", 1, "edge: 127.0.0.1:1: cannot be reached ("],
  ["reload --url 127.0.0.1:1", 1, "edge: 127.0.0.1:1: cannot be reached ("],
  ["find x --url 127.0.0.1:1", 1, "edge: 127.0.0.1:1: cannot be reached ("],
  ["top --url 127.0.0.1:1", 1, "edge: 127.0.0.1:1: cannot be reached ("],
  ["help explain", 0, "edge explain [options] [RECORDS...]\n"],
];

describe(`the compiled executable, ${WHERE}`, () => {
  for (const [args, code, text] of CASES) {
    test(`edge ${args}`, async () => {
      await using program = await startProgram("edge", { files, args: args.split(" ") });
      expect(await program.exited).toBe(code);
      expect(program.output).toContain(text);
    });
  }
});
