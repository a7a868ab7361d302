// Policies of OpenTelemetry's dialect on logs that come as pushes of Loki and as lines: what
// leaves, and what is counted.

import { describe, expect, test } from "bun:test";
import { load, startEngine } from "../../../src/cli/suite/judging.ts";
import type { Engine } from "../../../src/policy/index.ts";
import { LinesFormat } from "../../../src/protocols/lines/index.ts";
import { lokiJsonFormat, lokiProtobufFormat } from "../../../src/protocols/loki/format/index.ts";
import {
  type PlainEntry,
  readJson,
  readProtobuf,
  writeJson,
  writeProtobuf,
} from "../../protocols/loki/format/push.ts";
import { decoded } from "../../support/otlp/judged-logs.ts";

const at = (...path: string[]) => ({ target: { log_attribute: path } });
const BODY = { target: { record_field: "BODY" } };
const LEVEL = { target: { record_field: "SEVERITY_TEXT" } };
const filter = (id: string, match: object, action: string) => ({
  id,
  log_filter: { matches: [match], action },
});
const DROP_DEBUG = filter("d", { ...LEVEL, predicate: { equals: "debug" } }, "ACTION_DROP");
const KEEP_VIP = filter("k", { ...at("vip"), predicate: { exists: {} } }, "ACTION_KEEP");
const EDIT = {
  id: "t",
  log_transform: {
    matches: [{ ...BODY, predicate: { contains: "pay" } }],
    remove: [at("gone")],
    redact: [
      { ...BODY, regex: "[0-9]+", replacement: "#" },
      { ...at("mail"), replacement: "X" },
      { target: { resource_attribute: "app" }, regex: "o", replacement: "0" },
    ],
    rename: [
      { from: { log_attribute: "a" }, to: "b" },
      { from: { log_attribute: ["m", "x"] }, to: "y" },
    ],
    add: [
      { ...at("whole"), value: 2 },
      { ...at("half"), value: 1.5 },
      { ...at("is"), value: true },
      { ...at("bytes"), value: { bytes_value: "AP8=" } },
      { ...BODY, value: "a body is there" },
      { ...LEVEL, value: "WARN", upsert: true },
      { ...at("mail"), value: 3, upsert: true },
    ],
  },
};
const ALL = [DROP_DEBUG, KEEP_VIP, EDIT];

function engineOf(policies: readonly object[]): Engine {
  const engine = startEngine();
  load(engine, decoded(policies));
  return engine;
}
const countsOf = (engine: Engine): unknown =>
  engine.totals().map(({ id, hits, misses }) => [id, hits, misses]);

describe.each([
  ["JSON", lokiJsonFormat(), writeJson, readJson],
  ["protobuf", lokiProtobufFormat(), writeProtobuf, readProtobuf],
] as const)("pushes of Loki in %s", (_, format, write, read) => {
  function left(engine: Engine, entries: readonly PlainEntry[]): unknown {
    const labels = [["app", "shop"] as const, ["level", "debug"] as const];
    const body = write([{ labels, entries }]);
    return read(format.filter(body, engine.evaluation("log")!).body ?? body);
  }

  test("are filtered, and transformed into texts", () => {
    const engine = engineOf(ALL);
    const metadata = Object.entries({ vip: "1", a: "1", gone: "z", mail: "q" });
    const entries = [
      { time: 1n, line: "x" },
      { time: 2n, line: "pay 17", metadata },
    ];
    const texts = { vip: "1", mail: "3", b: "1", whole: "2", half: "1.5", is: "true" };
    expect(left(engine, entries)).toEqual([
      {
        labels: [
          ["app", "sh0p"],
          ["level", "debug"],
        ],
        entries: [
          { time: 2n, line: "pay #", metadata: Object.entries({ ...texts, level: "WARN" }) },
        ],
      },
    ]);
    expect(countsOf(engine)).toEqual([
      ["d", 1, 1],
      ["k", 1, 0],
      ["t", 1, 0],
    ]);
  });

  test("have texts alone: no number equals one, no array has one, no path leads into one", () => {
    const metadata = [["n", "17"] as const];
    const isFound = (target: object, predicate: object): boolean => {
      const engine = engineOf([filter("p", { ...target, predicate }, "DROP")]);
      left(engine, [{ time: 1n, line: "x", metadata }]);
      return engine.totals()[0]?.hits === 1;
    };
    const found = [{ equals: "17" }, { contains: "7" }, { regex: "^17$" }].map((predicate) =>
      isFound(at("n"), predicate),
    );
    expect(found).toEqual([true, true, true]);
    expect([
      isFound(at("n"), { equals: 17 }),
      isFound(at("n"), { contains: 17 }),
      isFound(at("n"), { gte: 1 }),
      isFound(at("n", "0"), { exists: {} }),
      isFound({ target: { resource_attribute: "app" } }, { equals: "shop" }),
      isFound({ target: { resource_attribute: "app" } }, { equals: "sho" }),
    ]).toEqual([false, false, false, false, true, false]);
  });
});

describe("lines", () => {
  function lines(
    engine: Engine,
    syntax: "json" | "logfmt" | "raw",
    ...texts: readonly string[]
  ): readonly string[] {
    const bytes = Buffer.from(`${texts.join("\n")}\n`);
    const resource = new Map([["app", "shop"]]);
    const format = new LinesFormat({ syntax });
    const { body = bytes } = format.filterBlock(bytes, engine.evaluation("log"), { resource });
    return Buffer.from(body).toString().trimEnd().split("\n");
  }

  test("in JSON are filtered, and transformed with values of their types", () => {
    const engine = engineOf(ALL);
    const left = lines(
      engine,
      "json",
      '{"level":"debug","msg":"x"}',
      '{"level":"debug","msg":"pay 17","vip":1,"a":[1],"gone":{"q":2},"mail":[1],"m":{"x":1}}',
      '{"level":"debug","msg":"pay 17"}',
      '{"level":"debugs","msg":"x"}',
    );
    expect(left).toEqual([
      '{"level":"WARN","msg":"pay #","vip":1,"mail":3,"m":{"y":1},"b":[1],"whole":2,"half":1.5,"is":true}',
      '{"level":"debugs","msg":"x"}',
    ]);
    expect(countsOf(engine)).toEqual([
      ["d", 2, 1],
      ["k", 1, 0],
      ["t", 1, 0],
    ]);
  });

  test("in JSON have arrays", () => {
    const line = '{"msg":"x","tags":["red",42],"items":[{"sku":"a"}]}';
    const isFound = (path: readonly string[], predicate: object): boolean =>
      lines(engineOf([filter("p", { ...at(...path), predicate }, "DROP")]), "json", line)[0] === "";
    expect([
      isFound(["tags"], { contains: "red" }),
      isFound(["tags"], { contains: 42 }),
      isFound(["items", "0", "sku"], { equals: "a" }),
      isFound(["tags"], { contains: "re" }),
      isFound(["items", "1", "sku"], { exists: {} }),
    ]).toEqual([true, true, true, false, false]);
  });

  test("of pairs are filtered, and transformed into texts", () => {
    const engine = engineOf(ALL);
    const left = lines(
      engine,
      "logfmt",
      "level=debug msg=x",
      'level=debug msg="pay 17" vip=1 a=1 gone=z mail=q',
      'level=debug msg="pay 17"',
      "level=info msg=x",
    );
    expect(left).toEqual([
      'level=WARN msg="pay #" vip=1 mail=3 b=1 whole=2 half=1.5 is=true',
      "level=info msg=x",
    ]);
    expect(countsOf(engine)).toEqual([
      ["d", 2, 1],
      ["k", 1, 0],
      ["t", 1, 0],
    ]);
  });

  test("of plain text have a body alone, and attributes of their file", () => {
    const policies = [
      EDIT,
      filter("drop", { ...BODY, predicate: { regex: "^noise" } }, "DROP"),
      filter("keep", { ...BODY, predicate: { contains: "vip" } }, "KEEP"),
      filter(
        "other",
        { target: { resource_attribute: "app" }, predicate: { equals: "x" } },
        "DROP",
      ),
    ];
    const engine = engineOf(policies);
    expect(lines(engine, "raw", "noise", "noise vip", "a noise", "pay 17 with 4")).toEqual([
      "noise vip",
      "a noise",
      "pay # with #",
    ]);
    expect(countsOf(engine)).toEqual([
      ["drop", 1, 1],
      ["keep", 1, 0],
      ["other", 0, 0],
      ["t", 1, 0],
    ]);
  });
});
