// The least that a proxy on Bun can do: the yardstick for what Edge adds. UPSTREAM is a URL; the
// port is printed. Ends with the benchmark that started it.

import { endWithParent } from "./end-with-parent.ts";

const upstream = process.env["UPSTREAM"] ?? "";
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  idleTimeout: 60,
  maxRequestBodySize: 256 * 1024 * 1024,
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const body = await request.arrayBuffer();
    return fetch(upstream + pathname, { method: request.method, headers: request.headers, body });
  },
});
console.log(server.port);
endWithParent();
