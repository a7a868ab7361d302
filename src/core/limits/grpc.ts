// Bounds of connections that speak gRPC; a part of limits.ts.

/** Concurrent calls on one connection; further calls wait at the client, as HTTP/2 defines it. */
export const GRPC_STREAMS_MAX = 256;
/** Bytes of metadata of one call; a call with more is refused by its connection. */
export const GRPC_HEADER_BYTES_MAX = 16 * 1024;
/** Bytes of one call that are accepted before anyone reads them. */
export const GRPC_STREAM_WINDOW_BYTES = 256 * 1024;
/** How long a connection may exist without a call; then its client is told to open another. */
export const GRPC_IDLE_MS_MAX = 15 * 60_000;
/**
 * Pings, and calls cancelled by the client, on one connection within the time; a connection with
 * more is ended with ENHANCE_YOUR_CALM.
 */
export const GRPC_PINGS_MAX = 100;
export const GRPC_RESETS_MAX = 1_000;
export const GRPC_ABUSE_WINDOW_MS = 10_000;
/** A response's message that is handed on; those of OTLP have a few hundred bytes. */
export const GRPC_RESPONSE_BYTES_MAX = 4 * 1024 * 1024;

/** Connections to one upstream, each with as many calls as the upstream accepts. */
export const GRPC_CONNECTIONS_MAX = 16;
/** How long calls fail at once after no connection could be opened; doubled each time. */
export const GRPC_RECONNECT_MS_MIN = 100;
export const GRPC_RECONNECT_MS_MAX = 1_000;
/** How long a connection on which a call timed out may take to answer a ping. */
export const GRPC_PROBE_MS = 5_000;
