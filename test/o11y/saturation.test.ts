// How full the program is, as its metrics tell.

import { expect, test } from "bun:test";
import { EventBus } from "../../src/o11y/event-bus.ts";
import { REFUSAL_REASONS, TIMEOUT_PHASES } from "../../src/o11y/labels.ts";
import { Metrics } from "../../src/o11y/metrics.ts";
import { AdminEdge } from "../support/admin-edge.ts";
import { setUp } from "./metrics-setup.ts";

test("who is refused and who takes too long is counted by reason and phase", () => {
  const { bus, changes } = setUp();
  for (const reason of REFUSAL_REASONS) {
    const moved = changes(() => bus.emit("request.refused", { reason }));
    expect(moved).toEqual({ [`edge_requests_refused_total{reason="${reason}"}`]: 1 });
  }
  for (const phase of TIMEOUT_PHASES) {
    const moved = changes(() => bus.emit("client.timed_out", { phase }));
    expect(moved).toEqual({ [`edge_client_timeouts_total{phase="${phase}"}`]: 1 });
  }
});

test("gauges tell what is held beside how much may be", () => {
  const build = { version: "1", commit: "c", distribution: "edge" };
  const sample = { requests: 3, requestsMax: 10, bytes: 2000, bytesMax: 9000, connections: 7 };
  const metrics = new Metrics(new EventBus(), { build, saturation: () => sample });
  const lines = metrics.metricsText().split("\n");
  metrics.stop();
  expect(lines).toEqual(
    expect.arrayContaining([
      "edge_requests_in_flight 3",
      "edge_requests_in_flight_max 10",
      "edge_inflight_bytes 2000",
      "edge_inflight_bytes_max 9000",
      "edge_client_connections 7",
    ]),
  );
});

test("a whole proxy counts what it refuses, and shows the ceilings of its configuration", async () => {
  await using edge = await AdminEdge.start({ max_connections: 77, max_body_size: 10 });
  const post = (path: string, body: string): Promise<Response> =>
    edge.ask(path, { method: "POST", body, headers: { "content-length": String(body.length) } });
  expect((await post("/v1/logs", "x".repeat(11))).status).toBe(413);
  const text = await (await edge.ask("/_edge/metrics")).text();
  expect(text).toContain('edge_requests_refused_total{reason="body_too_large"} 1\n');
  expect(text).toContain("edge_requests_in_flight_max 77\n");
  if (process.platform === "linux") expect(text).toMatch(/^process_open_fds [1-9]/m);
});
