// Finds the ports that workers will share, before they start.

import { openDoors, type Doors } from "../proxy/doors.ts";
import { problem } from "../../server/local-errors.ts";
import type { PoolListenOptions, WorkerPoolOptions } from "./pool-options.ts";

export interface Ports {
  readonly http: number;
  readonly grpc: Doors["grpc"];
}

/**
 * The ports of the configuration, or those that the system chooses. Whoever has one already shows
 * here: workers, who share it, would share it with others as well. Rejects with BindError.
 */
export async function findPorts(
  { config, bus }: Pick<WorkerPoolOptions, "config" | "bus">,
  { distribution, tls, idleTimeoutMs, ready }: PoolListenOptions,
): Promise<Ports> {
  const fetch = (): Response => problem(503, "starting", "the proxy is starting");
  const http = { target: config.listen, tls, idleTimeoutMs, fetch };
  const doors = await openDoors({ config, distribution, http, fetch, ready, bus });
  const { port, grpc } = doors;
  await doors.abort();
  return { http: port, grpc: grpc && { url: grpc.url, port: grpc.port } };
}
