// What clients that send something other than telemetry over HTTP are told, in their own protocol,
// and what is logged about them.

import type { EventBus } from "../o11y/event-bus.ts";
import type { Events } from "../o11y/events.ts";
import { isGrpc } from "./grpc.ts";
import type { ListenerOptions } from "./listener.ts";

export type MisdirectedKind = Events["client.misdirected"]["kind"];

type ClientReports = Required<
  Pick<ListenerOptions, "lost" | "onRefused" | "onTimeout" | "onTlsClient" | "onHttp2Client">
>;

/** What to do about each kind. */
const CURES: Readonly<Record<MisdirectedKind, string>> = {
  grpc: "gRPC is not spoken on this port; use that of grpc.listen_port, or set the exporter to OTLP over HTTP (OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, otlphttp in the Collector)",
  http2:
    "HTTP/2 without TLS is served, at more cost than HTTP/1.1; have the client speak HTTP/1.1 if it can",
  http: "this port speaks gRPC only, over TLS if the program has a certificate (tls); send HTTP to listen_port",
  tls: "TLS is not spoken here; give the client an http:// URL, or this program a certificate (tls)",
};

/** Turns what a listener reports about clients into events. */
export function clientReports(bus: Pick<EventBus, "emit">): ClientReports {
  return {
    onTimeout: (phase) => bus.emit("client.timed_out", { phase }),
    onRefused: (status) => {
      const reason = status === 431 ? "head_too_large" : "bad_framing";
      bus.emit("request.refused", { reason });
    },
    lost: () => bus.emit("connection.lost", RELAY_FULL),
    onTlsClient: () => bus.emit("client.misdirected", misdirected("tls")),
    onHttp2Client: () => bus.emit("client.misdirected", misdirected("http2")),
  };
}

const RELAY_FULL = { reason: "the server for HTTP/2 behind the relay took no connection" } as const;

/** The event to emit for a client of this kind. */
export function misdirected(kind: MisdirectedKind): Events["client.misdirected"] {
  return { kind, cure: CURES[kind] };
}

/**
 * The response to a gRPC call, which gRPC libraries report as an error of the call; undefined if
 * the request is not a gRPC call.
 */
export function grpcResponse({ headers }: Request): Response | undefined {
  if (!isGrpc(headers)) return undefined;
  const response = { "content-type": "application/grpc", "grpc-status": UNIMPLEMENTED };
  return new Response(null, { headers: { ...response, "grpc-message": CURES.grpc } });
}

/** The status for services that a server does not have (gRPC, statuscodes.md). */
const UNIMPLEMENTED = "12";
