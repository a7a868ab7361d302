// Reaches upstreams that speak gRPC. Must not know what is in messages.

import type { Transport } from "../transport.ts";
import type { GrpcTransport, GrpcTransportOptions } from "./transport.ts";

export type { GrpcTransportOptions } from "./transport.ts";

/** A transport to a gRPC server; HTTP/2 is loaded with the first request. */
export function grpcTransport(options: GrpcTransportOptions): Transport {
  let made: Promise<GrpcTransport> | undefined;
  const load = async (): Promise<GrpcTransport> => {
    const loaded = await import("./transport.ts");
    return new loaded.GrpcTransport(options);
  };
  return {
    knowsConnect: true,
    start: async (...request) => {
      made ??= load();
      return (await made).start(...request);
    },
    stop: () => void made?.then((transport) => transport.stop()),
  };
}
