// What predicates of OpenTelemetry's dialect find in logs, in both encodings: paths into arrays,
// contains, values by their types, and fields by the texts that the draft reads them as.

import { describe, expect, test } from "bun:test";
import {
  type Any,
  attributes,
  int,
  judged,
  list,
  logs,
  map,
  recordBy,
  str,
} from "../../support/otlp/judged-logs.ts";

const bool = (boolValue: boolean): Any => ({ boolValue });
const double = (doubleValue: number): Any => ({ doubleValue });
const bytes = (bytesValue: string): Any => ({ bytesValue });

/** Whether a drop by this matcher takes the record away. */
function matches(target: object, predicate: object, record: object): boolean {
  const drop = (negate: boolean) => ({
    id: "p",
    log_filter: { matches: [{ target, predicate, negate }], action: "ACTION_DROP" },
  });
  const holds = recordBy([drop(false)], record) === undefined;
  expect(recordBy([drop(true)], record) === undefined).toBe(!holds);
  return holds;
}
const judgedLeft = (policy: object, request: object): object => judged([policy], request).left;
const countsOf = (policies: readonly object[], any: Any) =>
  judged(policies, logs({ attributes: attributes({ a: any }) })).counts;
const attributeMatches = (path: readonly string[], predicate: object, value: Any): boolean =>
  matches({ log_attribute: path }, predicate, { attributes: attributes({ a: value }) });
const bodyMatches = (predicate: object, body: Any | undefined): boolean =>
  matches({ record_field: "BODY" }, predicate, { severityText: "x", body });

describe("a path", () => {
  const deep = list(map({ k: list(str("x"), map({ "0": str("y") })) }), str("z"));
  const CASES: readonly [string[], Any, string | undefined][] = [
    [["a", "1"], list(str("x"), str("y")), "y"],
    [["a", "2"], list(str("x"), str("y")), undefined],
    [["a", "-1"], list(str("x"), str("y")), undefined],
    [["a", "01"], list(str("x"), str("y")), undefined],
    [["a", "0"], str("x"), undefined],
    [["a", "0"], map({ "0": str("x"), "1": str("y") }), "x"],
    [["a", "k"], list(str("x")), undefined],
    [["a", "0", "k", "1", "0"], deep, "y"],
    [["a", "0", "k", "0"], deep, "x"],
    [["a", "0", "k", "1", "1"], deep, undefined],
    [["a", "1"], deep, "z"],
    [["a", "1", "0"], list(int(0), list(str("in a list"))), "in a list"],
    [["a", "12"], list(...Array.from({ length: 13 }, (_, i) => str(`${i}`))), "12"],
  ];
  for (const [path, value, want] of CASES) {
    test(`${path.join("/")} leads to ${want} in ${JSON.stringify(value)}`, () => {
      expect(attributeMatches(path, { exists: {} }, value)).toBe(want !== undefined);
      expect(attributeMatches(path, { equals: want ?? "x" }, value)).toBe(want !== undefined);
      expect(attributeMatches(path, { equals: "another" }, value)).toBe(false);
    });
  }

  test("leads into arrays of resources and scopes, and never from the first segment", () => {
    const request = {
      resourceLogs: [
        {
          resource: { attributes: attributes({ r: list(int(1), int(2)) }) },
          scopeLogs: [
            {
              scope: { attributes: attributes({ "0": map({ "1": str("s") }) }) },
              logRecords: [{ body: str("x") }],
            },
          ],
        },
      ],
    };
    const drop = (target: object, equals: unknown) => ({
      id: "p",
      log_filter: { matches: [{ target, predicate: { equals } }], action: "ACTION_DROP" },
    });
    const isLeft = (policy: object): boolean =>
      JSON.stringify(judgedLeft(policy, request)) !== "{}";
    expect(isLeft(drop({ resource_attribute: ["r", "1"] }, 2))).toBe(false);
    expect(isLeft(drop({ resource_attribute: ["r", "0"] }, 2))).toBe(true);
    expect(isLeft(drop({ scope_attribute: ["0", "1"] }, "s"))).toBe(false);
  });

  test("of the other dialect does not lead into arrays of OTLP, also beside one that does", () => {
    const record = { body: str("x"), attributes: attributes({ a: list(str("x"), str("y")) }) };
    const path = ["a", "1"];
    const tero = (keep: string, exact: string) => ({
      id: `tero ${exact}`,
      name: "tero",
      log: { match: [{ log_attribute: path, exact }], keep },
    });
    const otel = {
      id: "otel",
      log_filter: {
        matches: [{ target: { log_attribute: path }, predicate: { equals: "no" } }],
        action: "ACTION_DROP",
      },
    };
    expect(recordBy([tero("none", "y"), otel], record)).toEqual(record);
    const inMap = { ...record, attributes: attributes({ a: map({ "1": str("y") }) }) };
    expect(recordBy([tero("none", "y"), otel], inMap)).toBeUndefined();
  });
});

describe("contains", () => {
  const FOUND: readonly [unknown, Any, boolean][] = [
    ["ed", str("blue,red"), true],
    ["", str("x"), true],
    ["Red", str("red"), false],
    ["red", list(str("blue"), str("red")), true],
    ["re", list(str("red")), false],
    ["", list(str("red")), false],
    ["", list(str("red"), str("")), true],
    ["red", list(list(str("red"))), false],
    ["red", list(map({ red: str("red") })), false],
    ["red", map({ red: str("red") }), false],
    ["red", list(), false],
    ["4", int(42), false],
    ["42", list(int(42)), false],
    [42, list(str("42")), false],
    [42, list(int(1), int(42)), true],
    [42, list(double(42)), true],
    [0.5, list(double(0.5)), true],
    [{ double_value: 1 }, list(int(1)), true],
    [42, int(42), false],
    [42, list(int(421)), false],
    [{ int_value: "9007199254740993" }, list(int("9007199254740993")), true],
    [{ int_value: "9007199254740993" }, list(int("9007199254740992")), false],
    [true, list(bool(false), bool(true)), true],
    [true, list(bool(false), str("true"), int(1)), false],
    [true, bool(true), false],
    [{ bytes_value: "AQI=" }, bytes("AAECAw=="), true],
    [{ bytes_value: "AAM=" }, bytes("AAECAw=="), false],
    [{ bytes_value: "" }, bytes("AA=="), true],
    [{ bytes_value: "YWI=" }, str("abc"), false],
    [{ bytes_value: "AQI=" }, list(bytes("AQI=")), true],
    [{ bytes_value: "AQI=" }, list(bytes("AAECAw==")), false],
    ["ab", bytes("YWJj"), false],
  ];
  for (const [value, any, want] of FOUND) {
    test(`${JSON.stringify(value)} is ${want ? "" : "not "}in ${JSON.stringify(any)}`, () => {
      expect(attributeMatches(["a"], { contains: value }, any)).toBe(want);
      expect(
        attributeMatches(["a", "k", "1"], { contains: value }, map({ k: list(int(0), any) })),
      ).toBe(want);
      expect(bodyMatches({ contains: value }, any)).toBe(want);
    });
  }

  test("finds nothing where there is nothing, and in no number of a severity", () => {
    expect(bodyMatches({ contains: "" }, undefined)).toBe(false);
    expect(
      matches({ record_field: "SEVERITY_NUMBER" }, { contains: "9" }, { severityNumber: 9 }),
    ).toBe(false);
    expect(
      matches({ record_field: "SEVERITY_TEXT" }, { contains: "NF" }, { severityText: "INFO" }),
    ).toBe(true);
    expect(matches({ record_field: "SEVERITY_TEXT" }, { contains: 5 }, { severityText: "5" })).toBe(
      false,
    );
  });

  test("of many policies finds what each alone finds", () => {
    const values = ["red", "re", 42, 0.5, true, { bytes_value: "AQI=" }, { bytes_value: "Ag==" }];
    const anys = [
      str("red"),
      str("a 42"),
      list(str("re"), int(42)),
      list(double(0.5), bool(true), bytes("AQI=")),
      bytes("AAEC"),
      map({ red: int(42) }),
    ];
    const policies = values.map((value, i) => ({
      id: `p${i}`,
      log_filter: {
        matches: [{ target: { log_attribute: "a" }, predicate: { contains: value } }],
        action: "ACTION_KEEP",
      },
    }));
    const alone = policies.map((policy) =>
      anys.filter((any) => countsOf([policy], any)[policy.id] !== undefined),
    );
    const together = policies.map(({ id }) =>
      anys.filter((any) => countsOf(policies, any)[id] !== undefined),
    );
    expect(together).toEqual(alone);
    expect(alone.map(({ length }) => length)).toEqual([1, 2, 1, 1, 1, 2, 1]);
  });
});

describe("equals", () => {
  const EQUAL: readonly [unknown, Any, boolean][] = [
    [{ bytes_value: "AQI=" }, bytes("AQI="), true],
    [{ bytes_value: "AQI=" }, bytes("AQID"), false],
    [{ bytes_value: "YQ==" }, str("a"), false],
    [true, bool(true), true],
    [true, str("true"), false],
    [1, double(1), true],
    [1.5, double(1.5), true],
    [{ double_value: 1 }, int(1), true],
    [1, bool(true), false],
    ["1", int(1), false],
    [{ double_value: 9007199254740992 }, int("9007199254740993"), false],
    ["x", list(str("x")), false],
  ];
  for (const [value, any, want] of EQUAL) {
    test(`${JSON.stringify(value)} is ${want ? "" : "not "}${JSON.stringify(any)}`, () => {
      expect(attributeMatches(["a"], { equals: value }, any)).toBe(want);
      expect(bodyMatches({ equals: value }, any)).toBe(want);
    });
  }
});

describe("fields of logs", () => {
  const severity = (predicate: object, severityNumber?: number): boolean =>
    matches({ record_field: "SEVERITY_NUMBER" }, predicate, { body: str("x"), severityNumber });

  test("compare severities as numbers, and match their digits by patterns", () => {
    expect([8, 9, 12, 13].map((number) => severity({ regex: "^(9|1[0-2])$" }, number))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect([1, 17, 21, 24].map((number) => severity({ regex: "1" }, number))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(severity({ regex: "^1000$" }, 1000)).toBe(true);
    expect(severity({ regex: "" })).toBe(false);
    expect(severity({ equals: 9 }, 9)).toBe(true);
    expect(severity({ equals: { double_value: 9 } }, 9)).toBe(true);
    expect(severity({ equals: "9" }, 9)).toBe(false);
    expect(severity({ gt: 8 }, 9)).toBe(true);
    expect(severity({ lt: 9 })).toBe(false);
    expect(severity({ exists: {} })).toBe(false);
  });

  test("see ids as hex text in lower case, and none where all is zero", () => {
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const of = (predicate: object, id: string): boolean =>
      matches({ record_field: "TRACE_ID" }, predicate, { body: str("x"), traceId: id });
    expect(of({ equals: traceId }, traceId)).toBe(true);
    expect(of({ equals: traceId.toUpperCase() }, traceId)).toBe(false);
    expect(of({ contains: "dd8448eb" }, traceId)).toBe(true);
    expect(of({ contains: "DD8448EB" }, traceId)).toBe(false);
    expect(of({ regex: "^0af" }, traceId)).toBe(true);
    expect(of({ regex: "^0AF" }, traceId)).toBe(false);
    expect(of({ regex: "(?i)^0AF" }, traceId)).toBe(true);
    expect(of({ equals: { bytes_value: "CvdlGRbNQ92ESOshHIAxnA==" } }, traceId)).toBe(false);
    expect(of({ exists: {} }, traceId)).toBe(true);
    expect(of({ exists: {} }, "0".repeat(32))).toBe(false);
    expect(of({ regex: "" }, "0".repeat(32))).toBe(false);
    const span = { body: str("x"), spanId: "b7ad6b7169203331" };
    expect(matches({ record_field: "SPAN_ID" }, { equals: span.spanId }, span)).toBe(true);
    expect(matches({ record_field: "SPAN_ID" }, { equals: "B7AD6B7169203331" }, span)).toBe(false);
  });

  test("are the event's name, and those of the scope", () => {
    const record = { body: str("x"), eventName: "user.login" };
    expect(matches({ record_field: "EVENT_NAME" }, { equals: "user.login" }, record)).toBe(true);
    expect(matches({ record_field: "EVENT_NAME" }, { exists: {} }, { body: str("x") })).toBe(false);
    const scoped = {
      resourceLogs: [
        {
          scopeLogs: [
            {
              scope: { name: "lib", version: "1.2" },
              schemaUrl: "https://x/1",
              logRecords: [{ body: str("x") }],
            },
          ],
        },
      ],
    };
    const isDropped = (scope_field: string, equals: string): boolean => {
      const matched = [{ target: { scope_field }, predicate: { equals } }];
      const policy = { id: "p", log_filter: { matches: matched, action: "ACTION_DROP" } };
      return JSON.stringify(judgedLeft(policy, scoped)) === "{}";
    };
    const fields = ["SCOPE_FIELD_NAME", "SCOPE_FIELD_VERSION", "SCOPE_FIELD_SCHEMA_URL"];
    expect(fields.map((field, i) => isDropped(field, ["lib", "1.2", "https://x/1"][i]!))).toEqual([
      true,
      true,
      true,
    ]);
    expect(fields.map((field) => isDropped(field, "no"))).toEqual([false, false, false]);
  });
});
