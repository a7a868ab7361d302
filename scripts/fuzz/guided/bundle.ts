// Makes a program of a target that counts its branches: of the project's own code, packages aside.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { targetFiles } from "../../../test/fuzz/corpus.ts";
import { instrument, type Instrumented } from "./instrument.ts";

const ROOT = join(import.meta.dirname, "../../..");
/** Below the project, so that packages are found. */
const FOLDER = join(ROOT, "dist/fuzz");

export interface Bundle extends Omit<Instrumented, "code"> {
  readonly path: string;
}

export async function bundleTarget(name: string): Promise<Bundle> {
  const { outputs } = await Bun.build({
    entrypoints: [targetFiles().get(name) ?? name],
    target: "bun",
    packages: "external",
  });
  const [main] = outputs;
  if (main === undefined) throw new Error(`nothing came of the target ${name}`);
  const { code, edges, words } = instrument(await main.text());
  mkdirSync(FOLDER, { recursive: true });
  const path = join(FOLDER, `${name}.js`);
  writeFileSync(path, code);
  return { path, edges, words };
}
