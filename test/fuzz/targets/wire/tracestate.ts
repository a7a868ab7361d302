// W3C tracestates: a threshold is set and read again, and of the others none is lost but those
// that are too many.

import { readTracestate, writeThreshold } from "../../../../src/policy/keep/tracestate.ts";
import { expectSame, type FuzzTarget } from "../../fuzz-target.ts";

export const target: FuzzTarget = {
  seeds: [
    "ot=th:8;rv:0123456789abcd,vendor=x",
    "a=1, ot=rv:ffffffffffffff ;x:y , b=2",
    "ot=,ot=th:c,=",
    "",
  ],
  words: ["ot=", "th:", "rv:", ",", ";"],
  check(input) {
    const text = new TextDecoder().decode(input);
    const before = readTracestate(text);
    const written = writeThreshold(text, "8");
    const after = readTracestate(written);
    expectSame("the threshold", after.thresholdDigits, "8");
    expectSame("the randomness", after.randomness, before.randomness);
    expectSame("written twice", writeThreshold(written, "8"), written);
    const own = writeThreshold(text, "c", "00000000000001");
    const { randomness, thresholdDigits } = readTracestate(own);
    expectSame("randomness of its own", [randomness?.low, thresholdDigits], [1, "c"]);
  },
};
