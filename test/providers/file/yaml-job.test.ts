// YAML that is read in a thread of its own: what comes back, and what becomes of a thread that does
// not answer.

import { describe, expect, test } from "bun:test";
import { YAML_INLINE_CHARS_MAX, YAML_READ_MS_MAX } from "../../../src/core/limits.ts";
import { parsePolicyDocument } from "../../../src/providers/file/policy-document.ts";
import { readPolicyDocument } from "../../../src/providers/file/read-document.ts";
import { readYamlInThread } from "../../../src/providers/file/yaml-job.ts";
import { ManualClock } from "../../o11y/manual-clock.ts";

const FILLING = `# ${"x".repeat(YAML_INLINE_CHARS_MAX)}\n`;
const failureOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "none",
    (error: Error) => error.message,
  );

describe("a large file", () => {
  const text = `${FILLING}a: &x {long: 9223372036854775807, ratio: 0.5, none: ~}
b: [*x, .inf, -.inf, "1", true, 1e3]
__proto__: {c: é}
`;

  test("is the same tree as a small one, and its places are known", async () => {
    const [large, small] = [
      await readPolicyDocument(text, "p.yaml"),
      parsePolicyDocument(text, "p.yaml"),
    ];
    expect(large.tree).toEqual(small.tree);
    expect(Object.keys(large.tree as object)).toEqual(["a", "b", "__proto__"]);
    const paths = [["b", 2], ["a", "long"], ["missing"]];
    expect(await large.locate(paths)).toEqual(paths.map((path) => small.locate(path)));
  });

  test("that is broken is told with its place", async () => {
    expect(await failureOf(readPolicyDocument(`${FILLING}a: 1\na: 2\n`, "p.yaml"))).toBe(
      "p.yaml:3:1: duplicate key; keep one of the two",
    );
  });
});

describe("a thread", () => {
  test("that does not answer is ended when its time is over", async () => {
    const clock = new ManualClock();
    const entry = new URL("../../runtime/workers/silent-entry.ts", import.meta.url);
    const options = { schedule: clock.schedule, entry };
    const reading = failureOf(readYamlInThread("a: 1", "p.yaml", undefined, options));
    clock.advance(YAML_READ_MS_MAX);
    expect(await reading).toBe(
      "p.yaml:1:1: takes longer than 30 s to read; split it, or write JSON",
    );
  });

  test("that cannot be started is a failure with its reason", async () => {
    const entry = new URL("./absent.ts", import.meta.url);
    const failure = await failureOf(readYamlInThread("a: 1", "p.yaml", undefined, { entry }));
    expect(failure).toStartWith("p.yaml:1:1: cannot be read: ");
  });
});
