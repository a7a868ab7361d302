// Unary calls of gRPC over HTTP/2, on connections that are reused or not. It must not know what is
// in messages. Loaded only by those who call: HTTP/2 comes with it.

export { Channel, ConnectionEnded, type Connection } from "./channel.ts";
export { uncompressed } from "./uncompressed.ts";
export { call, type UnaryRequest, type UnaryResponse } from "./unary-call.ts";
