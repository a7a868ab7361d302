// Ranges of an output that are copied later: whatever happens to the output meanwhile, they come to
// stand where they would have stood.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { DeferredCopies } from "../../src/core/deferred-copies.ts";
import { decodeUtf8, encodeUtf8 } from "../../src/core/utf8.ts";

const SOURCE = encodeUtf8("abcdefghijklmnopqrstuvwxyz");

test("what is deferred is copied a piece at a time, and then nothing is left", () => {
  const deferred = new DeferredCopies();
  const output = new Uint8Array(8).fill(0x2e);
  expect(deferred.copy(output, 1)).toBe(true);
  deferred.add(1, 5, SOURCE, 3);
  expect(deferred.isEmpty).toBe(false);
  expect(deferred.copy(output, 2)).toBe(false);
  expect(decodeUtf8(output)).toBe("....gh..");
  expect(deferred.copy(output, 3)).toBe(true);
  expect(decodeUtf8(output)).toBe(".defgh..");
  expect(deferred.isEmpty).toBe(true);
});

/** An output as a text, and the same with deferred ranges. */
class Both {
  want = "";
  private output = new Uint8Array(4096);
  private readonly deferred = new DeferredCopies();

  private write(text: string, at: number): void {
    this.output.set(encodeUtf8(text), at);
  }
  put(text: string): void {
    this.write(text, this.want.length);
    this.want += text;
  }
  defer(from: number, size: number): void {
    this.deferred.add(this.want.length, size, SOURCE, from);
    this.want += decodeUtf8(SOURCE.subarray(from, from + size));
  }
  outgrow(): void {
    this.deferred.defer(this.output, this.want.length);
    this.output = new Uint8Array(4096);
  }
  cut(position: number): void {
    this.want = this.want.slice(0, position);
    this.deferred.truncate(position);
  }
  splice(position: number, size: number, text: string): void {
    const used = this.want.length;
    this.deferred.splice(this.output, position, size, text.length - size, used);
    this.write(text, position);
    this.want = this.want.slice(0, position) + text + this.want.slice(position + size);
  }
  copy(bytesMax: number): string {
    while (!this.deferred.copy(this.output, bytesMax));
    return decodeUtf8(this.output.subarray(0, this.want.length));
  }
}

test("any changes meanwhile come to what plain strings come to", () => {
  const number = fc.nat(1000);
  const text = fc.string({ unit: "binary-ascii", maxLength: 20 });
  const hows = fc.constantFrom("put", "defer", "defer", "outgrow", "cut", "splice", "splice");
  const change = fc.tuple(hows, number, number, text);
  const property = fc.property(fc.array(change, { maxLength: 20 }), fc.nat(9), (changes, bytes) => {
    const both = new Both();
    for (const [how, a, b, put] of changes) {
      const position = a % (both.want.length + 1);
      const size = b % (both.want.length - position + 1);
      if (how === "put") both.put(put);
      else if (how === "defer") both.defer(a % 20, 1 + (b % 6));
      else if (how === "outgrow") both.outgrow();
      else if (how === "cut") both.cut(position);
      else both.splice(position, size, put);
    }
    expect(both.copy(bytes + 1)).toBe(both.want);
  });
  fc.assert(property, { numRuns: 2000 });
});
