// Bytes that are written one after the other come out as they went in, however often it grows.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { ByteWriter } from "../../../src/core/json/index.ts";

const part = fc.oneof(fc.nat(255), fc.uint8Array({ maxLength: 80 }));

test("what is written comes out, from any first size", () => {
  fc.assert(
    fc.property(fc.nat(40), fc.array(part, { maxLength: 30 }), (bytesExpected, parts) => {
      const writer = new ByteWriter(bytesExpected);
      const want: number[] = [];
      for (const one of parts) {
        if (typeof one === "number") {
          writer.byte(one);
          want.push(one);
        } else {
          const source = Uint8Array.of(1, 2, ...one, 3);
          writer.copy(source, 2, source.length - 1);
          want.push(...one);
        }
      }
      expect(writer.finish()).toEqual(Uint8Array.from(want));
    }),
  );
});
