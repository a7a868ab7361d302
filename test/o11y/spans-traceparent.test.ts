// The header traceparent, as W3C Trace Context has it.

import { describe, expect, test } from "bun:test";
import { formatTraceparent, parseTraceparent } from "../../src/o11y/traceparent.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";
const context = (sampled: boolean) => ({ traceId: TRACE, spanId: SPAN, sampled });

describe("a valid header is a context", () => {
  const cases: readonly [string, boolean][] = [
    [`00-${TRACE}-${SPAN}-01`, true],
    [`00-${TRACE}-${SPAN}-00`, false],
    [`00-${TRACE}-${SPAN}-03`, true],
    [`00-${TRACE}-${SPAN}-02`, false],
    [`00-${TRACE}-${SPAN}-ff`, true],
    [`  00-${TRACE}-${SPAN}-01 `, true],
    [`01-${TRACE}-${SPAN}-01`, true],
    [`cc-${TRACE}-${SPAN}-01-what-comes`, true],
  ];
  for (const [header, sampled] of cases) {
    test(header, () => expect(parseTraceparent(header)).toEqual(context(sampled)));
  }
});

describe("any other header is none", () => {
  const cases: readonly (string | null)[] = [
    null,
    "",
    "00",
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-1`,
    `00-${TRACE}-${SPAN}-01-`,
    `00-${TRACE}-${SPAN}-01-more`,
    `cc-${TRACE}-${SPAN}-01.more`,
    `ff-${TRACE}-${SPAN}-01`,
    `0-${TRACE}-${SPAN}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
    `00-${TRACE}0-${SPAN}-01`,
    `00-${TRACE}-${SPAN.slice(1)}-01`,
    `00-${TRACE}-${SPAN}-0g`,
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00_${TRACE}_${SPAN}_01`,
  ];
  for (const header of cases) {
    test(String(header), () => expect(parseTraceparent(header)).toBeUndefined());
  }
});

test("what is printed is read as the same", () => {
  for (const sampled of [true, false]) {
    const header = formatTraceparent(context(sampled));
    expect(header).toBe(`00-${TRACE}-${SPAN}-${sampled ? "01" : "00"}`);
    expect(parseTraceparent(header)).toEqual(context(sampled));
  }
});
