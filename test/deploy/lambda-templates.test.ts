// The templates that put the layer beside a function, looked at by programs that know what AWS and
// Terraform make of them, where there are such.

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const FOLDER = join(import.meta.dir, "../../deploy/lambda");
/** Where `.ci/run` puts what it installs. */
const PLACES = [join(homedir(), ".cache/edge-ci/cfn-lint/bin"), join(homedir(), "go/bin")];

function programOf(name: string): string | undefined {
  return Bun.which(name, { PATH: [process.env["PATH"], ...PLACES].join(":") }) ?? undefined;
}

/** Exit code and all output. */
function run(program: string, ...args: readonly string[]): readonly [number, string] {
  const { exitCode, stdout, stderr } = Bun.spawnSync([program, ...args]);
  return [exitCode, `${stdout.toString()}${stderr.toString()}`];
}

describe("the template for SAM", () => {
  const lint = programOf("cfn-lint");

  test.skipIf(lint === undefined)(
    "is what CloudFormation takes, without a warning (needs cfn-lint)",
    () => {
      expect(run(lint!, join(FOLDER, "template.yaml"))).toEqual([0, ""]);
    },
    60_000,
  );
});

describe("the example for Terraform", () => {
  const format = programOf("hclfmt");

  test.skipIf(format === undefined)(
    "is whole, and written as Terraform writes it (needs hclfmt)",
    () => {
      const path = join(FOLDER, "main.tf");
      expect(run(format!, path)).toEqual([0, readFileSync(path, "utf8")]);
    },
    60_000,
  );
});
