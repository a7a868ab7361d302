// One of the ways to take requests of HTTP/1.1, KIND, that answers each with its body's length in a
// later turn. The port is printed. Ends with the benchmark that started it.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { localResponse } from "../../../src/pipeline/request-meter.ts";
import { listen } from "../../../src/server/listener.ts";
import { endWithParent } from "./end-with-parent.ts";

const HEADERS = { "content-type": "application/json" };
const WHERE = { hostname: "127.0.0.1", port: 0 };
const turn = (): Promise<void> => new Promise((go) => void setImmediate(go));

async function answer(request: Request): Promise<Response> {
  const { byteLength } = await request.bytes();
  await turn();
  return localResponse(String(byteLength), 200, HEADERS);
}

function answerNode(request: IncomingMessage, response: ServerResponse): void {
  let bytes = 0;
  request.on("data", (piece: Buffer) => (bytes += piece.length));
  request.on("end", () => {
    setImmediate(() => {
      response.writeHead(200, HEADERS);
      response.end(String(bytes));
    });
  });
}

type End = Bun.Socket<Side>;

/** One end of a relayed connection, and what it has not taken yet. */
interface Side {
  other: End | undefined;
  unsent: Uint8Array;
}

const NOTHING = new Uint8Array(0);

function pass(to: End, bytes: Uint8Array): void {
  const sent = to.data.unsent.length > 0 ? 0 : Math.max(0, to.write(bytes));
  if (sent === bytes.length) return;
  to.data.unsent = Buffer.concat([to.data.unsent, bytes.subarray(sent)]);
  to.data.other?.pause();
}

const passing = {
  drain: (end: End) => {
    const { unsent } = end.data;
    end.data.unsent = NOTHING;
    pass(end, unsent);
    if (end.data.unsent.length === 0) end.data.other?.resume();
  },
  close: (end: End) => void end.data.other?.end(),
};

/** Looks at nothing that it passes: the least that one costs that does. */
function relayTo(path: string): number {
  return Bun.listen<Side>({
    ...WHERE,
    socket: {
      ...passing,
      open: (client) => {
        client.data = { other: undefined, unsent: NOTHING };
        client.pause();
        const data = { other: client, unsent: NOTHING };
        const back = (end: End, bytes: Buffer): void => {
          if (end.data.other !== undefined) pass(end.data.other, bytes);
        };
        const open = (server: End): void => {
          client.data.other = server;
          client.resume();
        };
        void Bun.connect<Side>({ unix: path, data, socket: { ...passing, open, data: back } });
      },
      data: (client, bytes) => {
        if (client.data.other !== undefined) pass(client.data.other, bytes);
      },
    },
  }).port;
}

async function open(kind: string | undefined): Promise<number | undefined> {
  const serving = { fetch: answer, maxRequestBodySize: Number.MAX_SAFE_INTEGER };
  switch (kind) {
    case "Bun.serve":
      return Bun.serve({ ...WHERE, ...serving }).port;
    case "Bun.serve behind a relay": {
      const path = `\0edge-bench-${process.pid}`;
      Bun.serve({ unix: path, ...serving });
      return relayTo(path);
    }
    case "node:http": {
      const server = createServer(answerNode);
      await new Promise<void>((go) => server.listen(0, WHERE.hostname, go));
      // A TCP server's address is no string.
      return (server.address() as AddressInfo).port;
    }
    default: {
      const target = { kind: "tcp", host: WHERE.hostname, port: 0 } as const;
      return (await listen({ target, idleTimeoutMs: 60_000, fetch: answer })).port;
    }
  }
}

console.log(await open(process.env["KIND"]));
endWithParent();
