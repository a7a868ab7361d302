// Bundles the console's program, src/console, for browsers. Executables contain the result; a
// program that runs from source bundles it when somebody first opens the console.

import { join } from "node:path";

/** Its name among the files that an executable holds. */
export const CONSOLE_FILE = "console.js.gz";

const ENTRY = join(import.meta.dir, "../../console/index.ts");

/** The script, minified. Rejects with what is wrong with the source. */
export async function bundleConsole(): Promise<string> {
  const { success, outputs, logs } = await Bun.build({
    entrypoints: [ENTRY],
    target: "browser",
    format: "iife",
    minify: true,
    define: { "process.env.NODE_ENV": '"production"' },
  });
  const [script] = outputs;
  if (!success || script === undefined) throw new Error(logs.map(String).join("\n"));
  return script.text();
}
