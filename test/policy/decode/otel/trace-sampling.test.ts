// Samplings in OpenTelemetry's own dialect: every form that is read, what it is read as, and what
// is refused.

import { describe, expect, test } from "bun:test";
import { AUTHORING, decodePolicy, WIRE } from "../../../../src/policy/decode/index.ts";
import type { Policy } from "../../../../src/policy/model.ts";
import { policyWarnings } from "../../../../src/policy/warnings.ts";
import { field } from "../build.ts";

const NAME = { target: { record_field: "SPAN_RECORD_FIELD_NAME" }, predicate: { equals: "a" } };
const of = (
  trace_sampling: object,
  dialect = AUTHORING as typeof AUTHORING | typeof WIRE,
): Policy => decodePolicy({ id: "a", trace_sampling }, dialect);
const sampling = (given: unknown, dialect?: typeof WIRE): Policy =>
  of({ matches: [NAME], sampling: given }, dialect);
const matched = (matcher: object): Policy =>
  of({ matches: [matcher], sampling: { percentage: 1 } });

describe("a sampling", () => {
  const usual = { precision: 4, hashSeed: 0, failClosed: true };
  test.each<[object, object]>([
    [{ percentage: 10 }, { percent: 10, mode: "hash_seed", ...usual }],
    [
      { percentage: 0.5, mode: "SAMPLING_MODE_UNSPECIFIED" },
      { percent: 0.5, mode: "hash_seed" },
    ],
    [
      { percentage: "50", mode: 2 },
      { percent: 50, mode: "proportional" },
    ],
    [
      { percentage: 100, mode: "EQUALIZING" },
      { percent: 100, mode: "equalizing" },
    ],
    [
      { percentage: 0, samplingPrecision: 14, hashSeed: 4294967295, failClosed: false },
      { percent: 0, precision: 14, hashSeed: 4294967295, failClosed: false },
    ],
  ])("%j is read", (given, keep) => {
    const { errors, target } = sampling(given);
    expect(errors).toEqual([]);
    expect(target).toMatchObject({ signal: "trace", dialect: "otel" });
    expect(target?.keep).toMatchObject({ kind: "otel_sample", ...keep });
  });

  test.each<[unknown, string]>([
    [undefined, "missing; write {percentage: 50} with a number from 0 to 100"],
    [50, "expected an object, found 50"],
    [{}, "percentage: missing; write a number from 0 to 100"],
    [{ percentage: 150 }, "percentage: 150 is not a number from 0 to 100"],
    [{ percentage: 100.1 }, "percentage: 100.1 is not a number from 0 to 100"],
    [{ percentage: -1 }, "percentage: -1 is not a number from 0 to 100"],
    [
      { percentage: 1, sampling_precision: 0 },
      "sampling_precision: 0 is not a whole number from 1 to 14",
    ],
    [
      { percentage: 1, sampling_precision: 15 },
      "sampling_precision: 15 is not a whole number from 1 to 14",
    ],
  ])("%j is refused, by control planes as well", (given, error) => {
    expect(sampling(given).errors).toEqual([`trace_sampling: sampling: ${error}`]);
    expect(sampling(given, WIRE).errors).toEqual([`trace_sampling: sampling: ${error}`]);
  });

  test("needs matchers", () => {
    expect(of({ sampling: { percentage: 1 } }).errors).toEqual([
      "trace_sampling: matches: no matchers; give at least one",
    ]);
  });

  test("says where its regular expressions and its seed are at fault", () => {
    const { target } = sampling({ percentage: 1, mode: "proportional", hash_seed: 1 });
    expect(policyWarnings({ target: target! })).toEqual([
      "trace_sampling: sampling: hash_seed has no effect in mode proportional",
    ]);
  });
});

describe("a matcher", () => {
  const text = (name: Parameters<typeof field>[0]) => ({ ...field(name), as: "text" });
  const attribute = (scope: string, ...path: string[]) => ({ kind: "attribute", scope, path });
  const equals = { equals: "X" };
  test.each<[object, object, unknown]>([
    [{ record_field: "SPAN_RECORD_FIELD_TRACE_ID" }, { exists: {} }, field("trace_id")],
    [{ record_field: "SPAN_ID" }, { exists: {} }, field("span_id")],
    [{ record_field: 5 }, equals, field("trace_state")],
    [{ record_field: 6 }, equals, field("status_message")],
    [{ record_field: "EVENT_NAME" }, equals, field("event_name")],
    [{ record_field: "PARENT_SPAN_ID" }, { exists: {} }, field("parent_span_id")],
    [{ record_field: "PARENT_SPAN_ID" }, equals, text("parent_span_id")],
    [{ record_field: "SPAN_RECORD_FIELD_KIND" }, { exists: {} }, field("span_kind")],
    [{ record_field: "KIND" }, { regex: "X" }, text("span_kind")],
    [{ record_field: "STATUS_CODE" }, { gt: 0 }, text("span_status")],
    [{ span_attribute: ["a", "b"] }, equals, attribute("record", "a", "b")],
    [{ event_attribute: "a.b" }, equals, attribute("event", "a.b")],
    [{ scope_field: "SCHEMA_URL" }, equals, field("scope_schema_url")],
    [{ scope_attribute: { path: ["a"] } }, equals, attribute("scope", "a")],
    [{ resource_attribute: "a" }, equals, attribute("resource", "a")],
  ])("%j with %j looks at it", (target, predicate, looked) => {
    const { errors, target: read } = matched({ target, predicate });
    expect(errors).toEqual([]);
    expect(read?.matchers[0]?.field as unknown).toEqual(looked);
  });

  test("of fields that logs have is refused", () => {
    expect(matched({ ...NAME, target: { record_field: "BODY" } }).errors).toEqual([
      expect.stringMatching(/^trace_sampling: matches\[0\]: target: unknown record_field "BODY"/),
    ]);
    expect(matched({ ...NAME, target: { log_attribute: "a" } }).errors[0]).toMatch(
      /unknown key "log_attribute"/,
    );
  });

  test("of a name that no value has is no error, but a warning", () => {
    const { errors, target } = matched({
      target: { record_field: "KIND" },
      predicate: { equals: "server" },
    });
    expect(errors).toEqual([]);
    expect(policyWarnings({ target: target! })).toEqual([
      "trace_sampling: matches[0]: never matches: span_kind is one of INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER",
    ]);
  });
});
