// What Edge takes of the processor when there is little to do: nothing at all, and 20 requests of
// 64 KB a second, beside a proxy that only passes them on. As the scheduler counts it: a clock's
// ticks are too coarse.

import { LoadBench, type Proxy, spentMs } from "./load.ts";
import type { Report } from "./report/report.ts";
import { logsOf, tenPolicies } from "../payloads/small-logs.ts";

const SETTLE_MS = 4000;
const WATCH_MS = 6000;
const PER_SECOND = 20;
const BODY_BYTES = 64 * 1024;
const WARM_UP_REQUESTS = 2000;

export async function run(report: Report): Promise<void> {
  const bench = new LoadBench();
  try {
    const executable = await bench.executable(report, "edge");
    const sink = await bench.script("sink.ts");
    const policies = JSON.stringify({ policies: tenPolicies() });
    const path = bench.file("policies.json", policies);
    const table = report.table("little to do", {
      "idle, of a core": "%",
      "20 a second of 64 KB, the first": "ms",
      "later ones": "ms",
      "as many, one after the other": "ms",
    });
    const bare = await bench.bareProxy();
    for (const who of ["a bare Bun proxy", "one worker", "2 workers"]) {
      const edge =
        who === "a bare Bun proxy"
          ? await bench.program([bare], { UPSTREAM: sink.url })
          : await bench.edge(executable, {
              upstream_url: sink.url,
              worker_count: who === "one worker" ? 1 : 2,
              policy_providers: [{ id: "file", type: "file", path }],
            });
      const watchMs = report.amount(WATCH_MS, 500);
      await Bun.sleep(report.amount(SETTLE_MS, 200));
      const idleMs = await spentMs(edge.pid, () => Bun.sleep(watchMs));
      const requests = (watchMs / 1000) * PER_SECOND;
      const each = async (count: number, perSecond: number): Promise<number> =>
        (await spentMs(edge.pid, () => paced(report, edge, count, perSecond))) / count;
      const first = await each(requests, PER_SECOND);
      // Until code is compiled that runs for each request.
      await paced(report, edge, report.amount(WARM_UP_REQUESTS, 10), Infinity);
      const later = await each(requests, PER_SECOND);
      table.row(who, {
        "idle, of a core": (100 * idleMs) / watchMs,
        "20 a second of 64 KB, the first": first,
        "later ones": later,
        "as many, one after the other": await each(requests, Infinity),
      });
      process.kill(edge.pid, "SIGTERM");
    }
  } finally {
    await bench.close();
  }
}

async function paced(
  report: Report,
  { url }: Proxy,
  requests: number,
  perSecond: number,
): Promise<void> {
  const body = logsOf(0, BODY_BYTES);
  const headers = { "content-type": "application/json" };
  for (let i = 0; i < requests; i++) {
    const next = perSecond === Infinity ? undefined : Bun.sleep(1000 / perSecond);
    const answer = await fetch(`${url}/v1/logs`, { method: "POST", headers, body });
    if (answer.status !== 200) report.fault(`answered ${answer.status}`);
    await next;
  }
}
