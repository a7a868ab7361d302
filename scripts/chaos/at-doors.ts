// Puts every door under every fault, one after the other, with a few clients for a second or so.

import { LoadBench } from "../bench/load.ts";
import type { Report } from "../bench/report/report.ts";
import { Backend } from "../doors/backend.ts";
import { countersOf } from "../doors/counters.ts";
import { type Door, doorsWith } from "../doors/doors.ts";
import { type EdgeUnderTest, startEdge } from "../doors/edge-under-test.ts";
import { Ledger } from "../doors/ledger.ts";
import { countedSince } from "./counted.ts";
import { type Fault, FAULTS } from "./faults.ts";

const CLIENTS = 4;
const LOAD_MS = 1000;
/** Between two requests of a client, so that what fails at once does not fill the table. */
const PAUSE_MS = 10;
const FAULT_COLUMNS = {
  requests: "",
  "the client sees": "text",
  counted: "text",
  lost: "",
  twice: "",
  p50: "ms",
  p99: "ms",
} as const;
export const FAULT_TABLE = "faults at every door";

export async function atDoors(report: Report, executable: string): Promise<void> {
  const table = report.table(FAULT_TABLE, FAULT_COLUMNS);
  const only = report.option("only") ?? "";
  for (const fault of FAULTS.filter(({ name }) => name.includes(only))) {
    const bench = new LoadBench();
    const doors = doorsWith(() => new Ledger());
    const backend = new Backend(doors.map(({ ledger }) => ledger));
    try {
      await backend.start();
      const config = { worker_count: 1, ...fault.config };
      const edge = await startEdge(bench, executable, backend.url, config, fault.env);
      for (const door of doors) {
        const row = await under(fault, door, edge, backend, report.amount(LOAD_MS, 200));
        if (row.lost > 0) report.fault(`${door.name}: ${fault.name}: ${row.lost} records lost`);
        if (row.twice > 0) report.fault(`${door.name}: ${fault.name}: ${row.twice} came twice`);
        table.row(`${fault.name} · ${door.name}`, row);
      }
    } finally {
      for (const door of doors) door.close();
      await bench.close();
      await backend.stop();
    }
  }
}

interface FaultRow {
  readonly requests: number;
  readonly "the client sees": string;
  readonly counted: string;
  readonly lost: number;
  readonly twice: number;
  readonly p50: number;
  readonly p99: number;
}

async function under(
  fault: Fault,
  door: Door,
  edge: EdgeUnderTest,
  backend: Backend,
  ms: number,
): Promise<FaultRow> {
  const before = await countersOf(edge.url);
  const scene = { backend, edge, ms };
  const over = new AbortController();
  const client = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await door.send(edge);
      await Bun.sleep(PAUSE_MS);
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  await fault.during(scene);
  over.abort();
  await Promise.all(clients);
  const { requests, outcomes, lost, twice, leaked, latenciesMs } = door.ledger.take();
  const seen = [...outcomes].toSorted(([, a], [, b]) => b - a);
  if (leaked > 0) seen.push(["records that policies drop", leaked]);
  const at = (share: number): number => latenciesMs[Math.floor(share * (requests - 1))] ?? 0;
  return {
    requests,
    "the client sees": seen.map(([text, count]) => `${text} × ${count}`).join(", "),
    counted: countedSince(before, await countersOf(edge.url)),
    lost,
    twice,
    p50: at(0.5),
    p99: at(0.99),
  };
}
