// Spans of OTLP, before any encoding, and each in JSON and in protobuf.

import { type Attributes, BASE_MS, METHODS, ROUTES, SERVICES } from "./log-record.ts";
import { attrsJson, hexBytes, nanos, Pb, pbAttrs, quoted, textAttribute } from "./otlp-parts.ts";
import type { Random } from "./random.ts";

export interface SpanRecord {
  readonly i: number;
  readonly noisy: boolean;
  name: string;
  kind: SpanKind;
  service: string;
  readonly ms: number;
  readonly dur: number;
  readonly trace: string;
  readonly span: string;
  readonly parent: string;
  readonly status: number;
  readonly event: boolean;
  readonly attrs: Attributes;
}
type SpanKind = keyof typeof SPAN_KIND;

const SPAN_KIND = { INTERNAL: 1, SERVER: 2, CLIENT: 3, PRODUCER: 4, CONSUMER: 5 };
const CLEAN_SPAN: readonly (readonly [string, SpanKind])[] = [
  ["GET /api/v1/orders", "SERVER"],
  ["POST /api/v1/payments", "SERVER"],
  ["SELECT orders", "CLIENT"],
  ["orders.created publish", "PRODUCER"],
  ["orders.created process", "CONSUMER"],
  ["render template", "INTERNAL"],
  ["inventory.Reserve", "CLIENT"],
  ["auth.Verify", "SERVER"],
];
const SPAN_NOISE: readonly ((r: Random, x: SpanRecord) => void)[] = [
  (_, x) => {
    x.name = "GET /healthz";
  },
  (r, x) => {
    x.name = `internal.debug.${r.pick(["dump", "sweep"])}`;
  },
  (r, x) => {
    x.name = `SELECT pg_${r.pick(["catalog", "stat"])}_${r.pick(["tables", "activity"])}`;
  },
  (_, x) => {
    x.attrs["http.route"] = "/metrics";
  },
  (r, x) => {
    x.attrs["debug_session"] = r.hex(8);
  },
  (_, x) => {
    x.service = "batch-archiver";
    x.kind = "INTERNAL";
  },
  (r, x) => {
    x.attrs["url.path"] = `/internal/${r.pick(["debug", "trace"])}/${r.hex(8)}`;
  },
  (r, x) => {
    x.name = `worker.${r.int(32)}.heartbeat`;
  },
  (r, x) => {
    x.name = `redis.${r.pick(["a", "b"])}.cache.get.${r.int(9)}`;
  },
  (_, x) => {
    x.service = "synthetic-canary";
  },
];
export function spanRecord(r: Random, i: number, matchRate: number): SpanRecord {
  const [name, kind] = r.pick(CLEAN_SPAN);
  const x: SpanRecord = {
    i,
    noisy: r.float() < matchRate,
    name,
    kind,
    service: r.pick(SERVICES),
    ms: BASE_MS + i * 3,
    dur: 1 + r.int(900),
    trace: r.hex(32),
    span: r.hex(16),
    parent: r.int(4) ? r.hex(16) : "",
    status: r.pick([0, 0, 0, 1, 2]),
    event: r.int(3) === 0,
    attrs: {
      "http.request.method": r.pick(METHODS),
      "http.route": r.pick(ROUTES),
      "http.response.status_code": r.pick([200, 200, 404, 500]),
      "server.address": `${r.pick(SERVICES)}.shop.svc`,
      "user_agent.original": "Mozilla/5.0 (X11; Linux x86_64)",
      "thread.id": r.int(64),
    },
  };
  if (x.noisy) r.pick(SPAN_NOISE)(r, x);
  return x;
}
export function spanJson(x: SpanRecord, pad?: string): string {
  const ev = x.event
    ? `,"events":[{"timeUnixNano":"${nanos(x.ms + 1)}","name":"exception","attributes":[${textAttribute("exception.type", "TimeoutError")},${textAttribute("exception.message", "upstream timed out")}]}]`
    : "";
  return `{"traceId":"${x.trace}","spanId":"${x.span}"${x.parent ? `,"parentSpanId":"${x.parent}"` : ""},"name":${quoted(x.name)},"kind":${SPAN_KIND[x.kind]},"startTimeUnixNano":"${nanos(x.ms)}","endTimeUnixNano":"${nanos(x.ms + x.dur)}","attributes":[${attrsJson(x.attrs)}${pad === undefined ? "" : `,${textAttribute("pad", pad)}`}]${ev},"status":{${x.status ? `"code":${x.status}` : ""}}}`;
}
export function spanPb(x: SpanRecord): Buffer {
  const p = new Pb().bytes(1, hexBytes(x.trace)).bytes(2, hexBytes(x.span));
  if (x.parent) p.bytes(4, hexBytes(x.parent));
  pbAttrs(
    p
      .str(5, x.name)
      .u(6, SPAN_KIND[x.kind])
      .fixed64(7, nanos(x.ms))
      .fixed64(8, nanos(x.ms + x.dur)),
    9,
    x.attrs,
  );
  if (x.event)
    p.msg(
      11,
      pbAttrs(new Pb().fixed64(1, nanos(x.ms + 1)).str(2, "exception"), 3, {
        "exception.type": "TimeoutError",
        "exception.message": "upstream timed out",
      }),
    );
  return p.msg(15, x.status ? new Pb().u(3, x.status) : new Pb()).done();
}
