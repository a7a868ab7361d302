// Several threads that serve on one port: the same server and engine as of one thread in each, and
// one registry, log, set of metrics and lifecycle in the main thread. Knows no protocol and no
// policy.

export { availableCores, workersFor } from "./cores.ts";
export { serveIfWorker } from "./worker-thread.ts";
export type { WorkerPoolOptions } from "./pool-options.ts";
export { WorkerPool } from "./worker-pool.ts";
