// A server of HTTP/2 made of frames, which answers a call with any bytes at all: what no library
// lets a test say.

import type { Socket, TCPSocketListener } from "bun";

const PREFACE_BYTES = 24;
const HEAD_BYTES = 9;
const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, goaway: 7 } as const;
const END_STREAM = 1;

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export function reset(stream: number, code: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(code);
  return frame(FRAME.reset, 0, stream, payload);
}

/** `lastStream`: the last one that was looked at. */
export function goaway(lastStream: number, code = 0): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeUInt32BE(lastStream);
  payload.writeUInt32BE(code, 4);
  return frame(FRAME.goaway, 0, 0, payload);
}

/** A response before the response. */
export function informational(stream: number): Buffer {
  return frame(FRAME.headers, 4, stream, Buffer.from("\u0008\u0003100"));
}

/** Head and trailers of an answer that is a status alone; literals that are not indexed. */
export function status(stream: number, code: number): Buffer {
  const literal = (name: string, value: string): Buffer =>
    Buffer.concat([
      Buffer.of(0, name.length),
      Buffer.from(name),
      Buffer.of(value.length),
      Buffer.from(value),
    ]);
  const fields = [Buffer.of(0x88), literal("grpc-status", String(code))];
  return frame(FRAME.headers, 4 | END_STREAM, stream, Buffer.concat(fields));
}

export interface RawHttp2Server {
  readonly port: number;
  /** Streams whose requests have come whole, in their order; over all connections. */
  readonly streams: number[];
  stop(): void;
}

/** `answer`: what is written when the call on a stream of the nth connection has come whole. */
export function rawHttp2Server(
  answer: (stream: number, connection: number) => Uint8Array | "close",
): RawHttp2Server {
  const streams: number[] = [];
  let connections = 0;
  interface State {
    readonly connection: number;
    pending: Buffer;
    isGreeted: boolean;
  }
  const listener: TCPSocketListener<State> = Bun.listen<State>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        socket.data = { connection: connections++, pending: Buffer.alloc(0), isGreeted: false };
        socket.write(frame(FRAME.settings, 0, 0, new Uint8Array(0)));
      },
      data(socket, bytes) {
        const { data } = socket;
        data.pending = Buffer.concat([data.pending, bytes]);
        if (!data.isGreeted && data.pending.length >= PREFACE_BYTES) {
          data.isGreeted = true;
          data.pending = data.pending.subarray(PREFACE_BYTES);
        }
        if (data.isGreeted) takeFrames(socket);
      },
      error: () => undefined,
    },
  });

  function takeFrames(socket: Socket<State>): void {
    const { data } = socket;
    for (;;) {
      if (data.pending.length < HEAD_BYTES) return;
      const length = data.pending.readUIntBE(0, 3);
      if (data.pending.length < HEAD_BYTES + length) return;
      const [type = 0, flags = 0] = [data.pending[3], data.pending[4]];
      const stream = data.pending.readUInt32BE(5);
      data.pending = data.pending.subarray(HEAD_BYTES + length);
      const isLast = (flags & END_STREAM) !== 0 && (type === FRAME.data || type === FRAME.headers);
      if (!isLast) continue;
      streams.push(stream);
      const said = answer(stream, data.connection);
      if (said === "close") socket.end();
      else socket.write(said);
    }
  }
  return { port: listener.port, streams, stop: () => listener.stop(true) };
}
