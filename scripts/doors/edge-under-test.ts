// Edge with all doors open, in front of a backend: what runs under faults and for long are made of.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, LoadBench, type Proxy } from "../bench/load.ts";
import { compile } from "../build.ts";
import type { Place } from "./doors.ts";
import { policiesOf } from "./policies.ts";

export interface EdgeUnderTest extends Place, Proxy {
  /** Puts other text in place of the policies. */
  readonly putPolicies: (text: string) => void;
}

/** Short, so that a fault shows soon. */
const TIMEOUTS = { connect_ms: 1000, first_byte_ms: 500, idle_ms: 500 };

/** `edge`, whose workers end as they are told to: see edge-program.ts. */
export async function buildEdge(folder: string): Promise<string> {
  const outfile = join(folder, "edge-under-test");
  await compile(join(import.meta.dir, "edge-program.ts"), outfile);
  return outfile;
}

export async function startEdge(
  bench: LoadBench,
  executable: string,
  backendUrl: string,
  config: Readonly<Record<string, unknown>> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<EdgeUnderTest> {
  const path = bench.file(`policies-${freePort()}.json`, policiesOf());
  const grpcPort = freePort();
  const settings = {
    upstream_url: backendUrl,
    upstream_timeouts: TIMEOUTS,
    grpc: { listen_port: grpcPort },
    prometheus: { url: backendUrl },
    policy_providers: [{ id: "file", type: "file", path }],
    ...config,
  };
  const edge = await bench.edge(executable, settings, env);
  return { ...edge, grpcPort, putPolicies: (text) => writeFileSync(path, text) };
}
