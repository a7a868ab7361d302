// What keep values mean in every spelling, and what is said of those that mean nothing.

import { describe, expect, test } from "bun:test";
import type { Keep } from "../../../src/policy/model.ts";
import { authored, BODY_EXISTS, field, logKeep, traceKeep, wired } from "./build.ts";

const FAIL_CLOSED = 'fail_closed: expected true or false, found "no"; write it without quotes';

describe("keep of logs", () => {
  const percent = (value: number): Keep => ({ kind: "percent", percent: value });
  const rate = (count: number, windowMs: number): Keep => ({ kind: "rate", count, windowMs });
  const cases: [unknown, Keep][] = [
    [undefined, { kind: "all" }],
    ["", { kind: "all" }],
    ["all", { kind: "all" }],
    ["  All\n", { kind: "all" }],
    ["none", { kind: "none" }],
    ["NONE", { kind: "none" }],
    ["0%", percent(0)],
    ["100%", percent(100)],
    ["100.0%", percent(100)],
    ["50%", percent(50)],
    [" 50% ", percent(50)],
    ["12.5%", percent(12.5)],
    [".01%", percent(0.01)],
    ["5.%", percent(5)],
    ["1/s", rate(1, 1000)],
    ["100/m", rate(100, 60_000)],
    ["1/5m", rate(1, 300_000)],
    ["10/300s", rate(10, 300_000)],
    ["4294967295/1s", rate(4294967295, 1000)],
    ["007/s", rate(7, 1000)],
    [true, { kind: "all" }],
    [false, { kind: "none" }],
    [{ percentage: 10 }, percent(10)],
    [{ percentage: 0 }, percent(0)],
    [{ percentage: 100 }, percent(100)],
    [{ percentage: 0.5 }, percent(0.5)],
    [{ percentage: "12.5" }, percent(12.5)],
  ];
  for (const [text, want] of cases) {
    test(`${JSON.stringify(text)} is ${JSON.stringify(want)}`, () => {
      expect(logKeep(text)).toStrictEqual(want);
    });
  }

  const FORMS = 'use "all", "none", "50%", "100/s" or "1/5m"';
  const PERCENT = "a percentage is 0 to 100";
  const RATE = "the numbers of a rate are 1 to 4294967295";
  const mistakes: [unknown, string][] = [
    ["bogus", `"bogus"; ${FORMS}`],
    ["nnone", `"nnone"; ${FORMS}`],
    ["100.1%", `"100.1%"; ${PERCENT}`],
    ["101%", `"101%"; ${PERCENT}`],
    ["-1%", `"-1%"; ${FORMS}`],
    ["+1%", `"+1%"; ${FORMS}`],
    ["1e1%", `"1e1%"; ${FORMS}`],
    ["%", `"%"; ${FORMS}`],
    [".%", `".%"; ${FORMS}`],
    ["50 %", `"50 %"; ${FORMS}`],
    ["50", `"50"; ${FORMS}`],
    ["0/s", `"0/s"; ${RATE}`],
    ["1/0s", `"1/0s"; ${RATE}`],
    ["4294967296/s", `"4294967296/s"; ${RATE}`],
    ["1/4294967296s", `"1/4294967296s"; ${RATE}`],
    ["1.5/s", `"1.5/s"; ${FORMS}`],
    ["1/1.5s", `"1/1.5s"; ${FORMS}`],
    ["-1/s", `"-1/s"; ${FORMS}`],
    ["1/h", `"1/h"; ${FORMS}`],
    ["1/S", `"1/S"; ${FORMS}`],
    ["1/", `"1/"; ${FORMS}`],
    ["1 / s", `"1 / s"; ${FORMS}`],
    [50, '50; write "50%" for a percentage or "50/s" for a rate'],
    [["50%"], `a list; ${FORMS}`],
  ];
  for (const [keep, want] of mistakes) {
    test(`${JSON.stringify(keep)} is an error with a cure`, () => {
      expect(logKeep(keep)).toEqual([`log: keep: invalid value ${want}`]);
    });
  }

  const MISSING = "percentage: missing; write a number from 0 to 100";
  const shares: [unknown, string][] = [
    [{}, MISSING],
    [{ percentage: null }, MISSING],
    [{ percentage: 100.1 }, "percentage: 100.1 is not a number from 0 to 100"],
    [{ percentage: -1 }, "percentage: -1 is not a number from 0 to 100"],
    [{ percentage: "10%" }, 'percentage: "10%" is not a number from 0 to 100'],
    [{ percentage: true }, "percentage: true is not a number from 0 to 100"],
    [{ percentage: 10, mode: "equalizing" }, 'unknown key "mode"; known keys: percentage'],
  ];
  for (const [keep, want] of shares) {
    test(`${JSON.stringify(keep)} is an error that names its key`, () => {
      expect(logKeep(keep)).toEqual([`log: keep: ${want}`]);
    });
  }

  test("an object without a percentage is an error on the wire as well, and never drops", () => {
    const { errors, target } = wired({ log: { match: [BODY_EXISTS], keep: {} } });
    expect([errors, target?.keep]).toEqual([[`log: keep: ${MISSING}`], { kind: "all" }]);
  });
});

describe("sample_key", () => {
  const keepWith = (keep: unknown, sample_key: unknown) => {
    const policy = authored({ log: { match: [BODY_EXISTS], keep, sample_key } });
    return policy.errors.length > 0 ? policy.errors : policy.target!.keep;
  };

  test("is taken by percentages and rates and ignored by the others", () => {
    const key = field("trace_id");
    expect([
      keepWith("50%", { log_field: "trace_id" }),
      keepWith({ percentage: 50 }, { log_field: "trace_id" }),
      keepWith("1/5m", { logField: "LOG_FIELD_TRACE_ID" }),
      keepWith("all", { log_field: "trace_id" }),
      keepWith("none", { log_field: "trace_id" }),
    ]).toEqual([
      { kind: "percent", percent: 50, key },
      { kind: "percent", percent: 50, key },
      { kind: "rate", count: 1, windowMs: 300_000, key },
      { kind: "all" },
      { kind: "none" },
    ]);
    expect(keepWith("50%", { resource_attribute: ["host.name"] })).toEqual({
      kind: "percent",
      percent: 50,
      key: { kind: "attribute", scope: "resource", path: ["host.name"] },
    });
  });

  test("that names no place is an error", () => {
    const SELECTORS = "log_field, log_attribute, resource_attribute, scope_attribute";
    expect([
      keepWith("50%", {}),
      keepWith("50%", { log_attribute: [] }),
      keepWith("50%", "trace_id"),
      keepWith("50%", { log_field: 0 }),
      keepWith("50%", { log_field: 1, log_attribute: "a" }),
    ]).toEqual([
      [`log: sample_key: no field; give one of ${SELECTORS}`],
      ["log: sample_key: attribute has empty path"],
      ['log: sample_key: expected an object, found "trace_id"; write {"log_field": "trace_id"}'],
      [
        "log: sample_key: log_field is unspecified; use one of body, severity_text, trace_id, " +
          "span_id, event_name, resource_schema_url, scope_schema_url, severity_number, " +
          "scope_name, scope_version",
      ],
      ["log: sample_key: several fields: log_field, log_attribute; give exactly one"],
    ]);
  });
});

describe("keep of metrics", () => {
  const of = (decode: typeof authored, target: Record<string, unknown>) => {
    const policy = decode({ metric: { match: [{ metric_type: 1 }], ...target } });
    return policy.errors.length > 0 ? policy.errors : policy.target!.keep;
  };

  test("is a boolean", () => {
    expect([of(authored, { keep: true }), of(authored, { keep: false })]).toEqual([
      { kind: "all" },
      { kind: "none" },
    ]);
  });

  test("is required in files and proto3's false on the wire", () => {
    expect([of(authored, {}), of(wired, {})]).toEqual([
      ["metric: keep: missing; write true or false"],
      { kind: "none" },
    ]);
  });

  test("of another type is an error", () => {
    expect([of(authored, { keep: "none" }), of(authored, { keep: 0 })]).toEqual([
      ['metric: keep: invalid value "none"; write true or false'],
      ["metric: keep: invalid value 0; write true or false"],
    ]);
  });
});

describe("keep of traces", () => {
  const sample = (changes: Partial<Extract<Keep, { kind: "sample" }>>): Keep => ({
    kind: "sample",
    percent: 50,
    mode: "hash_seed",
    precision: 4,
    hashSeed: 0,
    failClosed: true,
    ...changes,
  });

  test("has the defaults of the spec", () => {
    expect(traceKeep({ percentage: 50 })).toEqual(sample({}));
  });

  test("takes every member in either spelling", () => {
    expect([
      traceKeep({
        percentage: 0.1,
        mode: "equalizing",
        sampling_precision: 14,
        hash_seed: 4294967295,
        fail_closed: false,
      }),
      traceKeep({
        percentage: "12.5",
        mode: "SAMPLING_MODE_PROPORTIONAL",
        samplingPrecision: 1,
        hashSeed: "7",
        failClosed: true,
      }),
      traceKeep({ percentage: 100, mode: 1 }),
      traceKeep({ percentage: 0, mode: 0 }),
      traceKeep({ percentage: Math.fround(0.1) }),
      traceKeep({ percentage: ".25" }),
      traceKeep({ percentage: 7n }),
    ]).toEqual([
      sample({
        percent: 0.1,
        mode: "equalizing",
        precision: 14,
        hashSeed: 4294967295,
        failClosed: false,
      }),
      sample({ percent: 12.5, mode: "proportional", precision: 1, hashSeed: 7 }),
      sample({ percent: 100 }),
      sample({ percent: 0 }),
      sample({ percent: 0.10000000149011612 }),
      sample({ percent: 0.25 }),
      sample({ percent: 7 }),
    ]);
  });

  test("takes zeros that a server writes out as absent", () => {
    expect(
      traceKeep({ percentage: 50, mode: 0, samplingPrecision: 0, hashSeed: 0 }, wired),
    ).toEqual(sample({}));
    expect(traceKeep({}, wired)).toEqual(sample({ percent: 0 }));
  });

  const SHAPE = "write {percentage: 50} with a number from 0 to 100";
  const mistakes: [unknown, string][] = [
    [undefined, `missing; ${SHAPE}`],
    [null, `missing; ${SHAPE}`],
    ["50%", `invalid value "50%"; ${SHAPE}`],
    [50, `invalid value 50; ${SHAPE}`],
    [{}, "percentage: missing; write a number from 0 to 100"],
    [{ percentage: 100.001 }, "percentage: 100.001 is not a number from 0 to 100"],
    [{ percentage: -0.1 }, "percentage: -0.1 is not a number from 0 to 100"],
    [{ percentage: "50%" }, 'percentage: "50%" is not a number from 0 to 100'],
    [{ percentage: Number.NaN }, "percentage: NaN is not a number from 0 to 100"],
    ...["", " ", "-1", "1e1", "0x10", ".", ".x", "x5"].map((text): [unknown, string] => [
      { percentage: text },
      `percentage: "${text}" is not a number from 0 to 100`,
    ]),
    [
      { percentage: 1, mode: "random" },
      'unknown mode "random"; use one of hash_seed, proportional, equalizing',
    ],
    [
      { percentage: 1, sampling_precision: 0 },
      "sampling_precision: 0 is not a whole number from 1 to 14",
    ],
    [
      { percentage: 1, sampling_precision: 15 },
      "sampling_precision: 15 is not a whole number from 1 to 14",
    ],
    [
      { percentage: 1, sampling_precision: 1.5 },
      "sampling_precision: 1.5 is not a whole number from 1 to 14",
    ],
    [{ percentage: 1, hash_seed: -1 }, "hash_seed: -1 is not a whole number from 0 to 4294967295"],
    [
      { percentage: 1, hash_seed: 4294967296 },
      "hash_seed: 4294967296 is not a whole number from 0 to 4294967295",
    ],
    [{ percentage: 1, fail_closed: "no" }, FAIL_CLOSED],
    [
      { percentage: 1, precision: 4 },
      'unknown key "precision"; did you mean "sampling_precision"?',
    ],
  ];
  for (const [keep, want] of mistakes) {
    test(`${JSON.stringify(keep)} is an error`, () => {
      expect(traceKeep(keep)).toEqual([`trace: keep: ${want}`]);
    });
  }
});
