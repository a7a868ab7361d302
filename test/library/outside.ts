// A folder outside the project that depends on it by its path, as another program's would.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dir, "../..");
const DOCUMENT = join(ROOT, "docs/library.md");

/** Files that the document shows: code blocks with a name behind their language. */
export function shownFiles(): Map<string, string> {
  const blocks = readFileSync(DOCUMENT, "utf8").matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm);
  return new Map([...blocks].map(([, name, text]) => [name!, text!]));
}

export class Outside implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "edge-outside-"));

  constructor(files: Iterable<readonly [name: string, text: string]>) {
    this.#link("@edge/edge", ROOT);
    // What a program of this kind has beside the package: the runtime's types.
    for (const name of ["@types/bun", "@types/node", "bun-types"]) {
      this.#link(name, join(ROOT, "node_modules", name));
    }
    for (const [name, text] of files) writeFileSync(join(this.folder, name), text);
  }

  #link(name: string, target: string): void {
    const path = join(this.folder, "node_modules", name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(target, path);
  }

  start(...args: readonly string[]): Bun.Subprocess<"pipe", "pipe", "pipe"> {
    return Bun.spawn([process.execPath, ...args], {
      cwd: this.folder,
      env: { PATH: process.env["PATH"] ?? "" },
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
  }

  /** Runs a program to its end. */
  async run(
    args: readonly string[],
    input = "",
  ): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
    const child = this.start(...args);
    void child.stdin.write(input);
    void child.stdin.end();
    const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    return { code: await child.exited, out, err };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
