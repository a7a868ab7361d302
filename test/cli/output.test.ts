// What commands print with --json is what their schemas say, to the last member.

import { describe, expect, test } from "bun:test";
import { OUTPUT_SCHEMAS } from "../../src/cli/output/schemas.ts";
import { DROP_DEBUG, logRecord, otlpLogs, REDACT_MAIL } from "../support/admin-edge.ts";
import { RemoteEdge, TOKEN } from "../support/remote-edge.ts";
import { CommandFolder } from "../support/terminal.ts";

type Command = keyof typeof OUTPUT_SCHEMAS;

const BODY = otlpLogs(logRecord("debug", "to ada@example.com"), logRecord("DEBUG", "x"));
const FILES = {
  "p.json": JSON.stringify({ policies: [DROP_DEBUG, REDACT_MAIL] }),
  "bad.yaml":
    "policies: [{id: a, name: a, log: {match: [{log_field: body, regex: '('}], keep: x}}]",
  "capture.jsonl": `${BODY}\n`,
  "suite.yaml": `policies: [p.json]
cases:
  - {input: {log: {severity_text: DEBUG, body: x}}, expect: dropped, because: drop-debug}
  - {input: {log: {severity_text: debug, body: x}}, expect: dropped}
`,
  "cost.json": '{"cost": {"per_million_records": 3}}',
};

function check(command: Command, out: string): void {
  const { data, error } = OUTPUT_SCHEMAS[command].safeParse(JSON.parse(out));
  expect([command, error?.message]).toEqual([command, undefined]);
  expect(data).toEqual(JSON.parse(out));
}

describe("what is printed of files", () => {
  const cases: readonly (readonly [command: Command, args: string])[] = [
    ["validate", "p.json bad.yaml"],
    ["lint", "p.json bad.yaml"],
    ["explain", "-p p.json capture.jsonl --all"],
    ["explain", "-p p.json capture.jsonl --only-dropped"],
    ["replay", "-p p.json capture.jsonl"],
    ["replay", "-p p.json capture.jsonl --config cost.json"],
    ["suggest", "--from capture.jsonl"],
    ["test", "suite.yaml"],
    ["version", ""],
  ];
  for (const [command, args] of cases) {
    test(`by ${command} ${args}`, async () => {
      using folder = new CommandFolder(FILES);
      const words = [command, "--json", ...args.split(" ").filter((word) => word !== "")];
      check(command, (await folder.inPipe(words)).out);
    });
  }
});

describe("what is printed of a running program", () => {
  const keys = { tap_enabled: true, admin: { token: TOKEN, find: true, show_payloads: true } };
  const id = "1".repeat(32);
  const cases: readonly (readonly [command: Command, args: readonly string[]])[] = [
    ["status", []],
    ["reload", []],
    ["find", [id]],
    ["find", ["cart"]],
    ["suggest", ["--errors"]],
    ["top", ["--interval=200ms"]],
  ];
  for (const [command, args] of cases) {
    test(`by ${command} ${args.join(" ")}`, async () => {
      await using remote = await RemoteEdge.start(keys, [DROP_DEBUG]);
      const record = { ...logRecord("INFO", "cart"), traceId: id };
      await remote.send("/v1/logs", otlpLogs(record));
      check(command, (await remote.run(command, "--json", ...args)).out);
    });
  }

  test("by tap, line by line", async () => {
    await using remote = await RemoteEdge.start(keys, [DROP_DEBUG]);
    const opened = remote.edge.bus.first("tap.opened");
    const done = remote.run("tap", "--json", "-n2");
    await opened;
    await remote.send("/v1/logs", BODY);
    const lines = (await done).out.trimEnd().split("\n");
    expect(lines.length).toBe(4);
    for (const line of lines) check("tap", line);
  });
});

test("a schema refuses what a command would not print", () => {
  const parse = (document: unknown): boolean => OUTPUT_SCHEMAS.version.safeParse(document).success;
  expect(parse({ program: "edge", version: "1" })).toBe(true);
  expect(parse({ program: "edge" })).toBe(false);
  expect(parse({ program: "edge", version: "1", more: 1 })).toBe(false);
});
