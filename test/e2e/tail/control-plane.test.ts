// The compiled tailer with policies of a control plane: lines wait for the first set, and what
// policies did is reported when it stops.

import { afterAll, expect, test } from "bun:test";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { StubControlPlane } from "../../providers/http/stub-control-plane.ts";
import { TailProgram, removeTailFolder, tailFolder } from "./tail-program.ts";

const folder = tailFolder();
const stops: StubControlPlane[] = [];
afterAll(async () => {
  for (const plane of stops) await plane.stop();
  removeTailFolder(folder);
});

const ANSWER = {
  policies: [
    {
      id: "no-debug",
      name: "no debug",
      enabled: true,
      log: { match: [{ logField: "LOG_FIELD_BODY", contains: "DEBUG" }], keep: "none" },
    },
    {
      id: "metrics",
      name: "does nothing here",
      enabled: true,
      metric: { match: [{ metricField: "METRIC_FIELD_NAME", exact: "x" }], keep: false },
    },
  ],
  hash: "one",
  syncTimestampUnixNano: "1700000000000000001",
  syncType: "SYNC_TYPE_FULL",
};

test("lines wait for the first policies, and hits are reported", async () => {
  const plane = new StubControlPlane();
  stops.push(plane);
  plane.answer = async () => {
    await Bun.sleep(300);
    return Response.json(ANSWER);
  };
  const settings = { policy_providers: [{ type: "http", url: plane.url, content_type: "json" }] };
  appendFileSync(join(folder, "tail.json"), JSON.stringify(settings));
  appendFileSync(join(folder, "a.log"), "DEBUG 1\nINFO 1\nDEBUG 2\n");
  const args = ["-c", "tail.json", "--read-from=head", "--shutdown-timeout-ms=5000", "a.log"];
  const program = await TailProgram.start({ folder, args });
  await program.untilOut("INFO 1\n");
  expect(await program.stop()).toBe(0);
  const hits = plane.asked.flatMap(({ request }) =>
    request.policyStatuses.map(({ id, matchHits }) => [id, Number(matchHits)] as const),
  );
  expect(hits.filter(([id]) => id === "no-debug").reduce((sum, [, n]) => sum + n, 0)).toBe(2);
  expect(program.err).toBe("");
});
