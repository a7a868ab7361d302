// The verdicts, its memory, and its life inside of a compiled executable.

import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RE2_IDLE_MS } from "../../src/core/limits.ts";
import { createRegexValidator } from "../../src/re2/index.ts";
import { toRe2Syntax } from "../../src/re2/regex-validator.ts";
import { startRe2 } from "../../src/re2/runtime.ts";

const validateRegex = createRegexValidator();

const VERDICTS: readonly [pattern: string, reason: string | undefined][] = [
  ["", undefined],
  ["plain words", undefined],
  ["^(a|b)+$", undefined],
  ["(?P<n>a)", undefined],
  ["(?<n>a)", undefined],
  ["[(?<n>]", undefined],
  ["a\0b", undefined],
  ["\ud800", undefined],
  ["([bad", "missing ]: [bad"],
  [
    "(?=a)",
    "invalid perl operator: (?=: this is look-ahead, and RE2 has no look-around; match what must be there, and negate a matcher",
  ],
  [
    "(?<!a)",
    "invalid perl operator: (?<!: this is look-behind, and RE2 has no look-around; match what must be there, and negate a matcher",
  ],
  ["(?P<1 >a)", "invalid named capture group: (?P<1 >"],
  ["(?>a)", "invalid perl operator: (?>: this is an atomic group, which RE2 has not; write (?:…)"],
  ["a++", "bad repetition operator: ++: this is a possessive repetition, which RE2 has not"],
  ["(a)\\k<b>", "invalid escape sequence: \\k: this is a back reference, which RE2 has not"],
  ["(?x)a", "invalid perl operator: (?x: RE2 has no flag x; write the pattern without blanks"],
  ["a\\Z", "invalid escape sequence: \\Z: write \\z for the end of the text"],
  ["a**", "bad repetition operator: **"],
  ["\\u0041", "invalid escape sequence: \\u: write \\x{…} for a code point"],
  ["\\cA", "invalid escape sequence: \\c: write \\x… for a control character"],
  ["(\\1)", "invalid escape sequence: \\1: this is a back reference, which RE2 has not"],
  ["(?:\\pL{100}){10}", "pattern too large - compile failed"],
];
for (const [pattern, reason] of VERDICTS) {
  test(`${reason === undefined ? "accepts" : "rejects"} ${JSON.stringify(pattern)}`, () => {
    expect(validateRegex(pattern)).toBe(reason);
    // And remembers it.
    expect(validateRegex(pattern)).toBe(reason);
  });
}

test("rejects what RE2 accepts but the engine has no room for", () => {
  expect(validateRegex("(a)?".repeat(1000))).toBeUndefined();
  expect(validateRegex("(a)?".repeat(1001))).toBe("more than 1000 parentheses");
  expect(validateRegex("(?:".repeat(1001) + "a" + ")*".repeat(1001))).toBe(
    "more than 1000 parentheses",
  );
});

const REWRITTEN: readonly [pattern: string, rewritten: string][] = [
  ["(?<n>a)(?<m>b)", "(?P<n>a)(?P<m>b)"],
  ["(?P<n>a)", "(?P<n>a)"],
  ["\\(?<n>", "\\(?<n>"],
  ["\\\\(?<n>a)", "\\\\(?P<n>a)"],
  ["[(?<n>]", "[(?<n>]"],
  ["[](?<n>](?<n>a)", "[](?<n>](?P<n>a)"],
  ["[^](?<n>](?<n>a)", "[^](?<n>](?P<n>a)"],
  ["[\\](?<n>](?<n>a)", "[\\](?<n>](?P<n>a)"],
  ["[[:alpha:](?<n>](?<n>a)", "[[:alpha:](?<n>](?P<n>a)"],
  ["\\Q(?<n>\\E(?<n>a)", "\\Q(?<n>\\E(?P<n>a)"],
  ["\\Q(?<n>", "\\Q(?<n>"],
];
for (const [pattern, rewritten] of REWRITTEN) {
  test(`hands ${pattern} to RE2 as ${rewritten}`, () => {
    expect(toRe2Syntax(pattern)).toBe(rewritten);
  });
}

test("validates more patterns than RE2's heap could hold at once", () => {
  const fresh = createRegexValidator();
  for (let i = 0; i < 9000; i++) {
    if (fresh(`x${i}(a|b){9}`) !== undefined) throw new Error(`pattern ${i} was rejected`);
  }
  expect(fresh("(")).toBe("missing ): (");
});

describe("an instance of RE2", () => {
  function watchedValidator() {
    let starts = 0;
    let tick = (): void => undefined;
    let waits = 0;
    const validateRegex = createRegexValidator({
      start: () => {
        starts++;
        return startRe2();
      },
      schedule: (delayMs, run) => {
        expect(delayMs).toBe(RE2_IDLE_MS);
        waits++;
        tick = run;
      },
    });
    return { validateRegex, starts: () => starts, waits: () => waits, tick: () => tick() };
  }

  test("is not started for patterns that need no RE2", () => {
    const { validateRegex, starts } = watchedValidator();
    expect(validateRegex("^GET /(a|b)[0-9]+$")).toBeUndefined();
    expect(starts()).toBe(0);
  });

  test("stays as long as it is asked, and a little longer", () => {
    const { validateRegex, starts, tick } = watchedValidator();
    validateRegex("\\ba");
    tick();
    validateRegex("\\bc");
    tick();
    validateRegex("\\be");
    expect(starts()).toBe(1);
  });

  test("is let go when nobody asked for a whole while, and started again when somebody does", () => {
    const { validateRegex, starts, waits, tick } = watchedValidator();
    validateRegex("\\ba");
    tick();
    tick();
    expect(waits()).toBe(2);
    expect(validateRegex("(bad")).toBe("missing ): (bad");
    expect(starts()).toBe(2);
    expect(waits()).toBe(3);
  });

  test("is not started again for what it said before", () => {
    const { validateRegex, starts, tick } = watchedValidator();
    validateRegex("(bad");
    tick();
    tick();
    expect(validateRegex("(bad")).toBe("missing ): (bad");
    expect(starts()).toBe(1);
  });
});

test("works in a compiled executable, away from its sources and packages", async () => {
  const folder = mkdtempSync(join(tmpdir(), "validator-"));
  try {
    const entry = join(folder, "entry.ts");
    const program = join(folder, "program");
    const source = join(import.meta.dir, "../../src/re2/index.ts");
    const wasm = Bun.resolveSync("re2-wasm/build/wasm/re2.wasm", import.meta.dir);
    await Bun.write(
      entry,
      `import { createRegexValidator } from ${JSON.stringify(source)};
       import path from ${JSON.stringify(wasm)} with { type: "file" };
       console.log(createRegexValidator()("(bad"), createRegexValidator()("good"), path.startsWith("/$bunfs/"));`,
    );
    const built = await Bun.build({ entrypoints: [entry], compile: { outfile: program } });
    expect(built.success).toBe(true);
    const run = Bun.spawn([program], { cwd: folder, env: {}, stdout: "pipe", stderr: "pipe" });
    expect(await new Response(run.stdout).text()).toBe("missing ): (bad undefined true\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
