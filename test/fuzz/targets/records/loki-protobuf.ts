// Loki's push requests in protobuf, and the labels in them.

import * as fc from "fast-check";
import { lokiProtobufFormat } from "../../../../src/protocols/loki/format/index.ts";
import { pushArbitrary, writeProtobuf } from "../../../protocols/loki/format/push.ts";
import { checkFormat } from "../../format-promise.ts";
import { chosen, type FuzzTarget } from "../../fuzz-target.ts";
import { isMessage } from "../../other-readers.ts";

const format = lokiProtobufFormat();

export const target: FuzzTarget = {
  seeds: chosen(
    fc.sample(pushArbitrary, { numRuns: 10, seed: 7 }).map((push) => writeProtobuf(push, 5n)),
  ),
  words: ['a="b"', "`raw`", "\\x41", "\\u00e9", ", "],
  check(input) {
    checkFormat({ format, signal: "log", isBody: isMessage }, input);
  },
};
