// Metrics of OTLP, before any encoding, and each in JSON and in protobuf.

import { type Attributes, BASE_MS, METHODS, REGIONS, ROUTES, SERVICES } from "./log-record.ts";
import { attrsJson, nanos, Pb, pbAttrs, quoted, textAttribute } from "./otlp-parts.ts";
import type { Random } from "./random.ts";

export interface MetricRecord {
  readonly i: number;
  readonly noisy: boolean;
  name: string;
  type: MetricType;
  readonly unit: string;
  readonly description: string;
  readonly service: string;
  readonly ms: number;
  readonly points: number;
  readonly attrs: Attributes;
  readonly values: number[];
}
type MetricType = "histogram" | "gauge" | "sum" | "exponentialHistogram" | "summary";

const CLEAN_METRIC: readonly (readonly [string, MetricType, string, string])[] = [
  ["http.server.request.duration", "histogram", "ms", "Duration of HTTP server requests"],
  ["http.server.active_requests", "gauge", "1", "Requests in flight"],
  ["http.server.request.count", "sum", "1", "Requests served"],
  ["db.client.operation.duration", "histogram", "ms", "Duration of database calls"],
  ["process.cpu.time", "sum", "s", "CPU time by state"],
  ["process.memory.usage", "gauge", "By", "Resident memory"],
  ["queue.depth", "gauge", "1", "Messages waiting"],
  ["rpc.client.duration", "exponentialHistogram", "ms", "Duration of RPC calls"],
  ["payment.transaction.amount", "summary", "EUR", "Amounts paid"],
  ["messaging.publish.count", "sum", "1", "Messages published"],
];
// Kind k is matched by live metric policy k and by no other.
const METRIC_NOISE: readonly ((r: Random, x: MetricRecord) => void)[] = [
  (_, x) => {
    x.name = "runtime.gc.heap.allocs";
    x.type = "gauge";
  },
  (r, x) => {
    x.name = `debug.${r.pick(["parser", "router", "codec"])}.state`;
    x.type = "gauge";
  },
  (r, x) => {
    x.name = `jvm.${r.pick(["buffer", "memory"])}.pool.${r.pick(["used", "limit", "count"])}`;
    x.type = "gauge";
  },
  (r, x) => {
    x.name = `feature.${r.pick(["search", "cart"])}.unused`;
    x.type = "gauge";
  },
  (r, x) => {
    x.name = `cart.experimental.${r.pick(["latency", "ratio"])}`;
    x.type = "gauge";
  },
  (r, x) => {
    x.attrs["pod_uid"] = r.hex(8);
  },
  (_, x) => {
    x.attrs["outcome"] = "canceled";
  },
  (r, x) => {
    x.attrs["endpoint"] = `/${r.pick(["healthz", "readyz", "livez"])}`;
  },
  (r, x) => {
    x.name = `test.${r.pick(["unit", "load"])}.seconds`;
    x.type = "gauge";
    x.attrs["env"] = "ci";
  },
  (r, x) => {
    x.name = r.pick(["Legacy.Temp.Gauge", "legacy.temp.gauge", "LEGACY.TEMP.GAUGE"]);
    x.type = "gauge";
  },
];
export function metricRecord(r: Random, i: number, matchRate: number): MetricRecord {
  const [name, type, unit, description] = r.pick(CLEAN_METRIC);
  const x: MetricRecord = {
    i,
    noisy: r.float() < matchRate,
    name,
    type,
    unit,
    description,
    service: r.pick(SERVICES),
    ms: BASE_MS + i * 11,
    points: 1 + r.int(4),
    attrs: {
      endpoint: r.pick(ROUTES),
      method: r.pick(METHODS),
      outcome: r.pick(["success", "success", "error"]),
      region: r.pick(REGIONS),
    },
    values: [],
  };
  for (let k = 0; k < 4; k++) x.values.push(r.int(100000) / 10);
  if (x.noisy) r.pick(METRIC_NOISE)(r, x);
  return x;
}
const BOUNDS = [5, 10, 25, 50, 100, 250, 500, 1000];
const bucketCounts = (v: number): number[] =>
  BOUNDS.concat(0).map((_, k) => (Math.floor(v) * (k + 3)) % 97);
const sumOf = (l: readonly number[]): number => l.reduce((a, b) => a + b, 0);
// Noise of the attribute kinds sits on every data point, so it counts once for the metric.
function pointAttrs(x: MetricRecord, k: number): Attributes {
  return { ...x.attrs, instance: `i-${k}` };
}
export function metricJson(x: MetricRecord, pad?: string): string {
  const pts: string[] = [];
  for (let k = 0; k < x.points; k++) {
    const v = x.values[k] ?? 0;
    const a = pointAttrs(x, k);
    const attrs =
      attrsJson(a) + (pad !== undefined && k === 0 ? `,${textAttribute("pad", pad)}` : "");
    const t = `"attributes":[${attrs}],"startTimeUnixNano":"${nanos(BASE_MS)}","timeUnixNano":"${nanos(x.ms)}"`;
    if (x.type === "gauge" || x.type === "sum") pts.push(`{${t},"asDouble":${v}}`);
    else if (x.type === "histogram") {
      const c = bucketCounts(v);
      pts.push(
        `{${t},"count":"${sumOf(c)}","sum":${v},"bucketCounts":[${c.map((n) => `"${n}"`).join(",")}],"explicitBounds":[${BOUNDS.join(",")}]}`,
      );
    } else if (x.type === "exponentialHistogram") {
      const c = bucketCounts(v);
      pts.push(
        `{${t},"count":"${sumOf(c) + 2}","sum":${v},"scale":2,"zeroCount":"2","positive":{"offset":3,"bucketCounts":[${c.map((n) => `"${n}"`).join(",")}]},"negative":{"offset":0,"bucketCounts":[]}}`,
      );
    } else {
      pts.push(
        `{${t},"count":"${Math.floor(v)}","sum":${v * 3},"quantileValues":[{"quantile":0.5,"value":${v}},{"quantile":0.99,"value":${v * 2}}]}`,
      );
    }
  }
  const extra =
    x.type === "sum"
      ? ',"aggregationTemporality":2,"isMonotonic":true'
      : x.type === "histogram" || x.type === "exponentialHistogram"
        ? ',"aggregationTemporality":2'
        : "";
  return `{"name":${quoted(x.name)},"description":${quoted(x.description)},"unit":${quoted(x.unit)},"${x.type}":{"dataPoints":[${pts.join(",")}]${extra}}}`;
}
export function metricPb(x: MetricRecord): Buffer {
  const m = new Pb().str(1, x.name).str(2, x.description).str(3, x.unit);
  const data = new Pb();
  for (let k = 0; k < x.points; k++) {
    const v = x.values[k] ?? 0;
    const a = pointAttrs(x, k);
    const c = bucketCounts(v);
    const p = new Pb();
    if (x.type === "gauge" || x.type === "sum")
      pbAttrs(p.fixed64(2, nanos(BASE_MS)).fixed64(3, nanos(x.ms)).double(4, v), 7, a);
    else if (x.type === "histogram")
      pbAttrs(
        p
          .fixed64(2, nanos(BASE_MS))
          .fixed64(3, nanos(x.ms))
          .fixed64(4, sumOf(c))
          .double(5, v)
          .packedF64(6, c)
          .packedD(7, BOUNDS),
        9,
        a,
      );
    else if (x.type === "exponentialHistogram") {
      const pos = new Pb().u(1, 6);
      const packed = new Pb();
      for (const n of c) packed.varint(n);
      pos.bytes(2, packed.done());
      pbAttrs(p, 1, a)
        .fixed64(2, nanos(BASE_MS))
        .fixed64(3, nanos(x.ms))
        .fixed64(4, sumOf(c) + 2)
        .double(5, v)
        .u(6, 4)
        .fixed64(7, 2)
        .msg(8, pos);
    } else {
      p.fixed64(2, nanos(BASE_MS))
        .fixed64(3, nanos(x.ms))
        .fixed64(4, Math.floor(v))
        .double(5, v * 3)
        .msg(6, new Pb().double(1, 0.5).double(2, v))
        .msg(6, new Pb().double(1, 0.99).double(2, v * 2));
      pbAttrs(p, 7, a);
    }
    data.msg(1, p);
  }
  if (x.type === "sum") data.u(2, 2).u(3, 1);
  else if (x.type === "histogram" || x.type === "exponentialHistogram") data.u(2, 2);
  return m
    .msg({ gauge: 5, sum: 7, histogram: 9, exponentialHistogram: 10, summary: 11 }[x.type], data)
    .done();
}
