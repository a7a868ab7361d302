// A program's life: it is put together, started, told to reload, drained and stopped, in one thread
// or several. Must not know protocols: a distribution brings its own.

export { assemble } from "./assemble.ts";
export { Readiness } from "./readiness.ts";
export { type RunContext, startProxy } from "./run.ts";
export type { ProxyDistribution } from "./serving.ts";
