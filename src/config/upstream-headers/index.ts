// Headers that are set, added or removed on the way to upstreams: their keys, and their values.
// Sends nothing.

export { upstreamHeaderProblems, upstreamHeadersOf } from "./resolve.ts";
export { headerValuesOf } from "./values.ts";
export type { UpstreamHeaderValues } from "./values.ts";
