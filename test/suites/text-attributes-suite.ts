// What every RecordEditor must do over lists of attributes that are texts by name, whatever the
// encoding: cases, and random edits that are held to a model.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../src/core/utf8.ts";
import type { AttributeScope } from "../../src/policy/model.ts";
import { type RecordEditor, ValueKind } from "../../src/policy/record-port.ts";
import { attributeSelector } from "../support/fake-evaluation.ts";
import { textChange } from "../support/text-change.ts";

export type TextPairs = readonly (readonly [name: string, text: string])[];

export interface TextAttributes {
  readonly scope: AttributeScope;
  /** Whether names may be repeated. */
  readonly takesEqualNames: boolean;
  /** A name as it is written when it is new. */
  readonly spelled: (name: string) => string;
  /** Has the list edited; what it is then. */
  readonly edit: (pairs: TextPairs, edit: (editor: RecordEditor) => void) => TextPairs;
}

type Step =
  | { readonly op: "set" | "rewrite"; readonly name: string; readonly text: string }
  | { readonly op: "remove"; readonly name: string }
  | { readonly op: "rename"; readonly name: string; readonly to: string; readonly upsert: boolean };

/** Texts that have an x become the text. */
const rewriting = (text: string) =>
  textChange((_, old) => (decodeUtf8(old).includes("x") ? encodeUtf8(text) : undefined));

function editorStep(editor: RecordEditor, scope: AttributeScope, step: Step): boolean {
  const found = editor.find(attributeSelector(scope, step.name));
  switch (step.op) {
    case "set":
      return found.set(encodeUtf8(step.text));
    case "rewrite":
      return found.rewrite(rewriting(step.text));
    case "remove":
      return found.remove();
    case "rename":
      return found.rename(encodeUtf8(step.to), step.upsert);
  }
}

function modelStep(model: [string, string][], step: Step, spelled: (n: string) => string): boolean {
  const isMeant = ([name]: readonly [string, string]): boolean =>
    name === step.name || name === spelled(step.name);
  const meant = model.filter(isMeant);
  const replace = (pairs: [string, string][]): boolean => {
    model.splice(0, model.length, ...pairs);
    return true;
  };
  switch (step.op) {
    case "set":
      for (const pair of meant) pair[1] = step.text;
      if (meant.length === 0) model.push([step.name, step.text]);
      return true;
    case "rewrite": {
      const hit = meant.filter(([, text]) => text.includes("x") && text !== step.text);
      for (const pair of hit) pair[1] = step.text;
      return hit.length > 0;
    }
    case "remove":
      return meant.length > 0 && replace(model.filter((pair) => !isMeant(pair)));
    case "rename": {
      const isTaken = model.some(([name]) => name === step.to);
      if (meant.length === 0 || (isTaken && !step.upsert)) return false;
      const stay = model.filter((pair) => !isMeant(pair) && pair[0] !== step.to);
      return replace([...stay, ...meant.map(([, text]): [string, string] => [step.to, text])]);
    }
  }
}

const names = fc.constantFrom("a", "b", "c_d", "e");
const texts = fc.oneof(fc.constantFrom("", "x", 'q"\\\n\u0001'), fc.string({ unit: "grapheme" }));
const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ op: fc.constantFrom("set" as const, "rewrite" as const), name: names, text: texts }),
  fc.record({ op: fc.constant("remove" as const), name: names }),
  fc.record({ op: fc.constant("rename" as const), name: names, to: names, upsert: fc.boolean() }),
);

/** Registers the suite for one list of one encoding. */
export function textAttributesSuite(title: string, list: TextAttributes): void {
  const { scope, edit, spelled, takesEqualNames } = list;
  const at = (...path: string[]) => attributeSelector(scope, ...path);

  describe(title, () => {
    const START: TextPairs = [
      ["a", "x"],
      ["c_d", "y"],
    ];
    const cases: readonly [string, (editor: RecordEditor) => boolean, TextPairs | undefined][] = [
      [
        "sets a text",
        (e) => e.find(at("a")).set(encodeUtf8("z")),
        [
          ["a", "z"],
          ["c_d", "y"],
        ],
      ],
      ["sets one that is the same", (e) => e.find(at("a")).set(encodeUtf8("x")), START],
      ["adds one", (e) => e.find(at("b")).set(encodeUtf8("z")), [...START, ["b", "z"]]],
      [
        "adds one by the name that it can have",
        (e) => e.find(at("n.m")).set(encodeUtf8("z")),
        [...START, [spelled("n.m"), "z"]],
      ],
      [
        "finds a name as it is spelled",
        (e) => e.find(at("c.d")).set(encodeUtf8("z")),
        [
          ["a", "x"],
          ["c_d", "z"],
        ],
      ],
      [
        "finds a path as it is spelled",
        (e) => e.find(at("c", "d")).set(encodeUtf8("z")),
        [
          ["a", "x"],
          ["c_d", "z"],
        ],
      ],
      ["removes one", (e) => e.find(at("a")).remove(), [["c_d", "y"]]],
      ["removes the last one", (e) => e.find(at("c.d")).remove(), [["a", "x"]]],
      ["removes none", (e) => e.find(at("b")).remove(), undefined],
      [
        "renames one to the end",
        (e) => e.find(at("a")).rename(encodeUtf8("z"), false),
        [
          ["c_d", "y"],
          ["z", "x"],
        ],
      ],
      [
        "renames none onto another",
        (e) => e.find(at("a")).rename(encodeUtf8("c_d"), false),
        undefined,
      ],
      [
        "renames one in place of another",
        (e) => e.find(at("a")).rename(encodeUtf8("c_d"), true),
        [["c_d", "x"]],
      ],
      [
        "rewrites a text",
        (e) => e.find(at("a")).rewrite(rewriting("<>")),
        [
          ["a", "<>"],
          ["c_d", "y"],
        ],
      ],
      ["rewrites none", (e) => e.find(at("c_d")).rewrite(rewriting("<>")), undefined],
      ["has no other scope", (e) => e.find(attributeSelector("scope", "a")).remove(), undefined],
    ];
    test.each(cases)("%s", (_, act, becomes) => {
      let answer: boolean | undefined;
      const result = edit(START, (editor) => {
        answer = act(editor);
      });
      expect([answer, result]).toEqual([becomes !== undefined, becomes ?? START]);
    });

    test("tells kinds and texts, and sees the effects of former edits", () => {
      const seen: unknown[] = [];
      const look = (editor: RecordEditor, name: string) => {
        const found = editor.find(at(name));
        seen.push(found.kind === ValueKind.absent ? undefined : decodeUtf8(found.text));
      };
      edit([["a", ""], ...START.slice(1)], (editor) => {
        for (const name of ["a", "c_d", "c.d", "b"]) look(editor, name);
        editor.find(at("a")).remove();
        editor.find(at("b")).set(encodeUtf8("new"));
        for (const name of ["a", "b"]) look(editor, name);
      });
      expect(seen).toEqual(["", "y", "y", undefined, undefined, "new"]);
    });

    test("does what the model does, for any run of edits", () => {
      const pairs = takesEqualNames
        ? fc.array(fc.tuple(names, texts), { minLength: 1, maxLength: 5 })
        : fc.uniqueArray(fc.tuple(names, texts), {
            minLength: 1,
            maxLength: 5,
            selector: ([name]) => name,
          });
      fc.assert(
        fc.property(pairs, fc.array(steps, { maxLength: 5 }), (start, run) => {
          // What no list may become: one without anything.
          const all: [string, string][] = [["kept", ""], ...start];
          const model = structuredClone(all);
          const result = edit(all, (editor) => {
            for (const one of run) {
              const answer = editorStep(editor, scope, one);
              expect(answer).toBe(modelStep(model, one, (name) => name));
            }
          });
          expect(result).toEqual(model);
        }),
        { numRuns: 300 },
      );
    });
  });
}
