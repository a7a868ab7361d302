// Bodies of log requests: which are taken apart, and what is left of them. Texts are compared byte
// for byte.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { UndecodableError } from "../../../../src/core/errors.ts";
import { BROKEN_RECORDS_MAX } from "../../../../src/core/limits.ts";
import { decodeUtf8, encodeUtf8 } from "../../../../src/core/utf8.ts";
import { datadogLogsFormat } from "../../../../src/protocols/datadog/format/index.ts";
import { Verdict } from "../../../../src/policy/record-port.ts";
import { FakeEvaluation, fieldRef } from "../../../support/fake-evaluation.ts";

/** Drops the records whose body is "drop"; what is left, and the counts. */
function filtered(text: string): [string | undefined, number[]] {
  const evaluation = new FakeEvaluation("log", [fieldRef("body")], {
    decide: ({ body }) => (body === "drop" ? Verdict.drop : Verdict.keep),
  });
  const outcome = datadogLogsFormat().filter(encodeUtf8(text), evaluation);
  const { body, records, dropped, unreadable, edited } = outcome;
  expect(evaluation.calls.at(-1)).toBe("commit");
  return [body && decodeUtf8(body), [records, dropped, unreadable, edited]];
}

const KEEP = '{"message":"keep","n":1.0e1,"n":1}';
const DROP = '{"message":"drop"}';

describe("a body is taken apart: ", () => {
  test.each<[string, string, string | undefined, number[]]>([
    ["an array that stays", `[${KEEP},${KEEP}]`, undefined, [2, 0, 0, 0]],
    ["the first of an array", `[${DROP},${KEEP}]`, `[${KEEP}]`, [2, 1, 0, 0]],
    ["the last of an array", `[${KEEP},${DROP}]`, `[${KEEP}]`, [2, 1, 0, 0]],
    ["the middle", `[ ${KEEP} , ${DROP} , ${KEEP} ]\n`, `[ ${KEEP} , ${KEEP} ]\n`, [3, 1, 0, 0]],
    ["all of an array", `[${DROP},${DROP}]`, "[]", [2, 2, 0, 0]],
    ["a comma too many", `[${DROP},${KEEP},]`, `[${KEEP},]`, [2, 1, 0, 0]],
    ["a comma too few", `[${DROP}${DROP},${KEEP}]`, undefined, [2, 0, 1, 0]],
    ["an empty array", " [ ] ", undefined, [0, 0, 0, 0]],
    ["a byte order mark", `\ufeff[${DROP},${KEEP}]`, `\ufeff[${KEEP}]`, [2, 1, 0, 0]],
    ["what is no object", `[1,${DROP},"x",[],null]`, '[1,"x",[],null]', [5, 1, 4, 0]],
    ["one object", DROP, "", [1, 1, 0, 0]],
    ["one object that stays", `\n ${KEEP}\n`, undefined, [1, 0, 0, 0]],
    ["one object over lines", '{\n "message"\n:\n"drop"\n}\n', "", [1, 1, 0, 0]],
    ["one object behind a mark", `\ufeff${DROP}`, "\ufeff", [1, 1, 0, 0]],
    ["lines", `${KEEP}\n${DROP}\n${KEEP}\n`, `${KEEP}\n${KEEP}\n`, [3, 1, 0, 0]],
    ["lines of Windows", `${DROP}\r\n${KEEP}\r\n`, `${KEEP}\r\n`, [2, 1, 0, 0]],
    ["lines without a last end", `${KEEP}\n${DROP}`, `${KEEP}\n`, [2, 1, 0, 0]],
    ["empty lines", `${KEEP}\n\n${DROP}\n\n`, `${KEEP}\n\n\n`, [2, 1, 0, 0]],
    ["objects on one line", `${KEEP} ${DROP} ${KEEP}`, `${KEEP} ${KEEP}`, [3, 1, 0, 0]],
    ["objects without anything between", `${KEEP}${DROP}`, KEEP, [2, 1, 0, 0]],
    ["an empty object", "{}", undefined, [1, 0, 0, 0]],
    ["no text", "", undefined, [0, 0, 0, 0]],
    ["only space", " \n", undefined, [0, 0, 0, 0]],
    ["a broken line", `{"a":x}\n${DROP}\n`, '{"a":x}\n', [2, 1, 1, 0]],
    ["a broken line between", `${DROP}\n{"a"}\r\n${DROP}\n`, '{"a"}\r\n', [3, 2, 1, 0]],
    ["a last line that is cut off", `${DROP}\n{"message":"dr`, '{"message":"dr', [2, 1, 1, 0]],
    ["a last line that is no object", `${DROP}\n12`, "12", [2, 1, 1, 0]],
    ["a line that is no object", `${DROP}\n12\n${DROP}\n`, "12\n", [3, 2, 1, 0]],
    ["a line of text", `${DROP}\nhello\n${DROP}\n`, "hello\n", [3, 2, 1, 0]],
    ["a line that is cut off", `{"a":"x\n${DROP}\n${KEEP}\n`, `{"a":"x\n${KEEP}\n`, [3, 1, 1, 0]],
    ["a line without its end", `{"a":1,\n${DROP}\n`, '{"a":1,\n', [2, 1, 1, 0]],
    [
      "a line that is cut off before a value",
      `{"a":\n${DROP}\n${KEEP}`,
      `{"a":\n${KEEP}`,
      [3, 1, 1, 0],
    ],
    ["a line that is cut off in a list", `${DROP}\n{"a":[\n${DROP}`, '{"a":[\n', [3, 2, 1, 0]],
    ["a line that is cut off in a word", `${DROP}\n{"a":tru\n${DROP}`, '{"a":tru\n', [3, 2, 1, 0]],
    ["a line that is broken at its start", `{x\r\n\r\n ${DROP}`, "{x\r\n\r\n ", [2, 1, 1, 0]],
    [
      "several lines that are cut off",
      `{"a":\n{"b":\n{x\n${DROP}`,
      '{"a":\n{"b":\n{x\n',
      [4, 1, 3, 0],
    ],
    ["a line with an object too many", `${DROP}\n${DROP}x\n${DROP}`, `${DROP}x\n`, [3, 2, 1, 0]],
    ["a line of objects and commas", `${DROP}\n${DROP},${DROP}`, `${DROP},${DROP}`, [2, 1, 1, 0]],
    [
      "a mark before each line",
      `\ufeff${DROP}\n\ufeff${KEEP}`,
      `\ufeff\ufeff${KEEP}`,
      [2, 1, 0, 0],
    ],
    ["a list as a line", `${DROP}\n[${DROP}]\n${DROP}`, `[${DROP}]\n`, [3, 2, 1, 0]],
  ])("%s", (_, text, expected, counts) => {
    expect(filtered(text)).toEqual([expected, counts]);
  });
});

/** Each stands where a record of an array should be. */
const BROKEN: readonly (readonly [string, string])[] = [
  ["NaN", '{"message":"drop","v":NaN}'],
  ["Infinity", '{"message":"drop","v":[-Infinity]}'],
  ["undefined", '{"message":"drop","v":undefined}'],
  ["a comma too many", '{"message":"drop",}'],
  ["a comma too many in a list", '{"message":"drop","v":[1,2,]}'],
  ["a comment", '{"message":"drop" /* }, " */}'],
  ["a comment up to the line's end", '{"message":"drop" // }, "\n}'],
  ["single quotes", "{'message':'drop, } \\' ] \"'}"],
  ["keys without quotes", "{message:1}"],
  ["a control character", '{"message":"drop","v":"a\tb\n"}'],
  ["an unknown escape", '{"message":"drop","v":"\\x41"}'],
  ["half an escape", '{"message":"drop","v":"\\u00g0"}'],
  ["a number with a zero before it", '{"message":"drop","v":007}'],
  ["a number without digits behind its point", '{"message":"drop","v":1.}'],
  ["a list that is cut off", '{"message":"drop","v":[1,2}'],
  ["a bracket too many", '{"message":"drop"}}'],
  ["two objects", '{"message":"drop"}{"message":"drop"}'],
  ["text behind it", '{"message":"drop"} x'],
  ["a key without a value", '{"message":"drop","v"}'],
  ["a mark before it", '\ufeff{"message":"drop"}'],
  ["a URL without quotes", '{"message":"drop","v":http://x}'],
  ["too deep", `{"message":"drop","v":${"[".repeat(600)}${"]".repeat(600)}}`],
  ["no object", "drop"],
  ["nothing", ""],
];

describe("of a list the other records are judged when one has ", () => {
  test.each(BROKEN.map((one) => [...one] as [string, string]))("%s", (_, broken) => {
    expect(filtered(`[${DROP},${broken},${DROP}]`)).toEqual([`[${broken}]`, [3, 2, 1, 0]]);
    expect(filtered(`[ ${broken} , ${DROP}, ${KEEP} ]`)).toEqual([
      `[ ${broken} , ${KEEP} ]`,
      [3, 1, 1, 0],
    ]);
    expect(filtered(`[${KEEP},${DROP},${broken}]`)[0]).toBe(
      broken === "" ? `[${KEEP},]` : `[${KEEP},${broken}]`,
    );
  });

  test("bytes that are no UTF-8", () => {
    const bytes = encodeUtf8(`[${DROP},{"a":"?","message":"drop"},{?:1},${DROP}]`);
    const invalid = bytes.map((c) => (c === 0x3f ? 0xff : c));
    const evaluation = new FakeEvaluation("log", [fieldRef("body")], {
      decide: ({ body }) => (body === "drop" ? Verdict.drop : Verdict.keep),
    });
    const { body, ...counts } = datadogLogsFormat().filter(invalid, evaluation);
    expect(counts).toMatchObject({ records: 4, dropped: 3, unreadable: 1 });
    expect([...body!]).toEqual([0x5b, 0x7b, 0xff, 0x3a, 0x31, 0x7d, 0x5d]);
  });

  test("and none is judged when it cannot be told where it ends", () => {
    const cut = [
      `[${DROP},{"a":"x},${DROP}]`,
      `[${DROP},{'a':'x},${DROP}]`,
      `[${DROP},{/*},${DROP}]`,
    ];
    for (const text of cut) expect(() => filtered(text)).toThrow(UndecodableError);
  });
});

describe("a body is not taken apart: ", () => {
  test.each<[string, string]>([
    ["a text", '"drop"'],
    ["a number", "12"],
    ["plain lines", "drop\ndrop\n"],
    ["a list without its end", `[${DROP}`],
    ["text behind a list", `[${DROP}]x`],
    ["two lists", `[${DROP}][${DROP}]`],
    ["one broken object", '{"message":"drop"'],
    ["one broken object over lines", `{"a":\n${DROP}\n,"b"}\n`],
    ["objects with commas between", `${DROP},${DROP}`],
    ["objects with commas at the ends of lines", `${DROP},\n${DROP}`],
    ["objects with commas at the beginnings of lines", `${DROP}\n,${DROP}`],
    ["a list without its first bracket", `${DROP},\n${DROP}\n]`],
    ["a text over lines between objects", `${DROP}\n{"a":"x\ny"}\n${DROP}`],
    ["lines of a broken document", `${DROP}\n{"a":[\n${DROP},\n${DROP}\n]\n`],
    ["a list over lines in a broken object", `{"a":x,"b":[\n${DROP}\n]}\n`],
    ["objects over lines in a broken one", `{"a":x,"b":\n${DROP},"c":\n${DROP}\n}\n`],
    ["many lines that are cut off", `${'{"a":\n'.repeat(100)}${DROP}\n`],
    ["lines of which none is an object", "1\n2\n"],
  ])("%s", (_, text) => {
    const evaluation = new FakeEvaluation("log", [fieldRef("body")], {
      decide: () => Verdict.drop,
    });
    expect(() => datadogLogsFormat().filter(encodeUtf8(text), evaluation)).toThrow(
      UndecodableError,
    );
    expect(evaluation.calls.at(-1)).toBe("abort");
  });
});

test("lines that cannot be read are passed up to a limit, then the body as a whole", () => {
  const broken = (count: number): string => `${DROP}\n${'{"a"}\n'.repeat(count)}`;
  const limit = BROKEN_RECORDS_MAX;
  expect(filtered(broken(limit))[1]).toEqual([limit + 1, 1, limit, 0]);
  expect(() => filtered(broken(limit + 1))).toThrow(UndecodableError);
});

test("nesting of 511 objects in an array is read", () => {
  const deep = `{"message":"drop","a":${'{"a":'.repeat(510)}1${"}".repeat(510)}}`;
  expect(filtered(`[${deep},${KEEP}]`)[0]).toBe(`[${KEEP}]`);
});

test("a list that is cut off anywhere is undecodable", () => {
  const whole = encodeUtf8(`[${DROP},{"message":"{\\"a\\":\\"é\\"}","t":[1,-2.5e3,true,null]}]`);
  for (let end = 1; end < whole.length; end++) {
    const evaluation = new FakeEvaluation("log", [fieldRef("body")]);
    expect(() => datadogLogsFormat().filter(whole.subarray(0, end), evaluation)).toThrow(
      UndecodableError,
    );
  }
});

test("a program for another signal is refused", () => {
  const evaluation = new FakeEvaluation("metric", []);
  expect(() => datadogLogsFormat().filter(encodeUtf8("[]"), evaluation)).toThrow(TypeError);
});

test("a rewrite that is asked for gives the same bytes", () => {
  const text = ` [ ${KEEP} ]`;
  const format = datadogLogsFormat();
  const options = { alwaysRewrite: true };
  const outcome = format.filter(encodeUtf8(text), new FakeEvaluation("log", []), options);
  expect(outcome.body && decodeUtf8(outcome.body)).toBe(text);
});

test("of any records in any shape the kept ones are left as they came", () => {
  const space = fc.constantFrom("", " ", "\t");
  const record = fc
    .tuple(fc.boolean(), fc.json({ maxDepth: 2 }), space)
    .map(([isKept, value, blank]) => ({
      isKept,
      text: `{"message":${blank}"${isKept ? "keep" : "drop"}","v":${value}${blank}}`,
    }));
  const shape = fc.constantFrom("array", "lines", "windows");
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 1, maxLength: 6 }),
      shape,
      space,
      (all, kind, blank) => {
        const print = (records: readonly { text: string }[]): string => {
          const texts = records.map(({ text }) => text);
          if (kind === "array") return `${blank}[${texts.join(",")}]${blank}`;
          return texts.map((text) => text + (kind === "lines" ? "\n" : "\r\n")).join("");
        };
        const kept = all.filter(({ isKept }) => isKept);
        const [left, counts] = filtered(print(all));
        expect(left ?? print(all)).toBe(print(kept));
        expect(counts).toEqual([all.length, all.length - kept.length, 0, 0]);
      },
    ),
  );
});

test("no bytes make the format fail otherwise than by an undecodable body", () => {
  const piece = fc.constantFrom(
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    '"',
    "\\",
    "\n",
    " ",
    "\ufeff",
    '"message"',
    '"ddtags"',
    '"drop"',
    '"a:b"',
    "1",
    "-",
    "true",
    "null",
    DROP,
    KEEP,
    '"{\\"a\\":1}"',
    "\\u00",
    "\0",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      try {
        filtered(pieces.join(""));
      } catch (error) {
        if (!(error instanceof UndecodableError)) throw error;
      }
    }),
    { numRuns: 2000 },
  );
});
