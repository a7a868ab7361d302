// Unary gRPC calls over HTTP/2, on connections that are reused or not. It must not know what is in
// messages. Only code that makes calls loads it, because it brings HTTP/2 along.

export { Channel, ConnectionEnded, type Connection } from "./channel.ts";
export { uncompressed } from "./uncompressed.ts";
export { call, type UnaryRequest, type UnaryResponse } from "./unary-call.ts";
