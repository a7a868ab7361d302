// Several threads that serve one port: each has the same server and engine as a program with one
// thread, and the main thread has the one registry, log, set of metrics and lifecycle. Knows no
// protocol and no policy.

export { availableCores, workersFor } from "./cores.ts";
export { serveIfWorker } from "./serve-if-worker.ts";
export type { WorkerPoolOptions } from "./pool-options.ts";
export { WorkerPool } from "./worker-pool.ts";
