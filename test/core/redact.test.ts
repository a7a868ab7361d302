// Secrets in texts: what is taken out, and what stays as it is.

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { redactText, redactUrl } from "../../src/core/redact.ts";

describe("redactUrl", () => {
  const cases: [string, string][] = [
    ["https://host/path", "https://host/path"],
    ["http://host:80/a/b", "http://host:80/a/b"],
    ["https://user:pass@host/path", "https://***@host/path"],
    ["https://user@host:8080/", "https://***@host:8080/"],
    ["https://us%40er:p%3Ass@host", "https://***@host"],
    ["https://user:p@ss@host/a", "https://***@host/a"],
    ["https://user:pa/ss@host/a", "https://***@host/a"],
    ["https://user:pa?ss@host/a", "https://***@host/a"],
    ["https://user:pa#ss@host/a", "https://***@host/a"],
    ["https://token/with@host/a", "https://***@host/a"],
    ["https://host/path?api_key=1234#x", "https://host/path?***"],
    ["https://host?key=1", "https://host?***"],
    ["https://host#fragment", "https://host#***"],
    ["https://host/p?a@b", "https://host/p?***"],
    // May be user "host" and password "8080/a".
    ["https://host:8080/a@b", "https://***@b"],
    ["http://[::1]:4318/a@b?c", "http://[::1]:4318/a@b?***"],
    ["http://u:p@[::1]:4318/a", "http://***@[::1]:4318/a"],
    ["otlp+http://u:p@127.0.0.1:4318/v1/logs?t=1", "otlp+http://***@127.0.0.1:4318/v1/logs?***"],
    ["https://user:cut", "https://***"],
    ["http:/user:pass@host", "http:/***@host"],
    ["secret@host", "***@host"],
    ["stdout:", "stdout:"],
    ["localhost:8080", "localhost:8080"],
    ["", ""],
  ];
  for (const [url, shown] of cases)
    test(`${url} is shown as ${shown}`, () => {
      expect(redactUrl(url)).toBe(shown);
    });
});

describe("redactText", () => {
  test("cuts each URL in a sentence and nothing around it", () => {
    const text = 'GET "https://u:p@a.example/x?k=1" after http://b.example/y?z, then <wss://c/?t>.';
    expect(redactText(text)).toBe(
      'GET "https://***@a.example/x?***" after http://b.example/y?***, then <wss://c/?***>.',
    );
  });

  const clauses: [string, string][] = [
    ["http://host:8080: status 500", "http://host:8080: status 500"],
    ["http://host: refused", "http://host: refused"],
    ["(see https://host/a?b.)", "(see https://host/a?***.)"],
    ["at http://[::1]:80, or http://[::1].", "at http://[::1]:80, or http://[::1]."],
    ["to http://u:p@host/a!", "to http://***@host/a!"],
    ["to http://u:pass, which", "to http://***, which"],
    ["file:///a/@b/c.js:10:3", "file:///a/@b/c.js:10:3"],
    ["://:", "://:"],
  ];
  for (const [text, shown] of clauses) {
    test(`${text} becomes ${shown}`, () => {
      expect(redactText(text)).toBe(shown);
    });
  }

  test("takes out credentials that follow a scheme word", () => {
    expect(redactText("Authorization: Bearer abc.DEF-123_~+/= was refused")).toBe(
      "Authorization: Bearer *** was refused",
    );
    expect(redactText("basic dXNlcjpwYXNz")).toBe("basic ***");
    expect(redactText("a basic try")).toBe("a basic try");
  });

  test("takes out known secrets wherever they stand, longer than three characters", () => {
    expect(redactText("token s3cr3t, s3cr3t", ["s3cr3t"])).toBe("token ***, ***");
    expect(redactText("abcd abc", ["abcd"])).toBe("*** abc");
    expect(redactText("abc is short", ["abc"])).toBe("abc is short");
    expect(redactText("nothing", [""])).toBe("nothing");
  });

  test("never shows a userinfo or a query, whatever they hold", () => {
    const secret = fc.stringMatching(/^[a-zA-Z0-9%._~!$&'()*+,;=:@/?#-]{1,20}$/);
    fc.assert(
      fc.property(secret, secret, (user, query) => {
        const marked = `https://me:SECRET${user}@host.example/path?QUERY${query}`;
        for (const shown of [redactUrl(marked), redactText(`of ${marked}: refused`)]) {
          expect(shown).not.toContain("SECRET");
          expect(shown).not.toContain("QUERY");
        }
      }),
      { numRuns: 500 },
    );
  });

  test("never shows a user without a password", () => {
    const word = fc.stringMatching(/^[a-z0-9/:.@%-]{0,8}$/);
    fc.assert(
      fc.property(word, word, (before, after) => {
        expect(redactUrl(`https://${before}SECRET${after}@host/path?x=SECRET`)).not.toContain(
          "SECRET",
        );
      }),
    );
  });
});
