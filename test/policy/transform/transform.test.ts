// Transforms through an editor: order, counters, once per resource.

import { describe, expect, test } from "bun:test";
import type { PolicyStatus } from "../../../src/policy/engine-port.ts";
import type { FieldRef, Keep, Policy, Transform } from "../../../src/policy/model.ts";
import { Verdict } from "../../../src/policy/record-port.ts";
import { policyOf, testEngine } from "../../support/engine.ts";
import { type Editable, plainEditor } from "../../support/plain-editor.ts";
import { putRecord } from "../../support/plain-record.ts";

const attribute = (...path: string[]): FieldRef => ({ kind: "attribute", scope: "record", path });
const body: FieldRef = { kind: "field", field: "body" };
const all: Keep = { kind: "all" };
const transforming = (id: string, transform: Partial<Transform>, keep: Keep = all): Policy =>
  policyOf(
    id,
    [{ field: body, condition: { op: "exists" }, negate: false, caseInsensitive: false }],
    keep,
    { transform },
  );

/** The record after the policies have edited it, and what they counted. */
function edit(
  policies: readonly Policy[],
  attributes: Editable["attributes"],
  fields: Editable["fields"] = { body: "text" },
): { record: Editable; statuses: readonly PolicyStatus[] } {
  const own = testEngine(policies);
  const evaluation = own.engine.evaluation("log")!;
  const record = { fields, attributes };
  evaluation.begin();
  putRecord(evaluation, { fields: { body: "text" } });
  expect(evaluation.decide(0)).toBe(Verdict.edit);
  evaluation.editRecord(plainEditor(record));
  evaluation.commit();
  return { record, statuses: own.engine.totals() };
}
const transformed = (hits: number, misses: number) => ({ hits, misses });

describe("transforms", () => {
  test("run remove, redact, rename, add within a policy, then the next policy by id", () => {
    const { record } = edit(
      [
        transforming("b", {
          add: [
            { field: attribute("from_b"), value: { type: "string", value: "2" }, upsert: false },
          ],
        }),
        transforming("a", {
          add: [
            { field: attribute("old"), value: { type: "string", value: "added" }, upsert: false },
          ],
          rename: [{ from: attribute("old"), to: "new", upsert: false }],
          redact: [{ field: attribute("old"), replacement: "[R]" }],
          remove: [attribute("gone")],
        }),
      ],
      { gone: "x", old: "secret", last: "y" },
    );
    expect(Object.entries(record.attributes)).toEqual([
      ["last", "y"],
      ["new", "[R]"],
      ["old", "added"],
      ["from_b", "2"],
    ]);
  });

  test("count a hit for what changed something and a miss for what did not", () => {
    const { statuses, record } = edit(
      [
        transforming("a", {
          remove: [attribute("there"), attribute("absent")],
          redact: [
            { field: attribute("name"), replacement: "[R]" },
            { field: attribute("absent"), replacement: "[R]" },
            { field: attribute("number"), replacement: "#", regex: "1" },
            { field: attribute("clean"), replacement: "#", regex: "[0-9]" },
            { field: attribute("done"), replacement: "[R]" },
          ],
          rename: [
            { from: attribute("absent"), to: "x", upsert: true },
            { from: attribute("name"), to: "done", upsert: false },
            { from: body, to: "x", upsert: true },
          ],
          add: [
            {
              field: attribute("done"),
              value: { type: "string", value: "blocked" },
              upsert: false,
            },
            { field: attribute("done"), value: { type: "string", value: "set" }, upsert: true },
            {
              field: attribute("clean", "inner"),
              value: { type: "string", value: "no map" },
              upsert: true,
            },
            {
              field: attribute("made", "inner"),
              value: { type: "string", value: "1" },
              upsert: false,
            },
          ],
        }),
      ],
      { there: "x", name: "bob", number: 1, clean: "abc", done: "[R]" },
    );
    const { remove, redact, rename, add } = statuses[0]!;
    expect({ remove, redact, rename, add }).toEqual({
      remove: transformed(1, 1),
      redact: transformed(1, 4),
      rename: transformed(0, 3),
      add: transformed(2, 2),
    });
    expect(record.attributes).toEqual({
      name: "[R]",
      number: 1,
      clean: "abc",
      done: "set",
      made: { inner: "1" },
    });
  });

  test("redact a value of any type when no regex is given, and an empty attribute too", () => {
    const redactions = ["number", "map", "empty"].map((name) => ({
      field: attribute(name),
      replacement: "[R]",
    }));
    const { record } = edit([transforming("a", { redact: redactions })], {
      number: 1,
      map: { x: "y" },
      empty: "",
    });
    expect(record.attributes).toEqual({ number: "[R]", map: "[R]", empty: "[R]" });
  });

  test("of a policy whose keep dropped the record are not run", () => {
    const own = testEngine([
      transforming("a", { remove: [attribute("x")] }),
      transforming("b", { remove: [attribute("x")] }, { kind: "none" }),
    ]);
    const evaluation = own.engine.evaluation("log")!;
    evaluation.begin();
    putRecord(evaluation, { fields: { body: "text" } });
    expect(evaluation.decide(0)).toBe(Verdict.drop);
    evaluation.commit();
    expect(own.engine.totals().map(({ remove }) => remove)).toEqual([
      transformed(0, 0),
      transformed(0, 0),
    ]);
  });

  test("that are ordinary are not counted as too costly", () => {
    const own = testEngine([
      transforming("a", {
        remove: [attribute("gone")],
        redact: [{ field: attribute("secret"), regex: "[0-9]+", replacement: "#" }],
      }),
    ]);
    const evaluation = own.engine.evaluation("log")!;
    const record: Editable = { fields: { body: "text" }, attributes: { gone: "x", secret: "a12" } };
    evaluation.begin();
    putRecord(evaluation, { fields: { body: "text" } });
    expect(evaluation.decide(0)).toBe(Verdict.edit);
    evaluation.editRecord(plainEditor(record));
    evaluation.commit();
    expect(record.attributes).toEqual({ secret: "a#" });
    expect(evaluation.takeTooCostly?.()).toEqual({ records: 0, values: 0 });
  });

  test("redact by a pattern in the case that it is written in", () => {
    const redact = [{ field: attribute("a"), regex: "secret", replacement: "#" }];
    const { record } = edit([transforming("a", { redact })], { a: "Secret secret SECRET" });
    expect(record.attributes).toEqual({ a: "Secret # SECRET" });
  });

  test("redact by a pattern strings alone, even when it finds the empty text", () => {
    const { record } = edit(
      [
        transforming("a", {
          redact: ["text", "number", "flag", "map"].map((name) => ({
            field: attribute(name),
            regex: "^",
            replacement: "#",
          })),
        }),
      ],
      { text: "x", number: 5, flag: true, map: { a: "b" } },
    );
    expect(record.attributes).toEqual({ text: "#x", number: 5, flag: true, map: { a: "b" } });
  });

  test("of a resource run once, after all of its records, whichever of them matched", () => {
    const resource: FieldRef = { kind: "attribute", scope: "resource", path: ["host"] };
    const own = testEngine([transforming("a", { remove: [resource] })]);
    const evaluation = own.engine.evaluation("log")!;
    const editor = plainEditor({ fields: {}, attributes: { host: "h", env: "e" } });
    evaluation.begin();
    for (const text of ["x", "", "y"]) {
      putRecord(evaluation, { fields: { body: text } });
      expect(evaluation.decide(0)).toBe(Verdict.keep);
    }
    expect([evaluation.endScope(), evaluation.endResource()]).toEqual([false, true]);
    evaluation.editResource(editor);
    expect(evaluation.endResource()).toBe(false);
    evaluation.commit();
    expect(own.engine.totals()[0]?.remove).toEqual(transformed(1, 0));
  });
});
