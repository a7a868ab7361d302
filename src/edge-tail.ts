// The distribution that follows files and standard input.

import { runMain } from "./cli/program.ts";
import { tailSpec } from "./cli/tail-spec.ts";
import { edgeTail } from "./distributions.ts";

await runMain(edgeTail, tailSpec);
