// What policies mean on lines, as cases: a policy file, a file of lines, and the lines that leave.
// The name of a case begins with the format: `raw_`, `json_`, `logfmt_`, `cri_` or `docker_`.

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AUTHORING, decodePolicySet } from "../../src/policy/index.ts";
import {
  type ContainerFormat,
  LinesFormat,
  type LineSyntax,
} from "../../src/protocols/lines/index.ts";
import { testEngine } from "../support/engine.ts";

const CASES = join(import.meta.dir, "line-cases");
const CONTAINERS: readonly string[] = ["cri", "docker"];

function formatOf(name: string): LinesFormat {
  const [format = ""] = name.split("_", 1);
  const isContainer = CONTAINERS.includes(format);
  return new LinesFormat({
    syntax: isContainer ? "auto" : (format as LineSyntax),
    container: isContainer ? (format as ContainerFormat) : undefined,
  });
}

describe("lines", () => {
  test.each(readdirSync(CASES))("%s", (name) => {
    const read = (file: string): Buffer => readFileSync(join(CASES, name, file));
    const { policies, errors } = decodePolicySet(
      JSON.parse(read("policies.json").toString()),
      AUTHORING,
    );
    expect([errors, policies.flatMap((policy) => policy.errors)]).toEqual([[], []]);
    const { engine } = testEngine(policies);
    const input = read("input.txt");
    const { body } = formatOf(name).filterBlock(input, engine.evaluation("log"), {});
    expect((body === undefined ? input : Buffer.from(body)).toString()).toBe(
      read("expected.txt").toString(),
    );
    expect(read("why.txt").length).toBeGreaterThan(20);
  });
});
