// An OpAMP server on loopback, for requests and for WebSockets at once: it does what servers do
// unless the test says otherwise, and keeps what it was told.

import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type AgentToServer,
  AgentToServerSchema,
  ServerToAgentSchema,
} from "../../../src/proto/index.ts";
import { syncResponse } from "../http/stub-control-plane.ts";

export type ServerInit = MessageInitShape<typeof ServerToAgentSchema>;
type RemoteConfigInit = NonNullable<ServerInit["remoteConfig"]>;
type Socket = Bun.ServerWebSocket<Connection>;

interface Connection {
  readonly headers: Headers;
}

export interface ToldMessage {
  readonly headers: Headers;
  /** What is before the message; empty over HTTP. */
  readonly header: readonly number[];
  readonly message: AgentToServer;
}

/** Of policies with these ids, which name the hash. */
export function configOf(...ids: readonly string[]): RemoteConfigInit {
  const { policies } = syncResponse(ids) as { policies: unknown };
  const body = new TextEncoder().encode(JSON.stringify({ policies }));
  return {
    configHash: new TextEncoder().encode(`hash of ${ids.join(",")}`),
    config: { configMap: { "policies.json": { body, contentType: "application/json" } } },
  };
}

/** All capabilities of a server that offers configurations. */
const CAPABILITIES = 7n;

export class StubOpampServer {
  readonly told: ToldMessage[] = [];
  /** What each instance is to have. */
  config: RemoteConfigInit | undefined;
  /** Set: answers in place of what servers do. `nothing`: there is no answer. */
  answer: ((message: AgentToServer) => ServerInit | "nothing") | undefined;
  /** Set: answers requests and upgrades, before any message is looked at. */
  refuse: (() => Response) | undefined;
  readonly sockets = new Set<Socket>();
  /** Why sockets were closed by clients, as far as they were. */
  readonly closed: number[] = [];
  #waiters: { fits: (message: AgentToServer) => boolean; resolve: (m: AgentToServer) => void }[] =
    [];
  readonly #server = Bun.serve<Connection>({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request, server) => {
      const refused = this.refuse?.();
      if (refused !== undefined) return refused;
      if (request.headers.get("content-type") !== "application/x-protobuf") {
        if (server.upgrade(request, { data: { headers: request.headers } })) return undefined;
        return new Response("", { status: 400 });
      }
      const reply = this.#take(request.headers, [], await request.bytes());
      if (reply === "nothing") return new Promise<Response>(() => undefined);
      return new Response(encoded(reply), {
        headers: { "content-type": "application/x-protobuf" },
      });
    },
    websocket: {
      open: (socket) => void this.sockets.add(socket),
      message: (socket, data) => {
        const bytes = new Uint8Array(data as Buffer<ArrayBuffer>);
        const reply = this.#take(socket.data.headers, [...bytes.subarray(0, 1)], bytes.slice(1));
        if (reply !== "nothing") this.push(reply);
      },
      close: (socket, code) => {
        this.sockets.delete(socket);
        this.closed.push(code);
      },
    },
  });

  urlOf(transport: "http" | "ws"): string {
    return `${transport}://127.0.0.1:${this.#server.port}/v1/opamp`;
  }

  get messages(): readonly AgentToServer[] {
    return this.told.map(({ message }) => message);
  }

  /** The next message that fits, of those still to come. */
  next(fits: (message: AgentToServer) => boolean = () => true): Promise<AgentToServer> {
    return new Promise((resolve) => this.#waiters.push({ fits, resolve }));
  }

  /** Says something on all sockets. */
  push(init: ServerInit, header: readonly number[] = [0]): void {
    for (const socket of this.sockets) socket.send(new Uint8Array([...header, ...encoded(init)]));
  }

  /** Closes all sockets, without a word. */
  drop(): void {
    for (const socket of this.sockets) socket.terminate();
  }

  async stop(): Promise<void> {
    await this.#server.stop(true);
  }

  #take(headers: Headers, header: readonly number[], bytes: Uint8Array): ServerInit | "nothing" {
    const message = fromBinary(AgentToServerSchema, bytes);
    this.told.push({ headers, header, message });
    const due = this.#waiters.filter(({ fits }) => fits(message));
    this.#waiters = this.#waiters.filter((waiter) => !due.includes(waiter));
    const reply = this.answer?.(message) ?? this.#usual(message);
    for (const { resolve } of due) resolve(message);
    return reply;
  }

  /** The configuration, unless the instance says that it has had it. */
  #usual({ instanceUid }: AgentToServer): ServerInit {
    const known = this.messages.findLast(
      (one) => one.remoteConfigStatus && one.instanceUid.toHex() === instanceUid.toHex(),
    )?.remoteConfigStatus?.lastRemoteConfigHash;
    const { config } = this;
    const isNews =
      config !== undefined && !Bun.deepEquals([...(known ?? [])], [...(config.configHash ?? [])]);
    return {
      instanceUid,
      capabilities: CAPABILITIES,
      ...(isNews ? { remoteConfig: config } : {}),
    };
  }
}

function encoded(init: ServerInit): Uint8Array<ArrayBuffer> {
  return toBinary(ServerToAgentSchema, create(ServerToAgentSchema, init));
}
