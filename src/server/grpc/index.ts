// gRPC as clients see it: calls, the health service, connections. Must not know what is in
// messages.

export { GrpcDoor } from "./grpc-door.ts";
export { listenGrpc, type GrpcListenerOptions } from "./grpc-listener.ts";
