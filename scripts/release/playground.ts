// Whether docs/playground.html, which is written for each release, is that of this source.

import { join } from "node:path";
import { bundleConsole } from "../../src/admin/console/bundle.ts";
import { playgroundDocument } from "../../src/admin/console/documents.ts";
import type { Check } from "./tools.ts";

export const PLAYGROUND_CHECKS: readonly Check[] = [
  {
    name: "the playground is that of this source",
    run: async ({ root }) => {
      const committed = await Bun.file(join(root, "docs/playground.html")).text();
      if (committed === playgroundDocument(await bundleConsole())) return undefined;
      throw new Error(
        "docs/playground.html is older; npx bun scripts/playground.ts writes it anew",
      );
    },
  },
];
