// What transforms of OpenTelemetry's dialect make of logs, in both encodings: each operation, their
// order over all policies, beside other policies, and what counts as a hit.

import { describe, expect, test } from "bun:test";
import { filterInput, load, startEngine } from "../../../src/cli/suite/judging.ts";
import { encodeUtf8 } from "../../../src/core/utf8.ts";
import { policyWarnings } from "../../../src/policy/warnings.ts";
import {
  type Any,
  attributes,
  decoded,
  int,
  judged,
  list,
  logs,
  map,
  recordBy,
  str,
} from "../../support/otlp/judged-logs.ts";

const BODY = { target: { record_field: "LOG_RECORD_FIELD_BODY" }, predicate: { exists: {} } };
const at = (...path: string[]) => ({ target: { log_attribute: path } });
const transform = (operations: object, id = "t", matches: readonly object[] = [BODY]) => ({
  id,
  log_transform: { matches, ...operations },
});
/** What becomes of attributes by one policy. */
const edited = (operations: object, before: Parameters<typeof attributes>[0]) => {
  const record = { body: str("x"), attributes: attributes(before) };
  const left = recordBy([transform(operations)], record) as { attributes?: object[] };
  return left.attributes;
};
const become = (values: Parameters<typeof attributes>[0]) => attributes(values) as object[];

describe("an operation", () => {
  test("removes a value of any kind, also in a map, and nothing where there is none", () => {
    const remove = [at("a"), at("m", "x"), at("absent"), at("m", "absent")];
    const before = { a: list(int(1)), m: map({ x: int(1), y: int(2) }), b: str("b") };
    expect(edited({ remove }, before)).toEqual(become({ m: map({ y: int(2) }), b: str("b") }));
  });

  test("redacts whole values of any kind, literally", () => {
    const redact = [
      { ...at("n"), replacement: "$1" },
      { ...at("l"), replacement: "" },
      at("m", "x"),
      { target: { record_field: "SEVERITY_TEXT" }, replacement: "X" },
      { target: { record_field: "BODY" } },
    ];
    const record = {
      severityText: "INFO",
      body: map({ a: int(1) }),
      attributes: attributes({ n: int(1), l: list(int(2)), m: map({ x: { boolValue: true } }) }),
    };
    expect(recordBy([transform({ redact })], record)).toEqual({
      severityText: "X",
      body: str("[REDACTED]"),
      attributes: attributes({
        n: str("$1"),
        l: str("[REDACTED]"),
        m: map({ x: str("[REDACTED]") }),
      }),
    });
  });

  test("redacts every match of a text, by a template of numbers, names and dollars", () => {
    const redact = [
      { ...at("a"), regex: "(?P<k>\\w)=(\\d)", replacement: "$0|${k}|$2|$3|${no}|$$|$12" },
      { ...at("n"), regex: "1", replacement: "x" },
    ];
    expect(edited({ redact }, { a: str("p=1 q=2"), n: int(1) })).toEqual(
      become({ a: str("p=1|p|1|||$| q=2|q|2|||$|"), n: int(1) }),
    );
  });

  test("renames in the same map, and keeps what has the name unless it may not", () => {
    const before = { a: int(1), b: int(2), m: map({ x: int(3), y: int(4), z: int(5) }) };
    const from = (...path: string[]) => ({ from: { log_attribute: path } });
    const rename = (...items: object[]) => edited({ rename: items }, before);
    expect(rename({ ...from("a"), to: "c" })).toEqual(
      become({ b: before.b, m: before.m, c: int(1) }),
    );
    expect(rename({ ...from("m", "x"), to: "w" })).toEqual(
      become({ a: int(1), b: int(2), m: map({ y: int(4), z: int(5), w: int(3) }) }),
    );
    expect(rename({ ...from("m", "x"), to: "a" })).toEqual(
      become({ a: int(1), b: int(2), m: map({ y: int(4), z: int(5), a: int(3) }) }),
    );
    expect(rename({ ...from("a"), to: "b" }, { ...from("m", "x"), to: "y" })).toEqual(
      become(before),
    );
    expect(
      rename(
        { ...from("a"), to: "b", upsert: true },
        { ...from("m", "x"), to: "y", upsert: true },
        { ...from("absent"), to: "b", upsert: true },
        { from: { record_field: "BODY" }, to: "b", upsert: true },
      ),
    ).toEqual(become({ m: map({ z: int(5), y: int(3) }), b: int(1) }));
  });

  const VALUES: readonly [unknown, Any][] = [
    ["new", str("new")],
    [7, int(7)],
    [{ int_value: "-9223372036854775808" }, int("-9223372036854775808")],
    [{ int_value: "9007199254740993" }, int("9007199254740993")],
    [0.5, { doubleValue: 0.5 }],
    [{ double_value: 2 }, { doubleValue: 2 }],
    [{ double_value: -1e300 }, { doubleValue: -1e300 }],
    [true, { boolValue: true }],
    [false, { boolValue: false }],
    [{ bytes_value: "AP8=" }, { bytesValue: "AP8=" }],
  ];
  for (const [value, any] of VALUES) {
    test(`adds ${JSON.stringify(value)} of its type, also for what is there`, () => {
      const add = [
        { ...at("a"), value },
        { ...at("m", "x"), value },
        { ...at("there"), value },
        { ...at("set"), value, upsert: true },
        { ...at("m", "set"), value, upsert: true },
        { ...at("set", "no map"), value, upsert: true },
      ];
      const before = { there: str("old"), set: list(int(1)), m: map({ set: str("old") }) };
      expect(edited({ add }, before)).toEqual(
        become({ there: str("old"), set: any, m: map({ set: any, x: any }), a: any }),
      );
      const body = { target: { record_field: "BODY" }, value, upsert: true };
      const match = { target: { log_attribute: "a" }, predicate: { exists: {} } };
      const record = { body: str("x"), attributes: attributes({ a: int(1) }) };
      expect(recordBy([transform({ add: [body] }, "t", [match])], record)).toEqual({
        ...record,
        body: any,
      });
    });
  }

  test("gives fields that are texts no value of another type", () => {
    const set = (record_field: string, value: unknown) => ({
      target: { record_field },
      value,
      upsert: true,
    });
    const record = { severityText: "INFO", eventName: "e", body: str("x") };
    const add = [set("SEVERITY_TEXT", 5), set("EVENT_NAME", true), set("TRACE_ID", 0.5)];
    expect(recordBy([transform({ add })], record)).toEqual(record);
    const texts = [set("SEVERITY_TEXT", "WARN"), set("EVENT_NAME", "f")];
    expect(recordBy([transform({ add: texts })], record)).toEqual({
      severityText: "WARN",
      eventName: "f",
      body: str("x"),
    });
  });

  test("reaches elements of arrays, and maps in them, and adds none", () => {
    const before = {
      items: list(map({ sku: str("a1"), n: int(1) }), map({ sku: str("b2"), n: int(2) }), str("c")),
      nested: list(list(str("x"), map({ k: str("deep") }))),
      map: map({ "0": str("a key") }),
    };
    const remove = [at("items", "0", "n"), at("items", "2"), at("items", "7"), at("map", "1")];
    const redact = [
      { ...at("items", "1", "sku"), regex: "[0-9]", replacement: "#" },
      { ...at("nested", "0", "0") },
      { ...at("nested", "0", "1", "k"), replacement: "D" },
      { ...at("map", "0"), replacement: "M" },
      { ...at("nested", "1"), replacement: "none" },
      { ...at("nested", "00"), replacement: "none" },
    ];
    const rename = [
      { from: { log_attribute: ["items", "1", "n"] }, to: "count" },
      { from: { log_attribute: ["items", "0"] }, to: "no name" },
    ];
    const add = [
      { ...at("items", "0", "sku"), value: 5, upsert: true },
      { ...at("items", "5"), value: "new" },
      { ...at("items", "0", "new"), value: "new" },
    ];
    expect(edited({ remove, redact, rename, add }, before)).toEqual(
      become({
        items: list(map({ sku: int(5) }), map({ sku: str("b#"), count: int(2) })),
        nested: list(list(str("[REDACTED]"), map({ k: str("D") }))),
        map: map({ "0": str("M") }),
      }),
    );
  });

  test("edits resources and scopes once, after all of their records were matched", () => {
    const set = [
      transform({
        remove: [{ target: { resource_attribute: "host" } }],
        redact: [{ target: { scope_attribute: "s" } }],
        rename: [{ from: { resource_attribute: ["m", "x"] }, to: "y" }],
        add: [{ target: { scope_attribute: "n" }, value: 2 }],
      }),
      {
        id: "filter",
        log_filter: {
          matches: [{ target: { resource_attribute: "host" }, predicate: { equals: "h" } }, BODY],
          action: "ACTION_KEEP",
        },
      },
    ];
    const request = (resource: object, scope: object) => ({
      resourceLogs: [
        {
          resource: { attributes: resource },
          scopeLogs: [
            {
              scope: { name: "lib", attributes: scope },
              logRecords: [{ body: str("1") }, { body: str("2") }],
            },
          ],
        },
      ],
    });
    const { left, counts } = judged(
      set,
      request(attributes({ host: str("h"), m: map({ x: int(1) }) }), attributes({ s: int(1) })),
    );
    expect(left).toEqual(
      request(
        attributes({ m: map({ y: int(1) }) }),
        attributes({ s: str("[REDACTED]"), n: int(2) }),
      ),
    );
    expect(counts).toEqual({ t: [2, 0], filter: [2, 0] });
  });
});

describe("operations of several policies", () => {
  test("are done by kind, then by the bytes of the id, then by position", () => {
    const add = (value: string) => ({ add: [{ ...at("who"), value, upsert: true }] });
    const set = [
      transform({ ...add("é") }, "é"),
      transform({ ...add("b") }, "b"),
      transform({ redact: [{ ...at("b"), replacement: "2" }], ...add("a") }, "a"),
      transform({ redact: [{ ...at("b"), regex: "2", replacement: "3" }] }, "aa"),
      transform({ remove: [at("a")], rename: [{ from: { log_attribute: "b" }, to: "a" }] }, "z"),
    ];
    const record = { body: str("x"), attributes: attributes({ a: int(1), b: int(2) }) };
    expect(recordBy(set, record)).toEqual({
      body: str("x"),
      attributes: attributes({ a: str("3"), who: str("é") }),
    });
  });

  test("stand around those of other policies, which go policy by policy", () => {
    const tero = (id: string, edits: object) => ({
      id,
      name: id,
      log: { match: [{ log_field: "body", exists: true }], keep: "all", transform: edits },
    });
    const set = [
      tero("1", {
        remove: [{ log_attribute: "gone" }],
        rename: [{ from_log_attribute: "a", to: "b" }],
        add: [{ log_attribute: "new", value: "tero" }],
      }),
      tero("3", { redact: [{ log_attribute: "b", regex: "o", replacement: "0" }] }),
      transform(
        {
          remove: [at("gone")],
          redact: [{ ...at("a"), regex: "^s", replacement: "S" }],
          rename: [{ from: { log_attribute: "b" }, to: "c" }],
          add: [
            { ...at("new"), value: "otel" },
            { ...at("a"), value: 1 },
          ],
        },
        "2",
      ),
    ];
    const before = { gone: int(1), a: str("so so") };
    const record = { body: str("x"), attributes: attributes(before) };
    const { left, counts } = judged(set, logs(record));
    expect(left).toEqual(
      logs({
        body: str("x"),
        attributes: attributes({ new: str("tero"), c: str("S0 s0"), a: int(1) }),
      }),
    );
    expect(counts).toEqual({ "1": [1, 0], "2": [1, 0], "3": [1, 0] });
  });

  test("see the record as it arrived when they are matched", () => {
    const isSecret = { target: { log_attribute: "a" }, predicate: { equals: "secret" } };
    const set = [
      transform({ redact: [at("a")] }, "1", [isSecret]),
      transform({ add: [{ ...at("seen"), value: true }] }, "2", [isSecret]),
    ];
    const record = { body: str("x"), attributes: attributes({ a: str("secret") }) };
    expect(recordBy(set, record)).toEqual({
      body: str("x"),
      attributes: attributes({ a: str("[REDACTED]"), seen: { boolValue: true } }),
    });
  });
});

describe("a transform", () => {
  test("in shadow changes nothing, and is told what it would change of what others leave", () => {
    const shadow = { ...transform({ redact: [at("a")] }, "z"), labels: { "edge.mode": "shadow" } };
    const record = { body: str("x"), attributes: attributes({ a: int(1) }) };
    const shadowed = (set: readonly object[]): readonly number[] => {
      const engine = startEngine();
      load(engine, decoded(set));
      filterInput(engine, "log", encodeUtf8(JSON.stringify(logs(record))));
      return engine.totals().map(({ editedInShadow }) => editedInShadow);
    };
    expect(recordBy([shadow], record)).toEqual(record);
    expect(shadowed([shadow])).toEqual([1]);
    expect(shadowed([shadow, transform({ remove: [at("a")] }, "a")])).toEqual([0, 0]);
    expect(shadowed([shadow, transform({ add: [{ ...at("a"), value: 2 }] }, "a")])).toEqual([0, 1]);
  });

  test("says of fields that it cannot change that it does nothing", () => {
    const targets = [{ record_field: "SEVERITY_NUMBER" }, { scope_field: "NAME" }];
    const operations = { remove: targets, add: [{ target: targets[0], value: 9 }] };
    const [policy] = decoded([transform(operations)]);
    expect(policyWarnings(policy!)).toEqual([
      "log_transform: remove[0]: does nothing: severity_number cannot be changed",
      "log_transform: remove[1]: does nothing: scope_name cannot be changed",
      "log_transform: add[0]: does nothing: severity_number cannot be changed",
    ]);
    const record = { body: str("x"), severityNumber: 5 };
    expect(recordBy([transform(operations)], record)).toEqual(record);
  });
});

describe("a transform counts", () => {
  const add = (target: object, value: unknown = 1) => ({ add: [{ target, value }] });

  test("a hit for a record that it changed, else a miss, and nothing for what is dropped", () => {
    const drop = {
      id: "drop",
      log_filter: {
        matches: [{ target: { record_field: "BODY" }, predicate: { equals: "drop" } }],
        action: "ACTION_DROP",
      },
    };
    const set = [drop, transform({ ...add({ log_attribute: "a" }), remove: [at("b")] })];
    const { counts } = judged(
      set,
      logs(
        { body: str("drop") },
        { body: str("1") },
        { body: str("2"), attributes: attributes({ a: int(0) }) },
        { body: str("3"), attributes: attributes({ a: int(0), b: int(0) }) },
        { severityText: "no match" },
      ),
    );
    expect(counts).toEqual({ drop: [1, 0], t: [2, 1] });
  });

  test("a hit as well for all records of a resource or a scope that it changed", () => {
    const request = {
      resourceLogs: [
        {
          resource: { attributes: attributes({ r: int(0) }) },
          scopeLogs: [{ logRecords: [{ body: str("1") }, { body: str("2") }] }],
        },
        { scopeLogs: [{ logRecords: [{ body: str("3") }] }] },
      ],
    };
    const set = [
      transform(add({ resource_attribute: "r" }), "resource"),
      transform(
        { ...add({ scope_attribute: "s" }), remove: [{ target: { resource_attribute: "x" } }] },
        "scope",
      ),
      transform({ remove: [{ target: { scope_attribute: "none" } }] }, "none"),
    ];
    const { counts } = judged(set, request);
    expect(counts).toEqual({ resource: [1, 2], scope: [3, 0], none: [0, 3] });
  });

  test("a value that is the same already as a miss", () => {
    const values = [1, 0.5, true, "s", { bytes_value: "AP8=" }];
    const same = values.map((value, i) => ({ ...at(`a${i}`), value, upsert: true }));
    const before = {
      a0: int(1),
      a1: { doubleValue: 0.5 },
      a2: { boolValue: true },
      a3: str("s"),
      a4: { bytesValue: "AP8=" },
    };
    const record = { body: str("x"), attributes: attributes(before) };
    expect(judged([transform({ add: same })], logs(record))).toEqual({
      left: logs(record),
      counts: { t: [0, 1] },
    });
    const other = [{ ...at("a0"), value: { double_value: 1 }, upsert: true }];
    expect(judged([transform({ add: other })], logs(record)).counts).toEqual({ t: [1, 0] });
  });
});
