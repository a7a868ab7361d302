// Loki's push requests in JSON.

import * as fc from "fast-check";
import { lokiJsonFormat } from "../../../../src/protocols/loki/format/index.ts";
import { pushArbitrary, writeJson } from "../../../protocols/loki/format/push.ts";
import { checkFormat } from "../../format-promise.ts";
import { chosen, type FuzzTarget } from "../../fuzz-target.ts";
import { isJson } from "../../other-readers.ts";

const format = lokiJsonFormat();

export const target: FuzzTarget = {
  seeds: chosen(fc.sample(pushArbitrary, { numRuns: 10, seed: 7 }).map((push) => writeJson(push))),
  check(input) {
    checkFormat({ format, signal: "log", isBody: isJson }, input);
  },
};
