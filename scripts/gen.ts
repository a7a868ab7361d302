// Generates src/proto/gen from the .proto files in src/proto: buf compiles them, protoc-gen-es
// writes TypeScript, the formatter settles the layout. Works offline. Usage: bun scripts/gen.ts
// [output folder]

import { rmSync } from "node:fs";
import { resolve } from "node:path";

const root = resolve(import.meta.dir, "..");
const out = resolve(process.argv[2] ?? resolve(root, "src/proto/gen"));

/** Runs a package's command with this very Bun, so that no other runtime is needed. */
function run(script: string, args: readonly string[]): void {
  const result = Bun.spawnSync([process.execPath, resolve(root, script), ...args], {
    cwd: root,
    stdout: "inherit",
    stderr: "inherit",
  });
  if (!result.success) throw new Error(`${script} failed with exit code ${result.exitCode}`);
}

const template = {
  version: "v2",
  plugins: [
    {
      local: [
        process.execPath,
        resolve(root, "node_modules/@bufbuild/protoc-gen-es/bin/protoc-gen-es"),
      ],
      out,
      opt: ["target=ts", "import_extension=ts", "erasable_syntax=true"],
    },
  ],
};

rmSync(out, { recursive: true, force: true });
run("node_modules/@bufbuild/buf/bin/buf", [
  "generate",
  "src/proto",
  "--template",
  JSON.stringify(template),
]);

const format = Bun.spawnSync([process.execPath, "fmt", "--no-script", out], {
  cwd: root,
  stdout: "ignore",
  stderr: "inherit",
});
if (!format.success) throw new Error(`bun fmt failed with exit code ${format.exitCode}`);
