// Extensions when several threads serve: the main thread has them, and gets what all offer.

import { describe, expect, test } from "bun:test";
import type { Policy } from "../../../src/policy/index.ts";
import { COPIES } from "./distribution.ts";
import { inParallel, PoolHarness } from "./pool-harness.ts";
import { severityPolicy } from "./severity-policy.ts";

const REQUESTS = 40;

function copying(policy: Policy): Policy {
  const use = {
    type: COPIES.type,
    version: "1.0.0",
    config: new Uint8Array(),
    mode: "all",
  } as const;
  const other = { ...use, type: "com.example/none" };
  return { ...policy, extensions: [use, other] };
}

describe("extensions in the main thread", () => {
  test("get every record that workers offer, also of workers that end", async () => {
    const policies = [copying(severityPolicy("drops", "DEBUG", { kind: "none" }))];
    const harness = await PoolHarness.start({ policies });
    const extension = COPIES.made.at(-1)!;
    await harness.threads(2);
    await inParallel(REQUESTS, 8, () => harness.post(["DEBUG", "INFO"]));
    await harness.listener.drain();
    const texts = extension.offered.map(({ bytes, kept, matched, encoding, source }) => {
      const { severityText } = JSON.parse(new TextDecoder().decode(bytes)) as Record<
        string,
        string
      >;
      return `${severityText} ${kept} ${matched} ${encoding} ${source.policy} ${source.use.type}`;
    });
    const count = (text: string): number => texts.filter((one) => one === text).length;
    expect([texts.length, new Set(texts).size]).toEqual([2 * REQUESTS, 2]);
    expect(count(`DEBUG false true otlp_json drops ${COPIES.type}`)).toBe(REQUESTS);
    expect(count(`INFO true false otlp_json drops ${COPIES.type}`)).toBe(REQUESTS);
    expect(harness.hits("drops")).toBe(REQUESTS);
    await harness[Symbol.asyncDispose]();
  });
});
