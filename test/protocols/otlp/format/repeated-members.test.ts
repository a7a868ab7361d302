// Log records with repeated fields in protobuf, and with the same members repeated in JSON: what
// policies see of them, and what edits leave, is the same. Records are drawn as lists of fields.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../../src/core/utf8.ts";
import { otlpJsonFormat, otlpProtobufFormat } from "../../../../src/protocols/otlp/format/index.ts";
import { type RecordEditor, ValueKind, Verdict } from "../../../../src/policy/index.ts";
import { concat, int, len, text } from "../../../core/protobuf/pb.ts";
import {
  attributeSelector,
  attributeRef,
  FakeEvaluation,
  fieldSelector,
  fieldRef,
} from "../../../support/fake-evaluation.ts";
import { textChange } from "../../../support/text-change.ts";

/** The same in both encodings: a member of an object, and a field of a message. */
interface Twin {
  readonly json: string;
  readonly wire: Uint8Array;
}
type Fields = fc.Arbitrary<readonly Twin[]>;

const SECRET = "secret";
const words = fc.constantFrom("", "x", SECRET);
const object = (fields: readonly Twin[]): string => `{${fields.map(({ json }) => json).join(",")}}`;
const message = (fields: readonly Twin[]): Uint8Array => concat(...fields.map(({ wire }) => wire));
const member = (name: string, field: number, fields: readonly Twin[]): Twin => ({
  json: `"${name}":${object(fields)}`,
  wire: len(field, message(fields)),
});
const textOf =
  (name: string, field: number) =>
  (word: string): Twin => ({ json: `"${name}":${JSON.stringify(word)}`, wire: text(field, word) });
/** A repeated field is one array, or several, in JSON. */
const listOf =
  (name: string, field: number) =>
  (items: readonly (readonly Twin[])[]): Twin => ({
    json: `"${name}":[${items.map(object).join(",")}]`,
    wire: concat(...items.map((item) => len(field, message(item)))),
  });

const few = (field: fc.Arbitrary<Twin>, maxLength = 3): Fields => fc.array(field, { maxLength });
const { any, entry } = fc.letrec<{ any: readonly Twin[]; entry: readonly Twin[] }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 2 },
    few(
      fc.oneof(
        words.map(textOf("stringValue", 1)),
        fc.nat(3).map((n): Twin => ({ json: `"intValue":"${n}"`, wire: int(3, n) })),
      ),
      2,
    ),
    few(
      few(fc.array(tie("entry"), { maxLength: 3 }).map(listOf("values", 1)), 2).map((lists) =>
        member("kvlistValue", 6, lists),
      ),
      2,
    ),
  ),
  entry: few(
    fc.oneof(
      fc.constantFrom("a", "b").map(textOf("key", 1)),
      tie("any").map((fields) => member("value", 2, fields)),
    ),
    4,
  ),
}));
const attributes = (field: number): fc.Arbitrary<Twin> =>
  fc.array(entry, { maxLength: 3 }).map(listOf("attributes", field));
const record = few(
  fc.oneof(
    words.map(textOf("severityText", 3)),
    any.map((fields) => member("body", 5, fields)),
    attributes(6),
  ),
  5,
);
const resource = few(attributes(1), 2).map((fields) => member("resource", 1, fields));
const scope = few(fc.oneof(attributes(3), words.map(textOf("name", 1))), 2).map((fields) =>
  member("scope", 1, fields),
);

const request = fc
  .tuple(few(resource, 2), few(scope, 2), record, few(scope, 2), few(resource, 2))
  .map(([owners, scopes, fields, scopesBehind, ownersBehind]) => {
    const inScope = [...scopes, listOf("logRecords", 2)([fields]), ...scopesBehind];
    const inResource = [...owners, listOf("scopeLogs", 2)([inScope]), ...ownersBehind];
    return listOf("resourceLogs", 1)([inResource]);
  });

const refs = [
  fieldRef("severity_text"),
  fieldRef("body"),
  ...(["record", "resource", "scope"] as const).flatMap((of) => [
    attributeRef(of, "a"),
    attributeRef(of, "b", "a"),
    attributeRef(of, "a", "a", "b"),
  ]),
];
const places = (of: "record" | "resource" | "scope") => [
  attributeSelector(of, "a"),
  attributeSelector(of, "b", "a"),
  attributeSelector(of, "a", "a", "b"),
];

function hideAll(editor: RecordEditor, of: "record" | "resource" | "scope"): unknown[] {
  const all = [...places(of), fieldSelector("severity_text"), fieldSelector("body")];
  return all.map((selector) =>
    editor
      .find(selector)
      .rewrite(
        textChange((kind, word) =>
          kind === ValueKind.string && decodeUtf8(word) === SECRET
            ? encodeUtf8("hidden")
            : undefined,
        ),
      ),
  );
}

function run(encoding: "json" | "protobuf", input: Uint8Array) {
  const hits: unknown[] = [];
  /** Knows of the last time only that the body was gone over. */
  class LastTime extends FakeEvaluation {
    override begin(): void {
      super.begin();
      this.records.length = hits.length = 0;
    }
  }
  const evaluation = new LastTime("log", refs, {
    decide: () => Verdict.edit,
    editRecord: (editor) => hits.push(...hideAll(editor, "record")),
    editScope: (editor) => hits.push(...hideAll(editor, "scope")),
    editResource: (editor) => hits.push(...hideAll(editor, "resource")),
  });
  const format = encoding === "json" ? otlpJsonFormat("log") : otlpProtobufFormat("log");
  const { body = input } = format.filter(input, evaluation);
  return { body, hits, records: evaluation.records };
}

const wholeOf = ({ json, wire }: Twin) => ({ text: encodeUtf8(`{${json}}`), wire });

describe("repeated members", () => {
  test("are seen, and hidden, as repeated fields are", () => {
    fc.assert(
      fc.property(request, (twin) => {
        const { text: json, wire } = wholeOf(twin);
        const [one, other] = [run("json", json), run("protobuf", wire)];
        expect(one.records).toEqual(other.records);
        expect(one.hits).toEqual(other.hits);
        // A second time there is nothing to hide.
        const [again, otherAgain] = [run("json", one.body), run("protobuf", other.body)];
        expect(again.records).toEqual(otherAgain.records);
        expect([again.hits, otherAgain.hits].flat()).not.toContain(true);
      }),
      { numRuns: 400 },
    );
  });

  test("leave no secret behind where a redaction looked, not even one that others hide", () => {
    const flat = few(
      fc.oneof(
        words.map(textOf("severityText", 3)),
        few(words.map(textOf("stringValue", 1)), 2).map((fields) => member("body", 5, fields)),
        few(
          few(words.map(textOf("stringValue", 1)), 2).map((fields) => member("value", 2, fields)),
          2,
        ).map((values) => listOf("attributes", 6)([[textOf("key", 1)("a"), ...values]])),
      ),
      5,
    );
    fc.assert(
      fc.property(flat, (fields) => {
        const scopes = listOf("scopeLogs", 2)([[listOf("logRecords", 2)([fields])]]);
        const { text: json, wire } = wholeOf(listOf("resourceLogs", 1)([[scopes]]));
        expect(decodeUtf8(run("json", json).body)).not.toContain(SECRET);
        expect(decodeUtf8(run("protobuf", wire).body)).not.toContain(SECRET);
      }),
      { numRuns: 300 },
    );
  });
});
