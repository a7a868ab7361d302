// What happens to a body between the client and the upstream: it is received, decoded, judged,
// encoded and delivered, and its response is relayed. Must not know about sockets, nor what a
// record looks like: plans and formats come from src/protocols.

export { compress, type Original } from "./coding/compress.ts";
export { type WireCoding, decode } from "./coding/decode.ts";
export { Executor, type ExecutorOptions } from "./executor.ts";
export type { Upstream, UpstreamRequest } from "./upstream.ts";
export { UpstreamError } from "./upstream-error.ts";
