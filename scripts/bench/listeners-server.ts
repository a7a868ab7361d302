// One of the ways to take requests of HTTP/1.1, KIND, that answers each with its body's length in a
// later turn. The port is printed. Ends with the benchmark that started it.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { listen } from "../../src/server/listener.ts";
import { endWithParent } from "./load.ts";

const TYPE = "application/json";
const turn = (): Promise<void> => new Promise((go) => void setImmediate(go));

async function answer(request: Request): Promise<Response> {
  const { byteLength } = await request.arrayBuffer();
  await turn();
  return new Response(String(byteLength), { headers: { "content-type": TYPE } });
}

function answerNode(request: IncomingMessage, response: ServerResponse): void {
  let bytes = 0;
  request.on("data", (piece: Buffer) => (bytes += piece.length));
  request.on("end", () => {
    setImmediate(() => {
      response.writeHead(200, { "content-type": TYPE });
      response.end(String(bytes));
    });
  });
}

async function open(kind: string | undefined): Promise<number> {
  if (kind === "node:http") {
    const server = createServer(answerNode);
    await new Promise<void>((go) => server.listen(0, "127.0.0.1", go));
    // A TCP server's address is no string.
    return (server.address() as AddressInfo).port;
  }
  const { port } = await listen({
    target: { kind: "tcp", host: "127.0.0.1", port: 0 },
    idleTimeoutMs: 60_000,
    servesPipelined: kind === "relay",
    fetch: answer,
  });
  return port;
}

console.log(await open(process.env["KIND"]));
endWithParent();
