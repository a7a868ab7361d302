// gRPC as bytes, without a connection: framed messages, statuses, deadlines. It must not know any
// service. Source: gRPC, "gRPC over HTTP2" and statuscodes.md.

export { framed, PREFIX_BYTES, prefixOf, type MessagePrefix } from "./framing.ts";
export { decodedText, encodedText } from "./status-text.ts";
export { GRPC, type GrpcStatus, httpStatusOf, grpcStatusOf } from "./status.ts";
export { readStatusDetails, statusDetails } from "./status-details.ts";
export { timeoutMsOf, timeoutText } from "./timeout.ts";
