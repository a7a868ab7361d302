// Records of logs, before any encoding, and the ten ways in which one is noise: kind k is matched
// by live policy k (live-policies.ts) and by no other.

import type { Random } from "./random.ts";

export interface LogRecord {
  readonly i: number;
  readonly noisy: boolean;
  service: string;
  severity: string;
  body: string;
  readonly ms: number;
  readonly trace: string;
  readonly span: string;
  readonly host: string;
  readonly attrs: Attributes;
}

export type Attributes = Record<string, string | number>;

export const SERVICES = [
  "api-gateway",
  "auth-service",
  "order-service",
  "payment-service",
  "cart-service",
  "inventory-service",
  "notification-service",
  "search-service",
];
export const REGIONS = ["us-east-1", "us-west-2", "eu-west-1", "ap-south-1"];
export const METHODS = ["GET", "GET", "GET", "POST", "PUT", "DELETE"];
export const ROUTES = [
  "/api/v1/orders",
  "/api/v1/users/{id}",
  "/api/v2/cart",
  "/api/v1/search",
  "/api/v1/payments",
];
export const SEVERITY: Readonly<Record<string, number>> = {
  DEBUG: 5,
  INFO: 9,
  WARN: 13,
  ERROR: 17,
  FATAL: 21,
};
export const BASE_MS = Date.UTC(2026, 0, 15, 10, 0, 0);

// Bodies that no policy matches.
const CLEAN_BODY: readonly ((r: Random) => string)[] = [
  (r) =>
    `HTTP request completed method=${r.pick(METHODS)} path=${r.pick(ROUTES)} status=${r.pick([200, 200, 200, 201, 204, 404])} duration_ms=${r.int(900)} bytes=${r.int(90000)}`,
  (r) =>
    `User authentication completed with MFA for user-${r.int(100000)} from 10.${r.int(256)}.${r.int(256)}.${r.int(256)}`,
  (r) =>
    `Payment processing finished for order #${r.int(1000000)} amount=${r.int(90000) / 100} currency=EUR gateway=stripe`,
  (r) =>
    `Database query executed in ${r.int(400)}ms rows=${r.int(5000)} statement=SELECT id, status, total FROM orders WHERE customer_id = ? AND created_at > ?`,
  (r) =>
    `Retrying upstream call attempt=${1 + r.int(5)} backoff_ms=${r.int(3000)} cause="connection reset by peer" peer=${r.pick(SERVICES)}`,
  (r) =>
    `Inventory reservation ${r.hex(8)} created sku=SKU-${r.int(99999)} quantity=${1 + r.int(12)} warehouse=${r.pick(REGIONS)}`,
  (r) =>
    `Message published topic=orders.${r.pick(["created", "paid", "shipped"])} partition=${r.int(32)} offset=${r.u32()} key=${r.hex(12)}`,
  (r) =>
    `Session ${r.hex(16)} refreshed, expires in ${r.int(3600)}s, scopes=[read:orders write:cart] tenant=acme-${r.int(500)}`,
];

const LOG_NOISE: readonly ((r: Random, x: LogRecord) => void)[] = [
  (_, x) => {
    x.service = "checkout-worker";
    x.severity = "DEBUG";
  },
  (r, x) => {
    x.body = `Probe endpoint /healthz answered in ${r.int(9)}ms for kubelet ${r.hex(6)}`;
  },
  (r, x) => {
    x.body = `Cache hit for key user:${r.int(100000)}:profile ttl=${r.int(7200)}`;
  },
  (r, x) => {
    x.body = `GET /${r.pick(["ready", "readyz", "live", "livez"])} HTTP/1.1" 200 ${r.int(30)}ms`;
  },
  (r, x) => {
    x.attrs["debug_session"] = r.hex(8);
  },
  (_, x) => {
    x.attrs["http_route"] = "/metrics";
  },
  (r, x) => {
    x.body = `worker ${r.int(64)} lease ${r.hex(6)} heartbeat ok`;
  },
  (r, x) => {
    x.service = "batch-archiver";
    x.severity = r.pick(["INFO", "WARN"]);
  },
  (r, x) => {
    x.body = `${r.pick(["Verbose Trace", "VERBOSE TRACE", "verbose trace"])}: entering step ${r.int(40)} of pipeline ${r.hex(8)}`;
  },
  (r, x) => {
    x.attrs["url_path"] = `/internal/${r.pick(["debug", "trace"])}/${r.hex(8)}`;
  },
];

export function logRecord(r: Random, i: number, matchRate: number): LogRecord {
  const noisy = r.float() < matchRate;
  const method = r.pick(METHODS);
  const x: LogRecord = {
    i,
    noisy,
    service: r.pick(SERVICES),
    severity: r.pick(["INFO", "INFO", "INFO", "INFO", "INFO", "WARN", "WARN", "ERROR", "DEBUG"]),
    body: r.pick(CLEAN_BODY)(r),
    ms: BASE_MS + i * 7,
    trace: r.hex(32),
    span: r.hex(16),
    host: `node-${r.int(40)}`,
    attrs: {
      http_method: method,
      http_route: r.pick(ROUTES),
      http_status: r.pick([200, 200, 201, 404, 500]),
      duration_ms: r.int(1500),
      user_id: `user-${r.int(100000)}`,
      request_id: `req-${r.hex(12)}`,
    },
  };
  if (noisy) r.pick(LOG_NOISE)(r, x);
  return x;
}
