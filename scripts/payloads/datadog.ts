// A request of Datadog logs: an array of objects, of the shapes that senders have.

import { type LogRecord, logRecord } from "./log-record.ts";
import type { Made } from "./otlp.ts";
import { randomOf } from "./random.ts";

const SHAPES = ["plain", "extras", "nested", "wrapped"] as const;
type Shape = (typeof SHAPES)[number];
export type DatadogShape = Shape | "mixed";

export interface DatadogOptions {
  readonly seed: number;
  readonly size: number;
  readonly matchRate: number;
  readonly shape: DatadogShape;
}

function datadogRecord(x: LogRecord, shape: Shape, pad?: string): string {
  const a = x.attrs;
  const noise: Record<string, unknown> = {};
  for (const k of ["debug_session", "url_path"]) if (a[k] !== undefined) noise[k] = a[k];
  if (a["http_route"] === "/metrics") noise["http_route"] = a["http_route"];
  const rec: Record<string, unknown> = {
    message: x.body,
    status: x.severity.toLowerCase(),
    service: x.service,
    hostname: `${x.host}.us-east-1.prod.example.com`,
    ddsource: "nodejs",
    ddtags: `env:prod,version:1.4.2,team:shop,node:${x.host}`,
    timestamp: x.ms,
    ...noise,
  };
  if (shape !== "plain")
    Object.assign(rec, {
      trace_id: x.trace,
      span_id: x.span,
      ...a,
      success: Number(a["http_status"]) < 400,
    });
  if (shape === "nested") {
    rec["http"] = {
      method: a["http_method"],
      status_code: a["http_status"],
      url: `/api/v1/orders/${x.i}`,
      useragent: "Mozilla/5.0 (compatible; svc/1.2)",
    };
    rec["error"] = { kind: "", stack: "" };
    rec["tags"] = ["region:us-east-1", "tier:web", `shard:${x.i % 16}`];
  }
  if (shape === "wrapped") {
    rec["message"] = JSON.stringify({
      data: {
        jsonPayload: {
          event_type: "RequestCompleted",
          account_name: `account-${x.i % 100}`,
          message: x.body,
          modules: ["auth", "mfa"],
        },
      },
      severity: x.severity,
    });
    rec["ddsource"] = "gcp";
  }
  if (pad !== undefined) rec["pad"] = pad;
  return JSON.stringify(rec);
}
export function datadogLogs({ seed, size, matchRate, shape }: DatadogOptions): Made {
  const r = randomOf(seed);
  const list: string[] = [];
  let [total, records, matching] = [2, 0, 0];
  let last: { readonly x: LogRecord; readonly s: Shape } | undefined;
  for (;;) {
    const x = logRecord(r, records, matchRate);
    const s = shape === "mixed" ? (SHAPES[r.int(3)] ?? "plain") : shape;
    const enc = datadogRecord(x, s);
    if (total + enc.length + 1 > size && records > 0) break;
    list.push(enc);
    total += enc.length + (records ? 1 : 0);
    records++;
    matching += x.noisy ? 1 : 0;
    last = { x, s };
    if (total >= size) break;
  }
  let gap = size - total;
  if (gap > 0 && last !== undefined) {
    const grow = datadogRecord(last.x, last.s, "").length - (list[records - 1] ?? "").length;
    if (gap >= grow) {
      list[records - 1] = datadogRecord(last.x, last.s, "x".repeat(gap - grow));
      gap = 0;
    }
  }
  return {
    body: Buffer.from(`[${list.join(",")}]${" ".repeat(Math.max(0, gap))}`, "utf8"),
    records,
    matching,
  };
}
