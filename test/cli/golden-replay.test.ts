// What `replay` prints, of what would change about captured traffic.

import { describe, expect, test } from "bun:test";
import { expectGolden } from "../support/golden.ts";
import { CommandFolder, styled } from "../support/terminal.ts";

const DEBUG = `policies:
  - id: debug
    name: No debug logs
    log: {match: [{log_field: severity_text, exact: DEBUG}], keep: none}
`;
const NEW = `${DEBUG}
  - id: shop
    name: Nothing of the shop
    log:
      match: [{resource_attribute: service.name, exact: shop}, {log_field: body, contains: ok}]
      keep: none
  - id: mail
    name: Mask addresses
    log:
      match: [{log_field: body, contains: "@"}]
      keep: all
      transform: {redact: [{log_field: body, regex: "[a-z]+@", replacement: "x"}]}
  - id: rate
    name: At most two a second
    log: {match: [{log_field: body, contains: often}], keep: 2/s}
`;
const OLD = `${DEBUG}
  - id: info
    name: No information
    log: {match: [{log_field: severity_text, exact: INFO}], keep: none}
`;

const START_MS = 1_700_000_000_000;
let atMs = START_MS;
function request(service: string, ...records: readonly (readonly [string, string])[]): string {
  const logRecords = records.map(([severityText, stringValue]) => ({
    timeUnixNano: String(BigInt(atMs) * 1_000_000n),
    severityText,
    body: { stringValue },
  }));
  atMs += 600;
  const resource = { attributes: [{ key: "service.name", value: { stringValue: service } }] };
  return JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
}
const CAPTURE = [
  request("shop", ["DEBUG", "noise"], ["ERROR", "ok, but"], ["INFO", "to ada@example.com"]),
  request("cart", ["INFO", "ok"], ["ERROR", "ok"], ["WARN", "often"]),
  ...Array.from({ length: 4 }, () => request("cart", ["WARN", "often"], ["WARN", "often"])),
].join("\n");
const COST = `cost:
  per_gb: 1
  currency: EUR
  logs: {per_gb: 10000000, per_million_records: 250000}
`;
const FILES = {
  "new.yaml": NEW,
  "old.yaml": OLD,
  "capture.jsonl": `${CAPTURE}\n`,
  "edge.yaml": COST,
};
const ARGS = ["replay", "-p", "new.yaml", "--against", "old.yaml", "capture.jsonl"];

describe("edge replay", () => {
  const cases: readonly (readonly [string, readonly string[], number])[] = [
    ["replay", [...ARGS, "--price-per-gib", "3"], 0],
    ["replay-markdown", [...ARGS, "--markdown", "--mask", "--examples=1"], 0],
    ["replay-json", [...ARGS, "--json", "--examples=0"], 0],
    ["replay-cost", [...ARGS, "--config", "edge.yaml", "--examples=0"], 0],
    ["replay-cost-markdown", [...ARGS, "--config=edge.yaml", "--examples=0", "--markdown"], 0],
    ["replay-cost-json", [...ARGS, "--config=edge.yaml", "--examples=0", "--json"], 0],
    ["replay-alone", ["replay", "-p", "new.yaml", "capture.jsonl", "--examples=0"], 0],
    ["replay-same", ["replay", "-p", "old.yaml", "--against", "old.yaml", "capture.jsonl"], 0],
  ];
  for (const [name, args, expected] of cases) {
    test(name, async () => {
      using folder = new CommandFolder(FILES);
      const { code, out, err } = await folder.inPipe(args);
      expect([code, err]).toEqual([expected, ""]);
      expectGolden(`${name}.txt`, out);
    });
  }

  test("colours a terminal", async () => {
    using folder = new CommandFolder(FILES);
    const { out } = await folder.onTerminal([...ARGS, "--examples=0"]);
    // How far it was shows now and then, before the rest.
    const erased = "\u001b[K";
    const last = styled(out.slice(out.lastIndexOf(erased) + 1).replace(erased.slice(1), ""));
    expectGolden("replay-coloured.txt", last);
  });

  test("reads standard input", async () => {
    using folder = new CommandFolder(FILES);
    const { out } = await folder.inPipe([...ARGS.slice(0, -1), "-"], FILES["capture.jsonl"]);
    const { out: ofFile } = await folder.inPipe(ARGS);
    expect(out).toBe(ofFile);
  });

  test("fails on changes that it is told to fail on", async () => {
    using folder = new CommandFolder(FILES);
    const codeOf = async (condition: string): Promise<number> =>
      (await folder.inPipe([...ARGS, "--fail-on", condition])).code;
    expect(await codeOf("newly-dropped")).toBe(1);
    expect(await codeOf("newly-dropped=error,fatal")).toBe(1);
    expect(await codeOf("newly-dropped=fatal")).toBe(0);
    expect(await codeOf("no-longer-edited")).toBe(0);
  });

  test("says what is wrong with its files and its words", async () => {
    using folder = new CommandFolder(FILES);
    const errors = async (...args: readonly string[]): Promise<unknown> => {
      const { code, err } = await folder.inPipe(["replay", ...args]);
      return [code, err];
    };
    expect(await errors("capture.jsonl")).toEqual([
      64,
      "edge: replay needs policies: --policies FILE.\n",
    ]);
    expect(await errors("-p", "new.yaml")).toEqual([64, "edge: replay needs captures.\n"]);
    expect(await errors("-p", "new.yaml", "nope.jsonl")).toEqual([
      78,
      "nope.jsonl: no such file\n",
    ]);
    expect(await errors("-p", "new.yaml", "--fail-on", "dropped", "capture.jsonl")).toEqual([
      64,
      'edge: --fail-on: "dropped" is not known; allowed: newly-dropped, newly-kept, newly-edited, no-longer-edited.\n',
    ]);
    expect(await errors("-p", "new.yaml", "--price-per-gib", "3,5", "x")).toEqual([
      64,
      'edge: --price-per-gib: "3,5" is no price; allowed: a number, such as 0.5.\nTry "edge --help".\n',
    ]);
    expect(await errors("-p", "new.yaml", "--price-per-gib", "0.5", "capture.jsonl")).toEqual([
      0,
      "",
    ]);
    expect(await errors("-p", "new.yaml", "--fail-on", "newly-kept=eror", "x")).toEqual([
      64,
      'edge: --fail-on: "eror" is no severity; allowed: trace, debug, info, warn, error, fatal, none.\n',
    ]);
  });

  describe("money", () => {
    const headOf = async (files: Readonly<Record<string, string>>, ...args: readonly string[]) => {
      using folder = new CommandFolder({ ...FILES, ...files });
      const { code, out, err } = await folder.inPipe([...ARGS, ...args]);
      return [code, err, out.split("\n", 1)[0]];
    };
    const withCost = async (cost: string, ...args: readonly string[]) =>
      headOf({ "edge.yaml": cost }, "--config=edge.yaml", ...args);

    test("is that of the signal, and of all where that says nothing", async () => {
      const spans = "cost: {per_million_records: 2000000, traces: {per_million_records: 1}}";
      expect(await withCost(spans)).toEqual([0, "", "14 records, 1.3 KiB, worth 28.00 USD"]);
      const logs = "cost: {per_million_records: 2000000, logs: {per_million_records: 0}}";
      expect(await withCost(logs)).toEqual([0, "", "14 records, 1.3 KiB, worth 0.00 USD"]);
      const bytes = "cost: {per_gb: 1000000000, logs: {per_million_records: 1000000}}";
      expect(await withCost(bytes)).toEqual([0, "", "14 records, 1.3 KiB, worth 1,300.00 USD"]);
    });

    test("of bytes is what the command line says, that of records stays", async () => {
      const cost = "cost: {per_gb: 1000000000, per_million_records: 1000000, currency: CHF}";
      expect(await withCost(cost, "--price-per-gib", "0")).toEqual([
        0,
        "",
        "14 records, 1.3 KiB, worth 14.00 CHF",
      ]);
      expect(await withCost("{}", "--price-per-gib", "0")).toEqual([
        0,
        "",
        "14 records, 1.3 KiB, worth 0.00",
      ]);
    });

    test("is not made up: a configuration without prices, or a wrong one, is refused", async () => {
      expect(await withCost("cost: {currency: EUR}")).toEqual([
        78,
        "edge.yaml: cost: is missing; set per_gb or per_million_records.\n",
        "",
      ]);
      expect(await withCost("cost: {per_gib: 1}")).toEqual([
        78,
        'edge.yaml:1:8 cost.per_gib: unknown key; did you mean "per_gb"?\n',
        "",
      ]);
      expect(await headOf({}, "--config=nope.yaml")).toEqual([
        78,
        "nope.yaml: no such file; give the path of a configuration file, or none to run on defaults and TERO_ variables.\n",
        "",
      ]);
    });
  });
});
