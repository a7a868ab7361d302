// What workers run in tests.

import { serveIfWorker } from "../../../src/proxy/workers/index.ts";
import { DISTRIBUTION } from "./distribution.ts";

await serveIfWorker(DISTRIBUTION);
