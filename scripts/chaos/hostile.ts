// The hostile clients: EDGE is the proxy's URL, KIND what they do, LIFE_MS
// how long. Each kind comes from a loopback address of its own.

import * as net from "node:net";
import * as zlib from "node:zlib";
import { logsBody } from "./bodies.ts";

const { hostname, port } = new URL(process.env["EDGE"] ?? "");
const head = (bytes: number, more = ""): string =>
  `POST /v1/logs HTTP/1.1\r\nhost: edge\r\ncontent-type: application/json\r\n${more}content-length: ${bytes}\r\n\r\n`;
const gzipped = "content-encoding: gzip\r\n";
const MIB = 1024 * 1024;

const small = logsBody(10);
/** Eight members of 64 MiB each. */
const bomb = Buffer.concat(Array(8).fill(zlib.gzipSync(Buffer.alloc(64 * MIB, 0x20))));
const large = zlib.gzipSync(logsBody(4500), { level: 1 });
const huge = zlib.gzipSync(logsBody(60_000), { level: 1 });

console.log("ready");
const untilMs = performance.now() + Number(process.env["LIFE_MS"] ?? 1000);

/** One connection: writes, and resolves when it has ended, or its answer has begun. */
function once(from: string, write: (socket: net.Socket) => void, waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: hostname, port: Number(port), localAddress: from });
    const done = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve();
    };
    const timer = setTimeout(done, Math.min(waitMs, Math.max(0, untilMs - performance.now())));
    socket.on("connect", () => write(socket));
    socket.on("data", done);
    socket.on("error", done);
    socket.on("close", done);
  });
}

interface Attack {
  readonly clients: number;
  readonly waitMs: number;
  readonly write: (socket: net.Socket) => void;
}

const ATTACKS: Readonly<Record<string, Attack>> = {
  stalls: {
    clients: 300,
    waitMs: 60_000,
    write: (socket) => socket.write(Buffer.concat([Buffer.from(head(20 * MIB)), small])),
  },
  bombs: {
    clients: 4,
    waitMs: 10_000,
    write: (socket) => {
      socket.write(head(bomb.length, gzipped));
      socket.write(bomb);
    },
  },
  large: {
    clients: 30,
    waitMs: 10_000,
    write: (socket) => {
      const body = Math.random() < 0.9 ? large : huge;
      socket.write(head(body.length, gzipped));
      socket.write(body);
    },
  },
  pipelines: {
    clients: 20,
    waitMs: 1000,
    write: (socket) => {
      const one = Buffer.concat([Buffer.from(head(small.length)), small]);
      socket.write(Buffer.concat([one, one, one]));
    },
  },
  resets: {
    clients: 20,
    waitMs: 1000,
    write: (socket) => {
      socket.write(head(100_000));
      socket.write(small, () => setTimeout(() => socket.resetAndDestroy(), 5));
    },
  },
  noise: {
    clients: 20,
    waitMs: 1000,
    write: (socket) => socket.write(`GET / HTTP/9.9\r\n${"\0".repeat(2000)}\r\n\r\n`),
  },
};

async function attack(from: string, { clients, waitMs, write }: Attack): Promise<void> {
  const client = async (): Promise<void> => {
    while (performance.now() < untilMs) {
      await once(from, write, waitMs);
      await Bun.sleep(10 + Math.random() * 40);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
}

const kind = process.env["KIND"] ?? "all";
const chosen = Object.entries(ATTACKS).filter(([name]) => kind === "all" || kind === name);
await Promise.all(chosen.map(([, one], i) => attack(`127.0.0.${i + 2}`, one)));
process.exit(0);
