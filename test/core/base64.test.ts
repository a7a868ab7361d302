// Base64 as the protobuf JSON mapping accepts it, held against Buffer.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { decodeBase64 } from "../../src/core/base64.ts";
import { encodeUtf8 } from "../../src/core/utf8.ts";

function decoded(text: string): Uint8Array | undefined {
  const bytes = encodeUtf8(text);
  const end = decodeBase64(bytes, 0, bytes.length, bytes, 0);
  return end < 0 ? undefined : bytes.slice(0, end);
}

test("both alphabets are read, padded or not, also in place", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const text = Buffer.from(bytes).toString("base64");
      const forms = [text, text.replace(/=+$/, ""), Buffer.from(bytes).toString("base64url")];
      expect(forms.map(decoded)).toEqual(forms.map(() => bytes));
    }),
  );
});

test("what is no base64 is refused", () => {
  const texts = ["A", "AAAAA", "AA=", "AAA==", "A===", "=", "AA==AA==", "A A=", "é", "AA\n="];
  expect(texts.map(decoded)).toEqual(texts.map(() => undefined));
});
