// Recognizes calls of gRPC. gRPC-Web, which is plain HTTP, is not one of them.

/** Every gRPC client says that it accepts trailers, which cannot be passed on. */
export function isGrpc(headers: Headers): boolean {
  const type = headers.get("content-type");
  if (type === null || !GRPC_TYPE.test(type)) return false;
  return /(?:^|,)\s*trailers\s*(?:[;,]|$)/i.test(headers.get("te") ?? "");
}

const GRPC_TYPE = /^\s*application\/grpc(?:\+[\w.-]+)?\s*(?:;|$)/i;
