// The side that backends see: the client and its transports, and the embedded upstream `stdout:`.
// Must not know policies or records; what is sent is bytes.

export { StdoutUpstream } from "./stdout-upstream.ts";
export { UpstreamClient, type UpstreamClientOptions } from "./upstream-client.ts";
