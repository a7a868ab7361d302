// Transforms and samplings in the other dialect: what they are there, and what sets must be like.

import { describe, expect, test } from "bun:test";
import {
  convertPolicies,
  type Policy,
  type PolicyDialect,
  writtenPolicy,
} from "../../../src/policy/index.ts";
import {
  conversionOf,
  decode,
  edit,
  log,
  otelEdit,
  span,
  unsampled,
  validateRegex,
} from "./policies.ts";

describe("transforms", () => {
  const lists = {
    remove: [{ log_attribute: "a" }],
    redact: [{ log_field: "body", regex: "x", replacement: "*" }],
    rename: [{ from_resource_attribute: "b", to: "c", upsert: true }],
    add: [{ scope_attribute: ["d", "e"], value: "f" }],
  };
  const otelLists = {
    remove: [{ target: { log_attribute: ["a"] } }],
    redact: [{ target: { record_field: "LOG_RECORD_FIELD_BODY" }, regex: "x", replacement: "*" }],
    rename: [{ from: { resource_attribute: ["b"] }, to: "c", upsert: true }],
    add: [{ target: { scope_attribute: ["d", "e"] }, value: "f" }],
  };

  test("operations are the same in both dialects", () => {
    const [otel] = conversionOf("otel", edit(lists))?.policies ?? [];
    expect(writtenPolicy(otel as Policy)).toEqual(otelEdit(otelLists));
    const [tero] = conversionOf("tero", otelEdit(otelLists))?.policies ?? [];
    expect(writtenPolicy(tero as Policy)).toMatchObject({ log: { keep: "all", transform: lists } });
  });

  test("of what drops, none is left", () => {
    const [otel] =
      conversionOf("otel", log({ log_field: "body", exact: "x" }, { transform: lists }))
        ?.policies ?? [];
    expect(Object.keys(otel?.target ?? {})).toEqual(["signal", "dialect", "matchers", "keep"]);
  });

  const reasonsOf = (to: PolicyDialect, ...trees: readonly object[]) =>
    convertPolicies(decode(trees), to, { validateRegex }).map(({ reasons }) => reasons);
  const remove = (name: string, id: string) => edit({ remove: [{ log_attribute: name }] }, id);
  const add = (name: string, id: string) =>
    edit({ add: [{ log_attribute: name, value: "x" }] }, id);

  test("policies that edit the same stay, where their edits would change places", () => {
    expect(reasonsOf("otel", add("a", "p"), remove("a", "q"))).toEqual([
      ['its add and the remove of "q" would be done in another order'],
      ['its remove and the add of "p" would be done in another order'],
    ]);
    expect(reasonsOf("otel", remove("a", "p"), add("a", "q"))).toEqual([[], []]);
    expect(reasonsOf("otel", add("a", "p"), remove("b", "q"))).toEqual([[], []]);
    expect(reasonsOf("otel", add("a", "p"), { ...remove("a", "q"), enabled: false })).toEqual([
      [],
      [],
    ]);
  });

  test("what stays for another reason keeps its order with the rest", () => {
    const stays = { ...edit({ add: [{ log_attribute: "b", value: "x" }] }, "q") };
    const sampled = { ...stays, log: { ...stays.log, keep: "50%" } };
    expect(reasonsOf("otel", add("a", "p"), sampled)).toEqual([
      ['its add and the add of "q" would be done in another order'],
      ["that dialect has no percentages and rates of logs"],
    ]);
    expect(reasonsOf("otel", remove("a", "p"), sampled)[0]).toEqual([]);
  });

  test("all that would be lost is told", () => {
    const all = edit({
      redact: [{ log_attribute: ["a", "0"], replacement: "" }],
      rename: [{ from_log_attribute: ["a", "b"], to: "c" }],
    });
    expect(reasonsOf("otel", all)[0]).toHaveLength(3);
  });
});

describe("samplings", () => {
  const precisionOf = (to: PolicyDialect, tree: object): unknown => {
    const { keep } = conversionOf(to, tree)?.policies[0]?.target ?? {};
    return keep !== undefined && "precision" in keep ? [keep.kind, keep.precision] : keep;
  };
  const otelSpan = (sampling: object) => ({
    id: "p",
    name: "P",
    trace_sampling: {
      matches: [
        { target: { record_field: "TRACE_STATE" }, predicate: { exists: {} }, negate: true },
      ],
      sampling,
    },
  });

  test("digits of thresholds are counted from the first, and from behind the leading f's", () => {
    expect(
      [50, 5, 0.3, 0.000_001].map((percentage) =>
        precisionOf("otel", span({ percentage, sampling_precision: 8 }, unsampled)),
      ),
    ).toEqual([
      ["otel_sample", 8],
      ["otel_sample", 9],
      ["otel_sample", 10],
      ["otel_sample", 14],
    ]);
    expect(
      [50, 5, 0.3].map((percentage) =>
        precisionOf("tero", otelSpan({ percentage, sampling_precision: 3 })),
      ),
    ).toEqual([
      ["sample", 3],
      ["sample", 2],
      ["sample", 1],
    ]);
    const fewer = conversionOf("tero", otelSpan({ percentage: 0.3, sampling_precision: 2 }));
    expect(fewer?.reasons).toEqual(["its threshold is written with more digits there"]);
  });

  test("change dialects all together, but for those that drop all", () => {
    const set = [
      span({ percentage: 50 }, unsampled),
      span({ percentage: 10 }, { span_kind: "INTERNAL" }, "q"),
      span({ percentage: 0 }, { trace_field: "name", exists: true }, "r"),
    ];
    const options = { validateRegex, spansArriveUnsampled: true };
    expect(convertPolicies(decode(set), "otel", options).map(({ reasons }) => reasons)).toEqual([
      ['"q" samples, too, and stays: each dialect decides for itself'],
      ["INTERNAL is there what is not set, too"],
      [],
    ]);
  });
});
