// Edits of entries and of labels, in both encodings.

import { describe, expect, test } from "bun:test";
import { decodeUtf8, encodeUtf8 } from "../../../../src/core/utf8.ts";
import { lokiJsonFormat, lokiProtobufFormat } from "../../../../src/protocols/loki/format/index.ts";
import { type RecordEditor, Verdict } from "../../../../src/policy/record-port.ts";
import { type TextPairs, textAttributesSuite } from "../../../suites/text-attributes-suite.ts";
import {
  attributeSelector,
  attributeRef,
  FakeEvaluation,
  fieldSelector,
  fieldRef,
} from "../../../support/fake-evaluation.ts";
import {
  labelText,
  type PlainEntry,
  type Push,
  readJson,
  readProtobuf,
  writeJson,
  writeProtobuf,
} from "./push.ts";
import { textChange } from "../../../support/text-change.ts";

const ENCODINGS = [
  ["JSON", lokiJsonFormat(), writeJson, readJson],
  ["protobuf", lokiProtobufFormat(), writeProtobuf, readProtobuf],
] as const;
type Encoding = (typeof ENCODINGS)[number];

const ENTRY: PlainEntry = { time: 1_700_000_000_000_000_001n, line: "hello" };

function edited(
  [, format, write, read]: Encoding,
  push: Push,
  behaviour: ConstructorParameters<typeof FakeEvaluation>[2],
): Push {
  const body = write(push);
  const refs = [fieldRef("body"), attributeRef("resource", "app"), attributeRef("record", "a")];
  const { body: left = body } = format.filter(body, new FakeEvaluation("log", refs, behaviour));
  return read(left);
}

for (const encoding of ENCODINGS) {
  const [name] = encoding;
  textAttributesSuite(`structured metadata in ${name}`, {
    scope: "record",
    takesEqualNames: name === "protobuf",
    spelled: (one) => one,
    edit: (pairs, edit) => {
      const push = [
        { labels: [["app", "x"]] as TextPairs, entries: [{ ...ENTRY, metadata: pairs }] },
      ];
      const [stream] = edited(encoding, push, { decide: () => Verdict.edit, editRecord: edit });
      return stream?.entries[0]?.metadata ?? [];
    },
  });
  textAttributesSuite(`labels in ${name}`, {
    scope: "resource",
    takesEqualNames: name === "protobuf",
    spelled: (one) => one.replaceAll(".", "_"),
    edit: (pairs, edit) => {
      const push = [{ labels: pairs, entries: [ENTRY] }];
      const [stream] = edited(encoding, push, { editResource: edit });
      return stream?.labels ?? [];
    },
  });
}

describe.each(ENCODINGS)("an entry in %s", (...encoding) => {
  const BODY = fieldSelector("body");
  const LEVEL = fieldSelector("severity_text");
  const at = (entry: Partial<PlainEntry>): PlainEntry => ({ ...ENTRY, ...entry });
  const secret = textChange((_, text) =>
    decodeUtf8(text).includes("hel") ? encodeUtf8("<>") : undefined,
  );
  type Case = readonly [
    string,
    PlainEntry,
    (editor: RecordEditor) => boolean,
    PlainEntry | undefined,
  ];
  const level = (text: string): PlainEntry => at({ metadata: [["level", text]] });
  const cases: readonly Case[] = [
    ["gets another line", ENTRY, (e) => e.find(BODY).set(encodeUtf8('y"\n')), at({ line: 'y"\n' })],
    ["has its line rewritten", ENTRY, (e) => e.find(BODY).rewrite(secret), at({ line: "<>" })],
    ["loses its line", ENTRY, (e) => e.find(BODY).remove(), at({ line: "" })],
    ["has no line to lose", at({ line: "" }), (e) => e.find(BODY).remove(), undefined],
    ["keeps its line's name", ENTRY, (e) => e.find(BODY).rename(encodeUtf8("z"), true), undefined],
    ["gets a level", ENTRY, (e) => e.find(LEVEL).set(encodeUtf8("warn")), level("warn")],
    ["gets another level", level("a"), (e) => e.find(LEVEL).set(encodeUtf8("warn")), level("warn")],
    [
      "loses all that says its level",
      at({
        metadata: [
          ["detected_level", "a"],
          ["b", "c"],
          ["level", "d"],
        ],
      }),
      (e) => e.find(LEVEL).remove(),
      at({ metadata: [["b", "c"]] }),
    ],
    ["has no level to lose", level(""), (e) => e.find(LEVEL).rewrite(secret), undefined],
    [
      "gets its first metadata",
      ENTRY,
      (e) => e.find(attributeSelector("record", "a")).set(encodeUtf8("b")),
      at({ metadata: [["a", "b"]] }),
    ],
    [
      "has no such field",
      ENTRY,
      (e) => e.find(fieldSelector("severity_number")).set(encodeUtf8("9")),
      undefined,
    ],
    [
      "is changed in several places",
      at({
        metadata: [
          ["a", "b"],
          ["c", "d"],
        ],
      }),
      (e) =>
        e.find(BODY).set(encodeUtf8("new")) && e.find(attributeSelector("record", "a")).remove(),
      at({ line: "new", metadata: [["c", "d"]] }),
    ],
  ];
  test.each(cases)("%s", (_, entry, edit, becomes) => {
    let answer: boolean | undefined;
    const labels = [["app", "x"]] as const;
    const behind = at({ line: "behind" });
    const result = edited(encoding, [{ labels, entries: [entry, behind] }], {
      decide: (_record, index) => (index === 0 ? Verdict.edit : Verdict.keep),
      editRecord: (editor) => {
        answer = edit(editor);
      },
    });
    expect(answer).toBe(becomes !== undefined);
    expect(result).toEqual([{ labels, entries: [becomes ?? entry, behind] }]);
  });

  test("the last label is replaced by the one that Loki gives to unknown services", () => {
    const push = [{ labels: [["app", "x"]] as TextPairs, entries: [ENTRY] }];
    const result = edited(encoding, push, {
      editResource: (editor) => void editor.find(attributeSelector("resource", "app")).remove(),
    });
    expect(result).toEqual([{ labels: [["service_name", "unknown_service"]], entries: [ENTRY] }]);
  });

  test("labels are edited when their entries are, and in each stream", () => {
    const push: Push = [0, 1, 2].map((n) => ({
      labels: [["app", `x${n}`]],
      entries: [ENTRY, at({ line: "drop" }), at({ line: "edit" })],
    }));
    const result = edited(encoding, push, {
      decide: ({ body }) =>
        body === "drop" ? Verdict.drop : body === "edit" ? Verdict.edit : Verdict.keep,
      editRecord: (editor) =>
        void editor.find(BODY).set(encodeUtf8("a much longer line than before")),
      editResource: (editor, index) => {
        if (index !== 1)
          editor.find(attributeSelector("resource", "service.name")).set(encodeUtf8("s"));
      },
    });
    expect(result).toEqual(
      [0, 1, 2].map((n) => ({
        labels: [["app", `x${n}`], ...(n === 1 ? [] : [["service_name", "s"] as const])],
        entries: [ENTRY, at({ line: "a much longer line than before" })],
      })),
    );
  });
});

describe("in protobuf", () => {
  const format = lokiProtobufFormat();
  const push: Push = [{ labels: [["app", "x"]], entries: [ENTRY] }];
  const refs = [attributeRef("resource", "app")];
  const relabel = (editor: RecordEditor): void => {
    editor.find(attributeSelector("resource", "app")).set(encodeUtf8("y"));
  };

  test("the hash of labels goes when they change, and only then", () => {
    const body = writeProtobuf(push, 12345678901234567890n);
    const untouched = format.filter(
      body,
      new FakeEvaluation("log", refs, { editResource: () => undefined }),
    );
    expect(untouched.body).toBeUndefined();
    const { body: left } = format.filter(
      body,
      new FakeEvaluation("log", refs, { editResource: relabel }),
    );
    expect(left).toEqual(writeProtobuf([{ labels: [["app", "y"]], entries: [ENTRY] }]));
  });

  test("labels that were not changed stay as they were written", () => {
    const odd = '{ app = `x` ,\tenv="\\x41é",}';
    const body = writeProtobuf(push);
    const text = labelText(push[0]!.labels);
    const spliced = Buffer.from(body).toString("latin1");
    const inner = spliced.slice(2).replace(`${String.fromCharCode(text.length)}${text}`, () => {
      const bytes = Buffer.from(odd).toString("latin1");
      return `${String.fromCharCode(bytes.length)}${bytes}`;
    });
    const whole = new Uint8Array(
      Buffer.from(`\n${String.fromCharCode(inner.length)}${inner}`, "latin1"),
    );
    const { body: left } = format.filter(
      whole,
      new FakeEvaluation("log", refs, { editResource: relabel }),
    );
    expect(Buffer.from(left!).toString()).toContain('{ app = "y" ,\tenv="\\x41é"}');
  });
});
