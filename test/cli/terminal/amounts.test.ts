// Amounts of money as people read them.

import { expect, test } from "bun:test";
import { moneyText } from "../../../src/cli/terminal/amounts.ts";

const CASES: readonly (readonly [number, string])[] = [
  [0, "0.00 EUR"],
  [0.004, "0.00 EUR"],
  [0.006, "0.01 EUR"],
  [-0.004, "0.00 EUR"],
  [-0.25, "-0.25 EUR"],
  [999.999, "1,000.00 EUR"],
  [-1_234_567.5, "-1,234,567.50 EUR"],
];
for (const [amount, text] of CASES) {
  test(`${amount} is ${text}`, () => expect(moneyText(amount, "EUR")).toBe(text));
}

test("money without a currency is a number", () => {
  expect(moneyText(12.5, undefined)).toBe("12.50");
});
