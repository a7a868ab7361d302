// The ports of a serving thread as one: that of HTTP, and that of gRPC if it is configured and the
// distribution has services for it.

import type { ProxyConfig } from "../../config/index.ts";
import type { EventBus } from "../../o11y/index.ts";
import { listen, type Listener, type ListenerOptions } from "../../server/listener.ts";
import type { ListenerState } from "../../server/listener-state.ts";
import type { ProxyDistribution } from "./serving.ts";

export interface DoorsOptions {
  readonly config: Pick<ProxyConfig, "grpc" | "bodyBytesMax">;
  readonly distribution: Pick<ProxyDistribution, "modules">;
  /** Of the port of HTTP. */
  readonly http: ListenerOptions;
  /** In place of that of the configuration. */
  readonly grpcPort?: number | undefined;
  /** Answers the requests that calls stand for. */
  readonly fetch: (request: Request, listener: ListenerState) => Response | Promise<Response>;
  readonly ready: () => boolean;
  readonly bus: Pick<EventBus, "emit">;
}

/** Open ports; drained, aborted and given certificates together. */
export interface Doors extends Listener {
  /** Undefined: gRPC is not served. */
  readonly grpc: Pick<Listener, "url" | "port"> | undefined;
}

/** Paths of HTTP by those of the methods of gRPC that a distribution serves. */
export function grpcMethodsOf({
  modules,
}: Pick<ProxyDistribution, "modules">): Readonly<Record<string, string>> {
  return Object.assign({}, ...modules.map(({ grpc }) => grpc?.methods ?? {}));
}

/** Opens them. Rejects with BindError, and leaves none open then. */
export async function openDoors(options: DoorsOptions): Promise<Doors> {
  const { config, distribution, http, grpcPort, fetch, ready, bus } = options;
  const methods = grpcMethodsOf(distribution);
  const own = await listen(http);
  const { grpc: target, bodyBytesMax } = config;
  if (target === undefined || Object.keys(methods).length === 0) {
    return Object.assign(own, { grpc: undefined });
  }
  const { tls, isShared = false } = http;
  // Only those that serve it need HTTP/2.
  const { GrpcDoor, listenGrpc } = await import("../../server/grpc/index.ts");
  const door = new GrpcDoor({ methods, fetch, ready, bodyBytesMax, bus });
  const port = target.kind === "tcp" ? (grpcPort ?? target.port) : 0;
  try {
    const at = target.kind === "tcp" ? { ...target, port } : target;
    return together(own, await listenGrpc({ target: at, isShared, tls, door, bus }));
  } catch (error) {
    await own.abort();
    throw error;
  }
}

function together(http: Listener, grpc: Listener): Doors {
  const both = [http, grpc];
  const { replaceTls } = http;
  return {
    url: http.url,
    port: http.port,
    grpc,
    get pending() {
      return http.pending + grpc.pending;
    },
    get connections() {
      return (http.connections ?? 0) + (grpc.connections ?? 0);
    },
    ...(replaceTls === undefined
      ? {}
      : {
          replaceTls: async (tls) => {
            await Promise.all(both.map(async (one) => one.replaceTls?.(tls)));
          },
        }),
    drain: async () => void (await Promise.all(both.map((one) => one.drain()))),
    abort: async () => void (await Promise.all(both.map((one) => one.abort()))),
  };
}
