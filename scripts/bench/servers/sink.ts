// The upstream of load tests, on a free loopback port that it prints: reads every body and answers
// 200 `{}`, after LATENCY_MS if set; a GET answers with the last body. Ends with the benchmark that
// started it.

import { endWithParent } from "./end-with-parent.ts";

const latencyMs = Number(process.env["LATENCY_MS"] ?? 0);
let lastBody = new ArrayBuffer(0);
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  idleTimeout: 60,
  maxRequestBodySize: 256 * 1024 * 1024,
  async fetch(request) {
    if (request.method === "GET") return new Response(lastBody);
    lastBody = await request.arrayBuffer();
    if (latencyMs > 0) await Bun.sleep(latencyMs);
    return new Response("{}", { headers: { "content-type": "application/json" } });
  },
});
console.log(server.port);
endWithParent();
