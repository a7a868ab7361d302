// The word that a mistyped one stands for.

import { describe, expect, test } from "bun:test";
import { nearest } from "../../src/core/nearest.ts";

const KNOWN = ["listen_address", "listen_port", "log_level", "logs_url", "id", "url"];

describe("the nearest known word", () => {
  const CASES: readonly (readonly [word: string, found: string | undefined])[] = [
    ["listen_prot", "listen_port"],
    ["lisen_port", "listen_port"],
    ["listenPort", "listen_port"],
    ["LISTEN-PORT", "listen_port"],
    ["loglevel", "log_level"],
    ["log_levle", "log_level"],
    // Two letters that changed places are one slip, which a short word may have.
    ["di", "id"],
    ["ulr", "url"],
    ["port", "listen_port"],
    ["uri", "url"],
    ["ur", "url"],
    ["listen", undefined],
    ["colour", undefined],
    ["x", undefined],
    ["", undefined],
  ];
  test.each(CASES)("%j finds %p", (word, found) => {
    expect(nearest(word, KNOWN)).toBe(found);
  });

  test.each([
    ["logField", "log_field"],
    ["log-field", "log_field"],
    ["log_feild", "log_field"],
    ["keap", "keep"],
    ["eepk", undefined],
    ["severity", "severity_text"],
    ["sev", undefined],
    ["banana", undefined],
  ])("%j finds %p among the keys of policies", (word, found) => {
    const keys = ["log_field", "log_attribute", "resource_attribute", "keep", "severity_text"];
    expect(nearest(word, keys)).toBe(found);
  });

  test("is found in bounded time for a very long word", () => {
    expect(nearest("z".repeat(1_000_000), KNOWN)).toBe(undefined);
  });
});
