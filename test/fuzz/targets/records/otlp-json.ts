// OTLP requests in JSON, all signals.

import * as fc from "fast-check";
import { otlpJsonFormat } from "../../../../src/protocols/otlp/format/index.ts";
import { SIGNALS } from "../../../../src/policy/model.ts";
import { REQUESTS } from "../../../protocols/otlp/format/json/arbitrary-otlp.ts";
import { checkFormat } from "../../format-promise.ts";
import { chosen, type FuzzTarget } from "../../fuzz-target.ts";
import { isJsonObject } from "../../other-readers.ts";

export const target: FuzzTarget = {
  seeds: chosen(SIGNALS.flatMap((signal) => fc.sample(REQUESTS[signal], { numRuns: 8, seed: 7 }))),
  check(input) {
    const signal = SIGNALS[(input[0] ?? 0) % 3] ?? "log";
    checkFormat({ format: otlpJsonFormat(signal), signal, isBody: isJsonObject }, input);
  },
};
