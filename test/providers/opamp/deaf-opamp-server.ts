// An OpAMP server over a WebSocket that answers the first message, and no ping: only what a test
// lets it say. Frames are written by hand, because WebSocket servers answer pings themselves.

import { createHash } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { create, toBinary } from "@bufbuild/protobuf";
import { ServerToAgentSchema } from "../../../src/proto/index.ts";
import type { ServerInit } from "./stub-opamp-server.ts";

const MESSAGE = 2;
const PING = 9;
const PONG = 10;
/** What a handshake is answered with is made of the client's key and this. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

export class DeafOpampServer {
  readonly #answer: ServerInit;
  readonly #server: Server;
  #socket: Socket | undefined;
  #input = Buffer.alloc(0);
  #isUp = false;
  #answered = false;
  #onPong: (() => void) | undefined;
  #onMessage: (() => void) | undefined;

  constructor(answer: ServerInit) {
    this.#answer = answer;
    this.#server = createServer((socket) => {
      this.#socket = socket;
      socket.on("error", () => undefined);
      socket.on("data", (data: Buffer) => {
        this.#input = Buffer.concat([this.#input, data]);
        this.#read(socket);
      });
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    return `ws://127.0.0.1:${typeof address === "object" ? address?.port : ""}/v1/opamp`;
  }

  stop(): void {
    this.#socket?.destroy();
    this.#server.close();
  }

  push(init: ServerInit): void {
    const message = toBinary(ServerToAgentSchema, create(ServerToAgentSchema, init));
    this.#socket?.write(frameOf(MESSAGE, Buffer.concat([Buffer.from([0]), message])));
  }

  /** From here on, nothing that the client says is taken off the connection. */
  stopReading(): void {
    this.#socket?.pause();
  }

  nextMessage(): Promise<void> {
    return new Promise((resolve) => (this.#onMessage = resolve));
  }

  /** Resolves when the client has taken the pong. */
  pong(name: string): Promise<void> {
    const taken = new Promise<void>((resolve) => (this.#onPong = resolve));
    this.#socket?.write(Buffer.concat([frameOf(PONG, Buffer.from(name)), frameOf(PING)]));
    return taken;
  }

  #read(socket: Socket): void {
    if (!this.#isUp) {
      const end = this.#input.indexOf("\r\n\r\n");
      if (end < 0) return;
      const [, key = ""] = /sec-websocket-key: (.*)\r/i.exec(this.#input.toString()) ?? [];
      const accept = createHash("sha1").update(`${key}${GUID}`).digest("base64");
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      this.#isUp = true;
      this.#input = this.#input.subarray(end + 4);
    }
    for (let kind = this.#frame(); kind !== undefined; kind = this.#frame()) {
      if (kind === PONG) this.#onPong?.();
      if (kind !== MESSAGE) continue;
      this.#onMessage?.();
      if (this.#answered) continue;
      this.#answered = true;
      this.push(this.#answer);
    }
  }

  /** Takes one frame of the client's off the input, and says which kind. */
  #frame(): number | undefined {
    const [first = 0, second = 0] = this.#input;
    const short = second & 0x7f;
    const start = (short === 127 ? 10 : short === 126 ? 4 : 2) + 4;
    if (this.#input.length < start) return undefined;
    const long =
      short === 127 ? Number(this.#input.readBigUInt64BE(2)) : this.#input.readUInt16BE(2);
    const end = start + (short > 125 ? long : short);
    if (this.#input.length < end) return undefined;
    this.#input = this.#input.subarray(end);
    return first & 0x0f;
  }
}

function frameOf(kind: number, data: Uint8Array = new Uint8Array(0)): Buffer {
  const head = Buffer.alloc(data.length < 126 ? 2 : 10);
  head.writeUInt8(0x80 | kind);
  head.writeUInt8(Math.min(data.length, 127), 1);
  if (data.length > 125) {
    head.writeUInt8(127, 1);
    head.writeBigUInt64BE(BigInt(data.length), 2);
  }
  return Buffer.concat([head, data]);
}
