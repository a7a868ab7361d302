// Snappy's block format, against Google's own library, and its frames.

import * as google from "snappy";
import { snappy, snappyFrames } from "../../../../src/protocols/snappy/index.ts";
import { finish } from "../../../support/steps.ts";
import { expectSame, type FuzzTarget, inputOf } from "../../fuzz-target.ts";

const BYTES_MAX = 1_000_000;

export const target: FuzzTarget = {
  seeds: [
    new Uint8Array(google.compressSync(Buffer.from("some text, some text\n".repeat(20)))),
    new Uint8Array(google.compressSync(Buffer.from(inputOf("abc")))),
    new Uint8Array([5, 0, 1, 1, 1]),
    new Uint8Array([0]),
    Buffer.from("ff060000734e61507059010800009274a3a5616263", "hex"),
  ],
  check(input) {
    const decoded = finish(snappy.decode(input, BYTES_MAX));
    if (decoded.kind !== "too_large") {
      const bytes = decoded.kind === "ok" ? decoded.bytes : undefined;
      // Google's binding has no empty buffers.
      if (bytes?.length !== 0) expectSame("decoded", bytes, theirs(input));
    }
    const coded = finish(snappy.encode(input));
    const back = finish(snappy.decode(coded, BYTES_MAX));
    expectSame("coded and decoded", back.kind === "ok" && back.bytes, input);
    finish(snappyFrames.decode(input, BYTES_MAX));
    const frames = finish(snappyFrames.encode(input));
    const unframed = finish(snappyFrames.decode(frames, BYTES_MAX));
    expectSame("framed and back", unframed.kind === "ok" && unframed.bytes, input);
  },
};

/** Undefined: Google's library refuses. */
function theirs(coded: Uint8Array): Uint8Array | undefined {
  try {
    const bytes = google.uncompressSync(Buffer.from(coded), { asBuffer: true });
    return new Uint8Array(bytes as Buffer);
  } catch {
    return undefined;
  }
}
