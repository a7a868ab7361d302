// The path of a request around the engine: socket, router, executor, upstreams. Protocols are in
// src/modules; what is judged and how is in src/policy; nothing here looks into a record.

export { assemble } from "./assemble.ts";
export { COMMIT, VERSION } from "./build-info.ts";
export { type WireCoding, compress, decode } from "./compress.ts";
export { Executor, type ExecutorOptions } from "./executor.ts";
export { BindError, type Listener, type ListenTarget, listen } from "./listener.ts";
export { Readiness } from "./readiness.ts";
export { Router } from "./router.ts";
export { type RunContext, startProxy } from "./run.ts";
export type { ProxyDistribution } from "./serving.ts";
export { ProxyServer, type ProxyServerOptions } from "./server.ts";
export { StdoutUpstream } from "./stdout-upstream.ts";
export { UpstreamClient, type UpstreamClientOptions } from "./upstream-client.ts";
export { UpstreamError } from "./upstream-error.ts";
export type { Upstream, UpstreamRequest } from "./upstream.ts";
