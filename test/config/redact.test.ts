// URLs without their secrets.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { redactUrl } from "../../src/config/index.ts";

describe("a URL as it may be shown", () => {
  const CASES: readonly (readonly [url: string, shown: string])[] = [
    ["http://host:80/a/b", "http://host:80/a/b"],
    ["stdout:", "stdout:"],
    ["https://user:secret@host/p", "https://***@host/p"],
    ["https://secret@host", "https://***@host"],
    ["https://host/p?secret", "https://host/p?***"],
    ["https://host/p#secret", "https://host/p#***"],
    ["https://a@secret:b@host", "https://***@host"],
    ["https://host/p?a@b", "https://host/p?***"],
    ["secret@host", "***@host"],
    ["", ""],
  ];
  test.each(CASES)("%j is %j", (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });

  test("never holds its password or query", () => {
    const word = fc.stringMatching(/^[a-z0-9/:.@%-]{0,8}$/);
    fc.assert(
      fc.property(word, word, (before, after) => {
        const shown = redactUrl(`https://${before}SECRET${after}@host/path?x=SECRET`);
        expect(shown).not.toContain("SECRET");
      }),
    );
  });
});
