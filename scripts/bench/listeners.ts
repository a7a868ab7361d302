// What a request costs in each way to take it, without a proxy behind: Bun.serve, which closes a
// connection on a request that comes before the one before it is answered, and those that serve it.

import { type Load, LoadBench } from "./load.ts";
import type { Report } from "./report/report.ts";

const KINDS = ["Bun.serve", "the listener", "node:http", "Bun.serve behind a relay"] as const;
/** In turns, so that other work on the machine meets all alike. */
const ROUNDS = 5;
const SECONDS = 2;
const SIZES = [
  ["1 KB", 1024],
  ["1 MB", 1024 * 1024],
] as const;
const CONNECTIONS = [8, 50] as const;

export async function run(report: Report): Promise<void> {
  const missing = LoadBench.missing();
  if (missing !== undefined) throw new Error(missing);
  const rounds = report.amount(ROUNDS, 1, "rounds");
  const seconds = report.amount(SECONDS, 1);
  const bench = new LoadBench();
  try {
    const servers = await Promise.all(
      KINDS.map((kind) => bench.script("listeners-server.ts", { KIND: kind })),
    );
    for (const [size, bytes] of SIZES) {
      for (const connections of CONNECTIONS) {
        const body = new Uint8Array(bytes).fill(0x78);
        const options = { path: "/v1/logs", body, contentType: "application/json", connections };
        const loads = KINDS.map(() => new Array<Load>());
        for (let round = 0; round < rounds; round++) {
          for (const [at, server] of servers.entries()) {
            loads[at]?.push(await bench.load(server, { ...options, seconds }));
          }
        }
        const table = report.table(`CPU a request of ${size}, ${connections} connections`, {
          min: "µs",
          median: "µs",
          max: "µs",
        });
        for (const [at, kind] of KINDS.entries()) {
          const sorted = (loads[at] ?? [])
            .map(({ cpuMsPerRequest }) => cpuMsPerRequest * 1000)
            .toSorted((a, b) => a - b);
          table.row(kind, { min: sorted[0], median: sorted[rounds >> 1], max: sorted.at(-1) });
        }
      }
    }
  } finally {
    await bench.close();
  }
}
