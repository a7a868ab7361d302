// A program's life: it is put together, started, told to reload, drained and stopped, in one thread
// or several. Must not know protocols: a distribution brings its own.

export { createBudgetState } from "./budget-state.ts";
export { createBudgets } from "./budgets.ts";
export { type Component, type Components, StartError } from "./component.ts";
export { HeaderFiles } from "./header-files.ts";
export { PolicyRuntime, type PolicyRuntimeOptions } from "./policy-runtime.ts";
export { type End, type ProgramContext, type ProgramOptions, startProgram } from "./program.ts";
export type { ProcessPort } from "./process-watch.ts";
export { assemble } from "./proxy/assemble.ts";
export { BindError } from "../server/listener.ts";
export { ProxyListeners, type ProxyListenersOptions } from "./proxy/listeners.ts";
export { type ProxyDistribution } from "./proxy/serving.ts";
export { type RunContext, startProxy } from "./proxy/start-proxy.ts";
export { Readiness } from "./readiness.ts";
export { createMetrics } from "./self-metrics.ts";
export { SelfServer, type SelfServerOptions } from "./self-server.ts";
