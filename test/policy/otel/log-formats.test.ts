// Policies of OpenTelemetry's dialect on logs that are no OTLP: those of Datadog.

import { describe, expect, test } from "bun:test";
import { filterBody, load, startEngine } from "../../../src/cli/suite/judging.ts";
import { decodeUtf8, encodeUtf8 } from "../../../src/core/utf8.ts";
import { decoded } from "../../support/otlp/judged-logs.ts";

const BODY = { target: { record_field: "BODY" }, predicate: { exists: {} } };
const at = (...path: string[]) => ({ target: { log_attribute: path } });
const drop = (target: object, predicate: object) => ({
  id: "p",
  log_filter: { matches: [{ target, predicate }], action: "ACTION_DROP" },
});

function datadog(policies: readonly object[], log: object): unknown {
  const engine = startEngine();
  load(engine, decoded(policies));
  const bytes = encodeUtf8(JSON.stringify([log]));
  const out = filterBody(engine, { kind: "datadog", signal: "log", bytes });
  return (JSON.parse(decodeUtf8(out)) as unknown[])[0];
}

describe("logs of Datadog", () => {
  const log = {
    message: "x",
    tags: ["blue", "red", 42, true, null, ["deep"], 'q"'],
    items: [{ sku: "a1" }, { sku: "b2" }],
    ddtags: "env:prod,team:web",
  };
  const isFound = (path: string[], predicate: object, of: object = log): boolean =>
    datadog([drop({ log_attribute: path }, predicate)], of) === undefined;

  test("have arrays that paths lead into, and that contain elements", () => {
    expect(isFound(["items", "1", "sku"], { equals: "b2" })).toBe(true);
    expect(isFound(["items", "2", "sku"], { exists: {} })).toBe(false);
    const values = ["red", "re", 42, "42", true, "deep", 'q"', 4];
    expect(values.map((value) => isFound(["tags"], { contains: value }))).toEqual([
      true,
      false,
      true,
      false,
      true,
      false,
      true,
      false,
    ]);
    expect(isFound(["env"], { contains: "ro" })).toBe(true);
    expect(isFound(["team"], { contains: "web2" })).toBe(false);
  });

  test("have messages that may be arrays", () => {
    const isBody = (contains: unknown, message: unknown): boolean =>
      datadog([drop({ record_field: "BODY" }, { contains })], { message }) === undefined;
    expect(isBody("red", ["blue", "red"])).toBe(true);
    expect(isBody("re", ["blue", "red"])).toBe(false);
    expect(isBody("re", "red")).toBe(true);
  });

  test("are transformed by stages, with values of their types", () => {
    const transform = {
      id: "t",
      log_transform: {
        matches: [BODY],
        remove: [at("items", "0")],
        redact: [
          { ...at("tags", "1"), replacement: "X" },
          { ...at("n"), regex: "1" },
        ],
        rename: [{ from: { log_attribute: ["m", "a"] }, to: "b" }],
        add: [
          { ...at("i"), value: 2 },
          { ...at("n"), value: 1.5, upsert: true },
          { ...at("m", "t"), value: true },
          { ...at("bytes"), value: { bytes_value: "AP8=" } },
        ],
      },
    };
    const before = { message: "x", tags: ["a", "b"], items: [1, 2], n: "2", m: { a: 5, c: 6 } };
    expect(datadog([transform], before)).toEqual({
      message: "x",
      tags: ["a", "X"],
      items: [2],
      n: 1.5,
      m: { c: 6, b: 5, t: true },
      i: 2,
    });
  });
});
