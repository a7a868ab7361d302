// What Edge takes of the processor when there is little to do: nothing at all, and 20 requests of
// 64 KB a second, beside a proxy that only passes them on. As the scheduler counts it: a clock's
// ticks are too coarse. A process is idle when its runtime is: that looks at each heap every second
// until it has not changed in 30 looks, and every 30 seconds from then on.

import { LoadBench, type Proxy, spentMs } from "./load.ts";
import type { Report } from "./report/report.ts";
import { logsOf, tenPolicies } from "../payloads/small-logs.ts";

const START_MS = 4000;
/** With START_MS until the runtime looks at heaps seldom. */
const SETTLE_MS = 40_000;
const WATCH_MS = 15_000;
const PACED_MS = 6000;
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
      "the first 40 s, of a core": "%",
      "idle, of a core": "%",
      "20 a second of 64 KB, the first": "ms",
      "later ones": "ms",
      "as many, one after the other": "ms",
    });
    const bare = await bench.bareProxy();
    const proxies: (readonly [string, Proxy])[] = [
      ["a bare Bun proxy", await bench.program([bare], { UPSTREAM: sink.url })],
    ];
    for (const workers of [1, 2]) {
      const edge = await bench.edge(executable, {
        upstream_url: sink.url,
        worker_count: workers,
        policy_providers: [{ id: "file", type: "file", path }],
      });
      proxies.push([workers === 1 ? "one worker" : `${workers} workers`, edge]);
    }
    // At the same time: the time of the processor of one is not that of another.
    const resting = (ms: number): Promise<number[]> =>
      Promise.all(proxies.map(async ([, { pid }]) => (100 * (await rest(pid, ms))) / ms));
    await Bun.sleep(report.amount(START_MS, 200));
    const young = await resting(report.amount(SETTLE_MS, 500));
    const idle = await resting(report.amount(WATCH_MS, 500));
    for (const [i, [who, proxy]] of proxies.entries()) {
      table.row(who, {
        "the first 40 s, of a core": young[i],
        "idle, of a core": idle[i],
        ...(await atLowRate(report, proxy)),
      });
      process.kill(proxy.pid, "SIGTERM");
    }
  } finally {
    await bench.close();
  }
}

function rest(pid: number, ms: number): Promise<number> {
  return spentMs(pid, () => Bun.sleep(ms));
}

async function atLowRate(report: Report, edge: Proxy) {
  const requests = (report.amount(PACED_MS, 500) / 1000) * PER_SECOND;
  const each = async (count: number, perSecond: number): Promise<number> =>
    (await spentMs(edge.pid, () => paced(report, edge, count, perSecond))) / count;
  const first = await each(requests, PER_SECOND);
  // Until code is compiled that runs for each request.
  await paced(report, edge, report.amount(WARM_UP_REQUESTS, 10), Infinity);
  return {
    "20 a second of 64 KB, the first": first,
    "later ones": await each(requests, PER_SECOND),
    "as many, one after the other": await each(requests, Infinity),
  };
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
