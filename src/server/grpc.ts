// Recognizes gRPC calls. gRPC-Web, which is plain HTTP, does not count as one.

/** Every gRPC client says that it accepts trailers, which cannot be passed on. */
export function isGrpc(headers: Headers): boolean {
  const type = headers.get("content-type");
  if (type === null || !GRPC_TYPE.test(type)) return false;
  return /(?:^|,)\s*trailers\s*(?:[;,]|$)/i.test(headers.get("te") ?? "");
}

const GRPC_TYPE = /^\s*application\/grpc(?:\+[\w.-]+)?\s*(?:;|$)/i;
