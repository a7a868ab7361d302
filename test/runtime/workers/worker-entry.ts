// What workers run in tests.

import { serveIfWorker } from "../../../src/runtime/workers/index.ts";
import { DISTRIBUTION } from "./distribution.ts";

await serveIfWorker(DISTRIBUTION);
