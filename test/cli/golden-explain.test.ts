// What `explain` prints, of each kind of records, in a pipe and on a terminal.

import { describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import { expectGolden } from "../support/golden.ts";
import { CommandFolder, styled } from "../support/terminal.ts";

const POLICIES = `policies:
  - id: debug
    name: No debug logs
    log:
      match:
        - {log_field: severity_text, exact: DEBUG}
        - {resource_attribute: service.name, exact: shop}
      keep: none
  - id: mail
    name: Mask addresses
    log:
      match: [{log_field: body, contains: "@"}]
      keep: all
      transform: {redact: [{log_field: body, regex: "[a-z]+@[a-z.]+", replacement: "<mail>"}]}
  - id: go
    name: Go metrics
    metric: {match: [{metric_field: name, starts_with: go_}], keep: false}
`;
const OTEL_POLICIES = `policies:
  - id: drop-noise
    log_filter:
      matches: [{record_field: BODY, regex: noise}]
      action: ACTION_DROP
  - id: hide
    log_transform:
      matches: [{log_attribute: tags, exists: {}}]
      remove: [{log_attribute: gone}]
      redact: [{record_field: BODY, regex: "[0-9]+", replacement: "#"}]
      rename: [{from: {log_attribute: [m, x]}, to: y}]
      add:
        - {log_attribute: n, value: 2}
        - {log_attribute: is, value: true}
        - {log_attribute: raw, value: {bytes_value: AP8=}}
        - {log_attribute: tags, value: 1.5, upsert: true}
  - id: keep-vip
    log_filter:
      matches: [{log_attribute: tags, contains: vip}]
      action: ACTION_KEEP
  - id: seen
    name: Seen
    log:
      match: [{log_field: body, contains: vip}]
      keep: all
      transform: {add: [{log_attribute: seen, value: "yes"}]}
`;
const resource = { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] };
const log = (severityText: string, stringValue: string): object => ({
  severityText,
  body: { stringValue },
});
const request = (...logRecords: readonly object[]): string =>
  JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
const FILES = {
  "policies.yaml": POLICIES,
  "otlp.json": request(log("DEBUG", "x"), log("debug", "to ada@example.com"), log("INFO", "y")),
  "lines.jsonl": `${request(log("DEBUG", "x"))}\n${request(log("INFO", "y"))}\n`,
  "datadog.json": '[{"message":"a@b.c","status":"DEBUG","service":"shop"}]',
  "push.json":
    '{"streams":[{"stream":{"service_name":"shop","level":"info"},"values":[["1","to a@b.c"],["2","x"]]}]}',
  "metrics.txt": '# TYPE go_x counter\ngo_x 1\nup{a="b"} 1\n',
};

describe("edge explain", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["explain-otlp", ["otlp.json"]],
    ["explain-otlp-lines", ["lines.jsonl", "--only-dropped"]],
    ["explain-datadog", ["datadog.json", "--all"]],
    ["explain-prometheus", ["metrics.txt"]],
    ["explain-loki", ["push.json"]],
    ["explain-policy", ["--policy", "debug", "otlp.json"]],
    ["explain-json", ["--json", "lines.jsonl"]],
  ];
  for (const [name, args] of cases) {
    test(name, async () => {
      using folder = new CommandFolder(FILES);
      const { code, out, err } = await folder.inPipe(["explain", "-p", "policies.yaml", ...args]);
      expect([code, err]).toEqual([0, ""]);
      expectGolden(`${name}.txt`, out);
    });
  }

  test("names dialects, and what OpenTelemetry's transforms do in which order", async () => {
    using folder = new CommandFolder({
      "p.yaml": OTEL_POLICIES,
      "records.json":
        '[{"message":"noise"},{"message":"vip noise 17","tags":["vip"],"m":{"x":1},"gone":[1]},{"message":"x"}]',
    });
    const args = ["explain", "-p", "p.yaml", "records.json"];
    const { code, out, err } = await folder.inPipe(args);
    expect([code, err]).toEqual([0, ""]);
    expectGolden("explain-dialects.txt", out);
  });

  test("takes plain lines from standard input", async () => {
    using folder = new CommandFolder(FILES);
    const { code, out } = await folder.inPipe(["explain", "-p", "policies.yaml"], "a b\nc@d.e\n");
    expect(code).toBe(0);
    expectGolden("explain-lines.txt", out);
  });

  test("takes compressed files", async () => {
    using folder = new CommandFolder({
      ...FILES,
      "otlp.json.gz": Bun.gzipSync(FILES["otlp.json"]),
    });
    const args = ["explain", "-p", "policies.yaml"];
    const { out } = await folder.inPipe([...args, "otlp.json.gz"]);
    expect(out).toBe((await folder.inPipe([...args, "otlp.json"])).out);
  });

  test("takes compressed standard input, and ends with its reader", async () => {
    using folder = new CommandFolder({ "p.yaml": POLICIES });
    const endless = "yes | gzip -c | edge explain -p p.yaml | head -1";
    const { out, err } = await folder.shell(endless);
    expect([out, err]).toEqual(["record 1: kept; no policy matches\n", ""]);
  });

  test("takes a body for what it is told to be", async () => {
    using folder = new CommandFolder(FILES);
    const args = ["explain", "-p", "policies.yaml", "--form=lines", "metrics.txt"];
    expect((await folder.inPipe(args)).out).toContain('{"body":{"stringValue":"go_x 1"}}');
  });

  test("colours a terminal", async () => {
    using folder = new CommandFolder(FILES);
    const { out } = await folder.onTerminal(["explain", "-p", "policies.yaml", "otlp.json"]);
    expectGolden("explain-coloured.txt", styled(out));
  });

  test("says what is wrong with its files and its words", async () => {
    using folder = new CommandFolder({ ...FILES, "cut.json": FILES["otlp.json"].slice(0, -3) });
    const words = (...args: readonly string[]): Promise<unknown> =>
      folder.inPipe(["explain", ...args]);
    expect(await words("otlp.json")).toEqual({
      code: 64,
      out: "",
      err: "edge: explain needs policies: --policies FILE.\n",
    });
    expect(await words("-p", "nope.yaml")).toEqual({
      code: 78,
      out: "",
      err: "nope.yaml: no such file\n",
    });
    expect(await words("-p", "policies.yaml", "nope.json")).toEqual({
      code: 78,
      out: "",
      err: "nope.json: no such file\n",
    });
    expect(await words("-p", "policies.yaml", "--policy", "debgu", "otlp.json")).toEqual({
      code: 64,
      out: "",
      err: 'edge: no policy "debgu".\n',
    });
    expect(await words("-p", "policies.yaml", "cut.json")).toMatchObject({
      code: 78,
      err: expect.stringMatching(/^cut\.json: JSON: .* expected, found the end at byte \d+\n$/),
    });
  });

  test("names policies that are not in force, and explains with the others", async () => {
    using folder = new CommandFolder({
      ...FILES,
      "more.yaml": "policies: [{id: bad, name: b, log: {match: [], keep: none}}]",
    });
    const args = ["-p", "policies.yaml", "-p", "more.yaml", "lines.jsonl", "--only-dropped"];
    const { code, err } = await folder.inPipe(["explain", ...args]);
    expect(code).toBe(0);
    expect(err).toStartWith('warning: "bad" is not in force: log: match');
  });
});

describe("explain of lines", () => {
  const policies = {
    policies: [
      {
        id: "debug",
        name: "Debug",
        log: { match: [{ log_field: "severity_text", exact: "debug" }], keep: "none" },
      },
    ],
  };
  const explained = async (program: string, args: readonly string[], text: string) => {
    using folder = new CommandFolder({ "p.json": JSON.stringify(policies), "in.log": text });
    const path = resolve(import.meta.dir, `../../src/${program}.ts`);
    const child = Bun.spawn(
      [process.execPath, path, "explain", "-p", "p.json", ...args, "in.log"],
      { cwd: folder.path, stdout: "pipe" },
    );
    return (await child.stdout.text()).split("\n").at(-2);
  };

  test("the tailer reads objects as lines in JSON, or in the format that it is told", async () => {
    const json = '{"level":"debug","msg":"x"}\n{"level":"info","msg":"x"}\n';
    const dropped = "2 records: 1 dropped, 1 kept, 0 of them edited";
    expect(await explained("edge-tail", [], json)).toBe(dropped);
    expect(await explained("edge-tail", ["--form=json"], json)).toBe(dropped);
    const logfmt = "level=debug msg=x\nlevel=info msg=x\n";
    expect(await explained("edge-tail", ["--form=logfmt"], logfmt)).toBe(dropped);
    expect(await explained("edge", ["--form=logfmt"], logfmt)).toBe(dropped);
    const cri = "2026-01-02T03:04:05Z stdout F ";
    const lines = `${cri}{"level":"debug"}\n${cri}{"level":"info"}\n`;
    expect(await explained("edge-tail", ["--form=cri"], lines)).toBe(dropped);
    // A near miss: without a format a line is its body and nothing else.
    expect(await explained("edge-tail", [], logfmt)).toBe(
      "2 records: 0 dropped, 2 kept, 0 of them edited",
    );
  });
});
