// The GitHub Action and the pre-commit hooks: the shell that they run, with the program of this
// tree in the place of the installed one.

import { describe, expect, test } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { CommandFolder } from "./support/terminal.ts";

const ROOT = resolve(import.meta.dir, "..");
const ACTION = join(ROOT, "deploy/github-action");
const GOOD = `policies:
  - id: debug
    name: No debug logs
    log: {match: [{log_field: severity_text, exact: DEBUG}], keep: none}
`;
const FILES = {
  "good.yaml": GOOD,
  "twice.yaml": `${GOOD.replace("id: debug", "id: one")}${GOOD.slice("policies:\n".length).replace("id: debug", "id: again")}`,
  "bad.yaml": GOOD.replace("none}", "nnone}"),
  "suite.yaml": `policies: [good.yaml]
cases: [{input: {log: {severity_text: DEBUG, body: x}}, expect: dropped}]
`,
  "wrong.yaml": `policies: [good.yaml]
cases: [{input: {log: {severity_text: DEBUG, body: x}}, expect: kept}]
`,
};

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly runs: {
    readonly steps: readonly {
      readonly if?: string;
      readonly run: string;
      readonly env?: Readonly<Record<string, string>>;
    }[];
  };
}
interface Hook {
  readonly id: string;
  readonly entry: string;
  readonly pass_filenames?: boolean;
}

/** An executable `edge` in the folder, which is the program of this tree. */
function edgeIn(folder: CommandFolder): string {
  const path = join(folder.path, "edge");
  const words = [process.execPath, join(ROOT, "src/edge.ts")].map((word) => JSON.stringify(word));
  writeFileSync(path, `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

describe("the GitHub Action", () => {
  const action = parse(readFileSync(join(ACTION, "action.yml"), "utf8")) as Action;

  /** Runs the steps as a runner does: the environment from the inputs. */
  function runSteps(folder: CommandFolder, given: Readonly<Record<string, string>>) {
    const inputs: Record<string, string> = { edge: edgeIn(folder), ...given };
    const valueOf = (name: string): string => inputs[name] ?? action.inputs[name]?.default ?? "?";
    const steps = action.runs.steps.filter((step) => step.if === undefined);
    expect(steps.length).toBe(1);
    const [step] = steps as [Action["runs"]["steps"][0]];
    const env = Object.entries(step.env ?? {}).map(([name, text]) => [
      name,
      text.replace(/\$\{\{ inputs\.(\w+) \}\}/g, (_, input: string) => valueOf(input)),
    ]);
    const { exitCode, stdout } = Bun.spawnSync(
      ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step.run],
      {
        cwd: folder.path,
        env: { ...process.env, ...Object.fromEntries(env), GITHUB_ACTION_PATH: ACTION },
      },
    );
    return { code: exitCode, out: stdout.toString() };
  }

  const cases: readonly (readonly [
    inputs: Readonly<Record<string, string>>,
    code: number,
    text: string,
  ])[] = [
    [{ policies: "good.yaml", tests: "suite.yaml" }, 0, "1 passed, 0 failed"],
    [{ policies: "good.yaml\n  twice.yaml\n" }, 0, "twice.yaml: ok, 2 policies"],
    [{ policies: "bad.yaml", tests: "suite.yaml" }, 78, "1 passed, 0 failed"],
    [{ tests: "wrong.yaml" }, 1, "::error::edge test ended with exit code 1"],
    [{ policies: "twice.yaml", lint: "true" }, 1, "(duplicate)"],
    [{ policies: "*.yaml" }, 78, "*.yaml: no such file"],
    [{}, 64, "::error::nothing to check"],
  ];
  for (const [inputs, code, text] of cases) {
    test(`ends with ${code} for ${JSON.stringify(inputs)}`, () => {
      using folder = new CommandFolder(FILES);
      const result = runSteps(folder, inputs);
      expect(result.out).toContain(text);
      expect(result.code).toBe(code);
    });
  }

  test("writes the results of cases where it is asked to", () => {
    using folder = new CommandFolder(FILES);
    expect(runSteps(folder, { tests: "suite.yaml", junit: "junit.xml" }).code).toBe(0);
    expect(readFileSync(join(folder.path, "junit.xml"), "utf8")).toContain("<testsuites");
  });
});

describe("the pre-commit hooks", () => {
  const hooks = parse(readFileSync(join(ROOT, ".pre-commit-hooks.yaml"), "utf8")) as Hook[];
  const cases: readonly (readonly [id: string, names: readonly string[], code: number])[] = [
    ["edge-validate", ["good.yaml", "twice.yaml"], 0],
    ["edge-validate", ["good.yaml", "bad.yaml"], 78],
    ["edge-lint", ["good.yaml"], 0],
    ["edge-lint", ["twice.yaml"], 1],
    ["edge-test", ["suite.yaml"], 0],
    ["edge-test", ["wrong.yaml"], 1],
  ];
  for (const [id, names, code] of cases) {
    test(`${id} ends with ${code} for ${names.join(" ")}`, () => {
      using folder = new CommandFolder(FILES);
      edgeIn(folder);
      const hook = hooks.find((one) => one.id === id)!;
      // Files that are committed, or the hook's args, go behind the entry.
      const command = [...hook.entry.split(" "), ...names];
      const env = { ...process.env, PATH: `${folder.path}:${process.env["PATH"]}` };
      const { exitCode } = Bun.spawnSync(command, { cwd: folder.path, env });
      expect(exitCode).toBe(code);
    });
  }
});
