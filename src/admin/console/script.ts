// The console's script as it is sent, from the executable or bundled from source. It is read when
// it is asked for, and is not kept in memory.

import { gzipSync } from "bun";
import { bundleConsole, CONSOLE_FILE } from "./bundle.ts";

let bundled: Promise<Uint8Array> | undefined;

/** In gzip. Undefined: this executable was built without the console. */
export async function consoleScript(): Promise<Uint8Array | undefined> {
  if (Bun.isStandaloneExecutable) {
    return Bun.embeddedFiles.find((file) => nameOf(file) === CONSOLE_FILE)?.bytes();
  }
  // A second request waits for the bundle of the first.
  bundled ??= bundleConsole().then((text) => gzipSync(text));
  return bundled;
}

/** Embedded files have names, which the type of what they are does not say. */
function nameOf(file: Blob): string | undefined {
  return "name" in file && typeof file.name === "string" ? file.name : undefined;
}
