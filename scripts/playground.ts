// Writes the playground, one file that is opened from disk: docs/playground.html, or the file that
// is named. It holds the engine as it was then, so a release writes it anew, and not every change.
// Usage: bun scripts/playground.ts [FILE]

import { join, resolve } from "node:path";
import { bundleConsole } from "../src/admin/console/bundle.ts";
import { playgroundDocument } from "../src/admin/console/documents.ts";

const [file = join(import.meta.dir, "../docs/playground.html")] = process.argv.slice(2);
const path = resolve(file);
const bytes = await Bun.write(path, playgroundDocument(await bundleConsole()));
console.log(`${path}  ${bytes} B`);
