// Any lines: a block comes to what its lines come to, readers see what a plain reading sees, and
// editors do what plain edits of parsed lines do.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../src/core/utf8.ts";
import { LinesFormat, type LineSyntax } from "../../../src/protocols/lines/index.ts";
import { ConstantText } from "../../../src/policy/text-change.ts";
import { type RecordEditor, ValueKind, Verdict } from "../../../src/policy/record-port.ts";
import {
  attributeSelector,
  attributeRef,
  COMPOSITE,
  FakeEvaluation,
  fieldSelector,
  fieldRef,
} from "../../support/fake-evaluation.ts";
import { drop, editAll, filterBytes, formatOf, engineOf } from "./filter-lines.ts";

const key = fc.constantFrom("a", "b", "c", "é", "msg", "message", "level", "attributes", 'q"');
const text = fc.oneof(fc.constantFrom("", "x", "info", 'q"\\\n='), fc.string({ unit: "grapheme" }));
const { value } = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.maxSafeInteger(),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .map((one) => (Object.is(one, -0) ? 0 : one)),
    fc.constantFrom(true, false, null),
    tie("object"),
    fc.array(tie("value"), { maxLength: 2 }),
  ),
  object: fc.dictionary(key, tie("value"), { maxKeys: 5 }),
}));
const object = fc.dictionary(key, value, { maxKeys: 6 });
type Tree = Record<string, unknown>;

function valueAt(tree: unknown, path: readonly string[]): unknown {
  let at = tree;
  for (const segment of path) {
    if (at === null || typeof at !== "object" || Array.isArray(at)) return undefined;
    at = Object.hasOwn(at, segment) ? (at as Tree)[segment] : undefined;
  }
  return at ?? undefined;
}

function seenAs(one: unknown): unknown {
  if (typeof one === "string" || typeof one === "boolean") return one;
  if (typeof one !== "number") return COMPOSITE;
  return Number.isInteger(one) && !JSON.stringify(one).includes("e") ? BigInt(one) : one;
}

/** The value that counts of an attribute: beside `attributes`, else in it. */
function attributeOf(tree: Tree, path: readonly string[]): unknown {
  return valueAt(tree, path) ?? valueAt(tree, ["attributes", ...path]);
}

function bodyOf(tree: Tree, line: string): string | undefined {
  const texts = Object.keys(tree).filter(
    (name) => ["message", "body", "msg"].includes(name) && typeof tree[name] === "string",
  );
  const found = texts.map((name) => tree[name] as string).find((one) => one !== "");
  return found ?? (texts.length > 0 ? undefined : line);
}

const path = fc.array(key, { minLength: 1, maxLength: 3 });

describe("JSON", () => {
  test("the reader sees what a plain reading sees", () => {
    fc.assert(
      fc.property(fc.array(object, { maxLength: 4 }), path, (trees, segments) => {
        const refs = [fieldRef("body"), attributeRef("record", ...segments)];
        const evaluation = new FakeEvaluation("log", refs);
        const lines = trees.map((tree) => JSON.stringify(tree));
        const block = encodeUtf8(lines.map((line) => `${line}\r\n`).join(""));
        new LinesFormat({ syntax: "json" }).filter(block, evaluation);
        const expected = trees.map((tree, i) => {
          const body = bodyOf(tree, lines[i]!);
          const attribute = attributeOf(tree, segments);
          return {
            ...(body === undefined ? {} : { body }),
            ...(attribute === undefined
              ? {}
              : { [`record:${segments.join("/")}`]: seenAs(attribute) }),
          };
        });
        expect(evaluation.records).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test("edits change what they name, and nothing else", () => {
    fc.assert(
      fc.property(
        object,
        path,
        text,
        fc.constantFrom("set", "remove", "rewrite"),
        (tree, segments, next, op) => {
          const plain = structuredClone(tree) as Tree;
          const before = attributeOf(plain, segments);
          const edited = editLine("json", JSON.stringify(tree), (editor) => {
            const found = editor.find(attributeSelector("record", ...segments));
            expect<number>(found.kind).toBe(kindOf(before));
            if (typeof before === "string") expect(decodeUtf8(found.text)).toBe(before);
            if (op === "remove") found.remove();
            else if (op === "rewrite") found.rewrite(new ConstantText(encodeUtf8(next)));
            else found.set(encodeUtf8(next));
          });
          const after = JSON.parse(edited) as Tree;
          if (op === "remove") expect(attributeOf(after, segments)).toBeUndefined();
          else if (before !== undefined)
            expect(attributeOf(after, segments)).toBe(next.toWellFormed());
          for (const name of Object.keys(plain)) {
            if (name === segments[0] || name === "attributes") continue;
            expect(after[name]).toEqual(plain[name]);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

function kindOf(one: unknown): number {
  if (one === undefined) return ValueKind.absent;
  if (typeof one === "string") return ValueKind.string;
  if (typeof one === "boolean") return ValueKind.bool;
  if (typeof one !== "number") return ValueKind.composite;
  return typeof seenAs(one) === "bigint" ? ValueKind.int : ValueKind.double;
}

function editLine(
  syntax: LineSyntax,
  line: string,
  editRecord: (editor: RecordEditor) => void,
): string {
  const evaluation = new FakeEvaluation("log", [fieldRef("body")], {
    decide: () => Verdict.edit,
    editRecord,
  });
  const { body } = new LinesFormat({ syntax }).filter(encodeUtf8(`${line}\n`), evaluation);
  return body === undefined ? line : decodeUtf8(body).slice(0, -1);
}

describe("logfmt", () => {
  const word = fc.stringMatching(/^[a-z.]{1,4}$/);
  const pairs = fc.uniqueArray(fc.tuple(word, text), { selector: ([one]) => one, maxLength: 5 });
  const print = (all: readonly (readonly [string, string])[]): string =>
    all.map(([name, said]) => `${name}=${JSON.stringify(said.toWellFormed())}`).join(" ");

  test("what is set is read again, and other pairs keep their bytes", () => {
    fc.assert(
      fc.property(pairs, word, text, (all, name, next) => {
        const line = print(all);
        const edited = editLine("logfmt", line, (editor) => {
          editor.find(attributeSelector("record", name)).set(encodeUtf8(next));
        });
        const selector = attributeSelector("record", name);
        editLine("logfmt", edited, (editor) => {
          expect(decodeUtf8(editor.find(selector).text)).toBe(next.toWellFormed());
        });
        const rest = print(all.filter(([one]) => one !== name));
        const removed = editLine("logfmt", edited, (editor) => {
          editor.find(selector).remove();
        });
        expect(removed).toBe(rest);
      }),
      { numRuns: 1000 },
    );
  });

  test("any bytes can be read, and stay unless they are edited", () => {
    const piece = fc.constantFrom("a", "=", '"', "\\", " ", "\\u00", "\t", "é", "msg=", "x");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const line = pieces.join("");
        const shown = editLine("logfmt", line, (editor) => {
          const found = editor.find(fieldSelector("body"));
          expect(found.kind === ValueKind.absent).toBe(found.text.length === 0);
          editor.find(attributeSelector("record", "none")).remove();
        });
        expect(shown).toBe(line);
        const removed = editLine("logfmt", line, (editor) => {
          editor.find(attributeSelector("record", "a")).remove();
        });
        editLine("logfmt", removed, (editor) => {
          expect(editor.find(attributeSelector("record", "a")).kind).toBe(ValueKind.absent);
        });
      }),
      { numRuns: 2000 },
    );
  });
});

describe("blocks", () => {
  const policies = [
    drop({ log_field: "body", contains: "x" }),
    drop({ log_attribute: "a", exists: true }),
    editAll({ redact: [{ log_field: "body", regex: "[0-9]+", replacement: "#" }] }),
  ];
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 12 }).map((one) => one.map((c) => (c === 10 ? 11 : c))),
    fc.constantFrom("x", "", "a=1", '{"a":1}', '{"b":"12"}', '{"b":', "12").map(encodeUtf8),
  );
  const lines = fc.array(fc.tuple(bytes, fc.constantFrom("\n", "\r\n")), { maxLength: 8 });

  test.each<LineSyntax>(["raw", "json", "logfmt", "auto"])(
    "%s: what leaves of a block is what leaves of its lines",
    (syntax) => {
      const evaluation = engineOf(policies).engine.evaluation("log");
      const format = formatOf({ syntax });
      fc.assert(
        fc.property(lines, (all) => {
          const blocks = all.map(([line, end]) => Buffer.concat([line, encodeUtf8(end)]));
          const filtered = (block: Uint8Array): Uint8Array =>
            format.filterBlock(block, evaluation, {}).body ?? block;
          const whole = Buffer.from(filtered(Buffer.concat(blocks)));
          expect(whole.equals(Buffer.concat(blocks.map(filtered)))).toBe(true);
        }),
        { numRuns: 500 },
      );
    },
  );

  test.each(["cri", "docker"] as const)("%s: any bytes pass or are judged", (container) => {
    const T = "2026-01-02T03:04:05Z";
    const written = fc.constantFrom(
      `${T} stdout F x`,
      `${T} stderr P 1`,
      `${T} stdout P a`,
      `${T} stdout F`,
      `{"log":"x\\n","stream":"stdout"}`,
      `{"log":"1","stream":"stderr"}`,
      `{"log":"1`,
    );
    const line = fc.oneof(bytes, written.map(encodeUtf8));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.boolean(), (all, isFinal) => {
        const block = Buffer.concat(all.map((one) => Buffer.concat([one, encodeUtf8("\n")])));
        const outcome = filterBytes(block, { container, policies }, isFinal);
        const { consumedBytes, cutLines, droppedBytes, lines: count } = outcome;
        expect(consumedBytes === block.length || !isFinal).toBe(true);
        expect(cutLines).toBeLessThanOrEqual(count);
        const consumed = block.subarray(0, consumedBytes);
        expect(outcome.dropped > 0).toBe(droppedBytes > 0);
        if (cutLines + outcome.edited === 0) expect(outcome.body).toBeUndefined();
        // Judged again, nothing more is dropped.
        const again = filterBytes(outcome.body ?? consumed, { container, policies });
        expect([again.dropped, again.edited]).toEqual([0, 0]);
      }),
      { numRuns: 500 },
    );
  });
});
