// What becomes of requests that are not as they should be, at every door that takes bodies over
// HTTP.

import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { LoadBench } from "../bench/load.ts";
import type { Report } from "../bench/report/report.ts";
import { Backend } from "../doors/backend.ts";
import { countersOf } from "../doors/counters.ts";
import { PUSHES, type Push } from "../doors/doors.ts";
import { type EdgeUnderTest, startEdge } from "../doors/edge-under-test.ts";
import { textsOf } from "../doors/ledger.ts";
import { countedSince } from "./counted.ts";

export const CLIENT_TABLE = "faults of clients";
const REQUESTS = 20;
const MIB = 1024 * 1024;
const BODY_BYTES_MAX = 64 * 1024;
const CONFIG = { worker_count: 1, max_body_size: BODY_BYTES_MAX, max_decoded_bytes: 4 * MIB };

interface ClientFault {
  readonly name: string;
  readonly about: string;
  /** Resolves to what the client saw. */
  readonly send: (edge: EdgeUnderTest, push: Push) => Promise<string>;
}

const whole = (push: Push): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(Buffer.from(push.body(textsOf(1))));

async function post(
  { url }: EdgeUnderTest,
  { path, type }: Push,
  body: Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const answer = await fetch(url + path, {
    method: "POST",
    headers: { "content-type": type, ...headers },
    body,
    keepalive: false,
  });
  await answer.arrayBuffer();
  return String(answer.status);
}

/** So many zeros in a body of some kilobytes. */
const BOMB = Uint8Array.from(gzipSync(Buffer.alloc(16 * MIB)));

export const CLIENT_FAULTS: readonly ClientFault[] = [
  {
    name: "half of a body is sent as if it were whole",
    about: "It cannot be read, so it goes on as it came, and is counted.",
    send: (edge, push) => {
      const body = whole(push);
      return post(edge, push, body.slice(0, body.length / 2));
    },
  },
  {
    name: "a body is larger than `max_body_size`",
    about: "413, and nothing of it is sent on.",
    send: (edge, push) => post(edge, push, new Uint8Array(BODY_BYTES_MAX + 1).fill(0x20)),
  },
  {
    name: "a body becomes larger than `max_decoded_bytes`",
    about: "Decoding ends at the bound; it goes on as it came, and is counted.",
    send: (edge, push) => post(edge, push, BOMB, { "content-encoding": "gzip" }),
  },
  {
    name: "a body is in a coding that nobody knows",
    about: "It goes on as it came, and is counted.",
    send: (edge, push) => post(edge, push, whole(push), { "content-encoding": "x-unknown" }),
  },
  {
    name: "the client goes away within its body",
    about: "Half of a request is none: nobody gets it.",
    send: goneWithin,
  },
];

function goneWithin({ url }: EdgeUnderTest, push: Push): Promise<string> {
  const { hostname, port } = new URL(url);
  const body = whole(push);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => {
      const head = `POST ${push.path} HTTP/1.1\r\nhost: edge\r\ncontent-type: ${push.type}\r\n`;
      socket.write(`${head}content-length: ${body.length}\r\n\r\n`);
      socket.write(body.subarray(0, body.length / 2), () => socket.destroy());
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve("gone"));
  });
}

export async function ofClients(report: Report, executable: string): Promise<void> {
  const table = report.table(CLIENT_TABLE, {
    requests: "",
    "the client sees": "text",
    counted: "text",
    "requests at the backend": "",
  });
  const bench = new LoadBench();
  const backend = new Backend([]);
  try {
    await backend.start();
    const edge = await startEdge(bench, executable, backend.url, CONFIG);
    for (const { name, send } of CLIENT_FAULTS) {
      for (const push of PUSHES) {
        const before = await countersOf(edge.url);
        const taken = backend.taken;
        const requests = report.amount(REQUESTS, 2);
        const seen = new Map<string, number>();
        for (let i = 0; i < requests; i++) {
          const how = await send(edge, push);
          seen.set(how, (seen.get(how) ?? 0) + 1);
        }
        // The end of the last connection may be noticed a moment later.
        await Bun.sleep(50);
        table.row(`${name} · ${push.name}`, {
          requests,
          "the client sees": [...seen].map(([how, n]) => `${how} × ${n}`).join(", "),
          counted: countedSince(before, await countersOf(edge.url)),
          "requests at the backend": backend.taken - taken,
        });
      }
    }
  } finally {
    await bench.close();
    await backend.stop();
  }
}
