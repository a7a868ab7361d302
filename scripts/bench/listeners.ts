// What a request costs in each way to take it, without a proxy behind: Bun.serve, which closes a
// connection on a request that comes before the one before it is answered, and those that serve it.

import { type Load, LoadBench } from "./load.ts";
import { printTable } from "./measure.ts";

const KINDS = ["Bun.serve", "node:http", "relay"] as const;
/** In turns, so that other work on the machine meets all alike. */
const ROUNDS = 7;
const SECONDS = 2;
const BODY = new Uint8Array(1024).fill(0x78);

export async function run(): Promise<void> {
  const missing = LoadBench.missing();
  if (missing !== undefined) throw new Error(missing);
  const bench = new LoadBench();
  try {
    const kinds = await Promise.all(
      KINDS.map(async (kind) => ({
        kind,
        server: await bench.script("listeners-server.ts", { KIND: kind }),
        loads: new Array<Load>(),
      })),
    );
    const options = { path: "/v1/logs", body: BODY, contentType: "application/json" };
    for (let round = 0; round < ROUNDS; round++) {
      for (const { server, loads } of kinds) {
        loads.push(await bench.load(server, { ...options, seconds: SECONDS }));
      }
    }
    const rows = kinds.map(({ kind, loads }) => {
      const sorted = loads.toSorted((a, b) => a.cpuMsPerRequest - b.cpuMsPerRequest);
      const at = (share: number): string =>
        `${((sorted[Math.floor(share * (ROUNDS - 1))]?.cpuMsPerRequest ?? 0) * 1000).toFixed(1)} µs`;
      return [kind, at(0), at(0.5), at(1)];
    });
    printTable(["CPU a request of 1 KB, 8 connections", "min", "median", "max"], rows);
  } finally {
    await bench.close();
  }
}
