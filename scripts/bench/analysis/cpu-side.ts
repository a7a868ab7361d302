// One Edge, without a socket in front of it, in a process of its own: code is compiled for what it
// does itself. Its arguments: the upstream, `on` or `off`, the number of a case. Each line on its
// standard input asks for a block of requests: its answer is a line with the CPU time of one, in
// microseconds.

import { loadConfig } from "../../../src/config/index.ts";
import { edge as everything } from "../../../src/distributions.ts";
import { EventBus } from "../../../src/o11y/event-bus.ts";
import { AUTHORING, decodePolicySet } from "../../../src/policy/index.ts";
import { type Assembly, assemble } from "../../../src/runtime/proxy/assemble.ts";
import { policyFile } from "../../payloads/index.ts";
import { CASES } from "./cases.ts";

const BLOCK_BYTES = 20_000_000;

export function edgeOf(upstreamUrl: string, policies: Uint8Array): Assembly {
  const keys = { upstream_url: upstreamUrl, admin: { show_payloads: true } };
  const bytes = new TextEncoder().encode(JSON.stringify(keys));
  const { config } = loadConfig({
    defaultPath: "config.json",
    env: {},
    instanceId: "bench",
    readFile: () => bytes,
  });
  const assembly = assemble(config, everything, new EventBus());
  const document: unknown = JSON.parse(new TextDecoder().decode(policies));
  const steps = assembly.engine.replace(decodePolicySet(document, AUTHORING).policies);
  while (steps.next().done !== true);
  return assembly;
}

if (import.meta.main) {
  const [upstreamUrl = "", state = "", number = ""] = process.argv.slice(2);
  const one = CASES[Number(number)];
  if (one === undefined) throw new Error(`there is no case ${number}`);
  const { server } = edgeOf(upstreamUrl, policyFile(10, { signal: "mixed" }));
  const { body } = one.body();
  const requests = Math.ceil(BLOCK_BYTES / body.length);
  const init = { method: "POST", headers: { "content-type": one.type }, body: Buffer.from(body) };
  if (state === "on") await server.app.request("/_edge/analysis?seconds=3600", { method: "POST" });
  for await (const _line of console) {
    const start = process.cpuUsage();
    for (let i = 0; i < requests; i++) {
      const response = await server.app.request(one.path, init);
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`answered ${response.status}`);
    }
    const { user, system } = process.cpuUsage(start);
    console.log((user + system) / requests);
  }
}
