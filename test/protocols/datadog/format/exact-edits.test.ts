// An edit changes the bytes of the addressed value and no other byte of the record, wherever the
// value is and however its surroundings are spelled. Records are made around a hole; what is in the
// hole is addressed.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../../src/core/utf8.ts";
import { DatadogLogEditor } from "../../../../src/protocols/datadog/format/editor.ts";
import type { FieldSelector } from "../../../../src/policy/record-port.ts";
import { attributeSelector, fieldSelector } from "../../../support/fake-evaluation.ts";

/**
 * A record around a hole: its text with this in the hole; with undefined the value is taken out.
 */
interface Around {
  readonly selector: FieldSelector;
  readonly print: (value: string | undefined) => string;
  /** How the new text is spelled in the hole. */
  readonly spell: (text: string) => string;
  /** What may be in the hole at first. */
  readonly before: readonly string[];
}

const space = fc.constantFrom("", " ", "\n", "\t ");
/** Values that a parser and a printer would spell otherwise. */
const odd = fc.constantFrom(
  "1.0",
  "-0",
  "1E+2",
  "12345678901234567890",
  "0.10",
  "{ }",
  "[ 1 , 2.50]",
  "null",
  '"\\u0041\\/"',
  '"\\ud800"',
  '"é"',
  '{"k":1,"k":2}',
  '"{\\"k\\": 1.0}"',
  "true",
);
const VALUES = ['"old"', "12.50", "[ 1 ]", '{"in":1 }', "true", '"\\u006f"', '""'];

interface Member {
  readonly key: string;
  readonly text: string;
}

/** Other members, with names that meet nothing. */
const others = fc.array(
  fc
    .tuple(fc.constantFrom("k1", "k2", "k\\u0033", "tags"), space, odd, space)
    .map(([key, a, value, b]): Member => ({ key, text: `${a}"${key}"${b}:${a}${value}${b}` })),
  { maxLength: 3 },
);

/** A way to print an object around the value of `key`. */
const objectAround = (key: string) =>
  fc.tuple(others, others, space, space).map(([before, after, a, b]) => {
    const texts = (list: readonly Member[]): string[] => list.map(({ text }) => text);
    return (value: string | undefined): string => {
      const own = value === undefined ? [] : [`${a}"${key}"${b}:${a}${value}${b}`];
      return `{${[...texts(before), ...own, ...texts(after)].join(",")}}`;
    };
  });
const arrayAround = fc.tuple(fc.array(odd, { maxLength: 2 }), space).map(([after, a]) => {
  return (value: string | undefined): string => {
    const own = value === undefined ? [] : [`${a}${value}${a}`];
    return `[${[...own, ...after].join(",")}]`;
  };
});

type Print = (value: string | undefined) => string;
const within =
  (outer: Print, inner: Print): Print =>
  (value) =>
    outer(inner(value));
const plainly = JSON.stringify as (text: string) => string;

/**
 * One to three steps: object members, dotted keys, elements; of a record or of a document in it.
 */
const nested: fc.Arbitrary<{ path: string[]; print: Print }> = fc
  .tuple(fc.constantFrom("w", "w.x", "service"), fc.constantFrom("none", "member", "element"))
  .chain(([key, then]) => {
    const outer = objectAround(key);
    if (then === "none") return outer.map((print) => ({ path: [key], print }));
    if (then === "element") {
      return fc
        .tuple(outer, arrayAround)
        .map(([print, inner]) => ({ path: [key, "0"], print: within(print, inner) }));
    }
    return fc
      .tuple(outer, objectAround("y"))
      .map(([print, inner]) => ({ path: [key, "y"], print: within(print, inner) }));
  });

const inRecord: fc.Arbitrary<Around> = fc
  .tuple(nested, fc.boolean())
  .map(([{ path, print }, isDotted]) => ({
    selector: attributeSelector("record", ...(isDotted ? [path.join(".")] : path)),
    print,
    spell: plainly,
    before: VALUES,
  }));

/**
 * Spells a text of a JSON string so that each character is escaped in one of the possible ways. Not
 * so brackets and commas: those of the containers that an edit goes through are printed anew.
 */
function escapeOddly(text: string, choice: number): string {
  return text
    .split("")
    .map((unit, i) => {
      const way = /[{}[\],]/.test(unit) ? 0 : (choice >> (i % 16)) & 1;
      const plain = JSON.stringify(unit).slice(1, -1);
      return way === 0 ? plain : `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
    })
    .join("");
}

/** A document as the text of the message. The new value is escaped plainly, all else as it was. */
const inMessage: fc.Arbitrary<Around> = fc
  .tuple(objectAround("message"), nested, space, fc.integer({ min: 0, max: 65535 }), fc.boolean())
  .map(([record, { path, print }, blank, choice, isBody]) => {
    const body = within(
      (value) => `{"data":{"jsonPayload":{"message":${value ?? "0"},"x":1.0}}}`,
      (value) => value ?? "0",
    );
    const document = isBody ? body : print;
    const HOLE = "\u0001";
    return {
      selector: isBody ? fieldSelector("body") : attributeSelector("record", ...path),
      print: (value: string | undefined): string => {
        const [before = "", after] =
          `${blank}${document(value === undefined ? undefined : HOLE)}`.split(HOLE);
        const start = escapeOddly(before, choice);
        if (after === undefined) return record(`"${start}"`);
        return record(`"${start}${value}${escapeOddly(after, choice)}"`);
      },
      spell: (text: string) => plainly(plainly(text)).slice(1, -1),
      before: isBody ? ['\\"old\\"'] : ['\\"old\\"', "12.50", "[ 1 ]", "\\u0022\\\\u0041\\u0022"],
    };
  });

const inTag: fc.Arbitrary<Around> = fc
  .tuple(
    objectAround("ddtags"),
    fc.array(fc.constantFrom("a:1", "b", " c:\\u00e9 ", "\\u0064:x:y"), { maxLength: 2 }),
    fc.array(fc.constantFrom("e", "f:\\/", ""), { maxLength: 2 }),
    fc.constantFrom("", " "),
  )
  .map(([record, before, after, blank]) => ({
    selector: attributeSelector("resource", "team"),
    print: (value: string | undefined): string => {
      const own = value === undefined ? [] : [`${blank}team:${value}${blank}`];
      return record(`"${[...before, ...own, ...after].join(",")}"`);
    },
    spell: (text: string) => plainly(text.replaceAll(",", "_")).slice(1, -1),
    before: ["old", "", "\\u006fld", "a:b"],
  }));

const inField: fc.Arbitrary<Around> = fc.constantFrom("body", "severity_text").chain((field) =>
  objectAround(field === "body" ? "message" : "status").map((print) => ({
    selector: fieldSelector(field),
    print,
    spell: plainly,
    before: ['"old"', "12.50", "true", '"\\u006f"'],
  })),
);

const around = fc.oneof(inRecord, inMessage, inTag, inField);
const texts = fc.constantFrom("new", "", 'q"\\\n', "é😀", "a,b", "\u0000");

function editorOf(text: string): DatadogLogEditor {
  const editor = new DatadogLogEditor();
  const bytes = encodeUtf8(`[${text}]`);
  editor.open(bytes, 1, bytes.length - 1);
  return editor;
}

describe("the output differs from the input exactly in the addressed value", () => {
  test("when it is set", () => {
    fc.assert(
      fc.property(around, texts, fc.nat(), ({ selector, print, spell, before }, text, pick) => {
        const editor = editorOf(print(before[pick % before.length]));
        expect(editor.find(selector).set(encodeUtf8(text))).toBe(true);
        expect(decodeUtf8(editor.print())).toBe(print(spell(text)));
      }),
      { numRuns: 1500 },
    );
  });

  test("when it is removed", () => {
    const removable = fc.oneof(inRecord, inTag, inField);
    fc.assert(
      fc.property(removable, fc.nat(), ({ selector, print, before }, pick) => {
        const editor = editorOf(print(before[pick % before.length]));
        expect(editor.find(selector).remove()).toBe(true);
        expect(decodeUtf8(editor.print())).toBe(print(undefined));
      }),
      { numRuns: 1000 },
    );
  });

  test("when there is nothing to set, remove or rename", () => {
    fc.assert(
      fc.property(around, fc.nat(), ({ print, before }, pick) => {
        const text = print(before[pick % before.length]);
        const editor = editorOf(text);
        const nothing = attributeSelector("record", "none");
        expect(editor.find(nothing).remove()).toBe(false);
        expect(editor.find(nothing).rename(encodeUtf8("n"), true)).toBe(false);
        expect(editor.find(fieldSelector("span_id")).set(encodeUtf8("n"))).toBe(false);
        expect([decodeUtf8(editor.print()), editor.changed]).toEqual([text, false]);
      }),
      { numRuns: 300 },
    );
  });
});
