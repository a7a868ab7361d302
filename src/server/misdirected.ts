// Clients that send something other than telemetry over HTTP: what they are told in their own
// protocol, and what is logged about them.

import type { Events } from "../o11y/events.ts";

export type MisdirectedKind = Events["client.misdirected"]["kind"];

/** What to do about each kind. */
const CURES: Readonly<Record<MisdirectedKind, string>> = {
  grpc: "OTLP over gRPC is not spoken here; set the exporter to OTLP over HTTP (OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, otlphttp in the Collector)",
  tls: "TLS is not spoken here; give the client an http:// URL, or this program a certificate (tls)",
};

/** The event to emit for a client of this kind. */
export function misdirected(kind: MisdirectedKind): Events["client.misdirected"] {
  return { kind, cure: CURES[kind] };
}

/**
 * The response to a gRPC call, which gRPC libraries show as an error of the call; undefined when
 * the request is none. gRPC-Web, which is plain HTTP, is no such call.
 */
export function grpcResponse({ headers }: Request): Response | undefined {
  const type = headers.get("content-type");
  if (type === null || !GRPC_TYPE.test(type)) return undefined;
  // Every gRPC client says that it accepts trailers, which cannot be passed on.
  if (!/(?:^|,)\s*trailers\s*(?:[;,]|$)/i.test(headers.get("te") ?? "")) return undefined;
  const response = { "content-type": "application/grpc", "grpc-status": UNIMPLEMENTED };
  return new Response(null, { headers: { ...response, "grpc-message": CURES.grpc } });
}

const GRPC_TYPE = /^\s*application\/grpc(?:\+[\w.-]+)?\s*(?:;|$)/i;
/** The status of services that a server does not have (gRPC, statuscodes.md). */
const UNIMPLEMENTED = "12";
