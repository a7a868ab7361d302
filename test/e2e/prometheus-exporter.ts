// An application with metrics, a process of its own: prom-client's registry at /metrics,
// OpenMetrics at /open, a large exposition at /big, one that breaks off half-way at /dying. Prints
// its port.

import { gzipSync } from "node:zlib";
import * as http from "node:http";
import { Counter, Gauge, Histogram, Registry, Summary } from "prom-client";

const register = new Registry();
const requests = new Counter({
  name: "http_requests_total",
  help: "Requests served.",
  labelNames: ["method", "path"],
  registers: [register],
});
const duration = new Histogram({
  name: "http_request_duration_seconds",
  help: "Time to serve a request.",
  labelNames: ["path"],
  buckets: [0.1, 1],
  registers: [register],
});
const size = new Summary({
  name: "http_response_size_bytes",
  help: "Size of responses.",
  percentiles: [0.5, 0.9],
  registers: [register],
});
const temperature = new Gauge({
  name: "room_temperature_celsius",
  help: 'In "quotes", with a \\ and\na second line.',
  labelNames: ["room"],
  registers: [register],
});
register.registerMetric(
  new Gauge({ name: "never_set_ratio", help: "Not set.", labelNames: ["x"], registers: [] }),
);

for (const path of ["/", "/healthz", '/a\\b\n"c"']) {
  requests.inc({ method: "GET", path }, 3);
  duration.observe({ path }, 0.5);
}
size.observe(100);
temperature.set({ room: "kitchen" }, 21.5);
temperature.set({ room: "cellar" }, 12);

/** Families of ten series each. */
function large(families: number): string {
  let text = "";
  for (let f = 0; f < families; f++) {
    const name = `${f % 3 === 0 ? "noise" : "data"}_${f}_ratio`;
    text += `# HELP ${name} Family ${f}.\n# TYPE ${name} gauge\n`;
    for (let s = 0; s < 10; s++) text += `${name}{series="${s}",pod="pod-${f}-${s}"} ${f + s}\n`;
  }
  return text;
}
const big = large(3000);

const OPEN_METRICS = `# TYPE jobs counter
# HELP jobs Jobs "done".
jobs_total{queue="mail"} 5 # {trace_id="abc"} 1 1700000000
jobs_created{queue="mail"} 1.7e9
# TYPE secret_seconds histogram
# UNIT secret_seconds seconds
secret_seconds_bucket{le="1.0"} 1
secret_seconds_bucket{le="+Inf"} 2
secret_seconds_sum 3
secret_seconds_count 2
secret_seconds_created 1.7e9
# TYPE build info
build_info{version="1.2"} 1
# TYPE state stateset
state{state="on"} 1
state{state="off"} 0
# EOF
`;
const TYPES: Readonly<Record<string, string>> = {
  "/open": "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

const FIXED: Readonly<Record<string, string>> = { "/big": big, "/open": OPEN_METRICS };

async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const { url = "" } = request;
  const type = TYPES[url] ?? "text/plain; version=0.0.4; charset=utf-8";
  if (url === "/dying") {
    response.writeHead(200, { "content-type": type });
    response.write(big.slice(0, 500_000), () => response.destroy());
    return;
  }
  const text = FIXED[url] ?? (await register.metrics());
  const isGzip = /\bgzip\b/.test(String(request.headers["accept-encoding"]));
  const headers = { "content-type": type, ...(isGzip ? { "content-encoding": "gzip" } : {}) };
  response.writeHead(200, headers);
  response.end(isGzip ? gzipSync(text) : text);
}
const server = http.createServer((request, response) => void answer(request, response));
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") console.log(address.port);
});
