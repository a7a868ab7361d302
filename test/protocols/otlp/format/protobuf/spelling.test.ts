// Tags and lengths that are longer than they need to be: an edit keeps those that it need not
// write anew.

import { expect, test } from "bun:test";
import { encodeUtf8 } from "../../../../../src/core/utf8.ts";
import { otlpProtobufFormat } from "../../../../../src/protocols/otlp/format/protobuf/index.ts";
import { Verdict } from "../../../../../src/policy/index.ts";
import { concat, len, tag, text, varint } from "../../../../core/protobuf/pb.ts";
import {
  attributeSelector,
  FakeEvaluation,
  fieldSelector,
} from "../../../../support/fake-evaluation.ts";

/** A length-delimited field with two needless bytes in its tag and three in its length. */
function padded(field: number, ...parts: Uint8Array[]): Uint8Array {
  const payload = concat(...parts);
  return concat(tag(field, 2, 2), varint(payload.length, 3), payload);
}

function edited(input: Uint8Array, severity: string): Uint8Array | undefined {
  const evaluation = new FakeEvaluation("log", [], {
    decide: () => Verdict.edit,
    editRecord: (editor) => {
      editor.find(fieldSelector("severity_text")).set(encodeUtf8(severity));
    },
    editResource: (editor) => {
      editor.find(attributeSelector("resource", "k")).set(encodeUtf8("v"));
    },
  });
  return otlpProtobufFormat("log").filter(input, evaluation).body;
}

const attribute = len(1, text(1, "k"), len(2, text(1, "v")));
const owned = padded(1, attribute);

test("containers whose size stays keep their length as it is spelled", () => {
  const request = (severity: string): Uint8Array =>
    padded(1, owned, padded(2, len(2, text(3, severity))));
  expect(edited(request("INFO"), "WARN")).toEqual(request("WARN"));
});

test("containers that change their size keep their tags", () => {
  const output = edited(padded(1, owned, padded(2, len(2, text(3, "INFO")))), "ERROR");
  const scope = concat(tag(2, 2, 2), varint(9), len(2, text(3, "ERROR")));
  const size = owned.length + scope.length;
  expect(output).toEqual(concat(tag(1, 2, 2), varint(size), owned, scope));
});

test("a resource that is edited keeps its tag", () => {
  const record = len(2, len(2, text(3, "INFO")));
  const output = edited(len(1, padded(1), record), "INFO");
  const resource = concat(tag(1, 2, 2), varint(attribute.length), attribute);
  expect(output).toEqual(len(1, resource, record));
});
