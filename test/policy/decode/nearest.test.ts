// Which known name is offered for an unknown one.

import { expect, test } from "bun:test";
import { nearestName } from "../../../src/policy/decode/index.ts";

const KNOWN = ["log_field", "log_attribute", "resource_attribute", "keep", "severity_text"];

const cases: [string, string | undefined][] = [
  ["logField", "log_field"],
  ["log-field", "log_field"],
  ["log_feild", "log_field"],
  ["keap", "keep"],
  ["eepk", undefined],
  ["severity", "severity_text"],
  ["sev", undefined],
  ["banana", undefined],
  ["", undefined],
  ["k".repeat(10_000), undefined],
];
for (const [name, want] of cases) {
  test(`${JSON.stringify(name.slice(0, 20))} is near ${want ?? "nothing"}`, () => {
    expect(nearestName(name, KNOWN)).toBe(want);
  });
}
