// One OTLP request. Groups records by service into resource entries and stops before the size that
// is asked for; a pad attribute on the last record (JSON only) makes the size exact.

import { logRecord } from "./log-record.ts";
import { logJson, logPb } from "./otlp-logs.ts";
import { metricJson, metricPb, metricRecord } from "./otlp-metrics.ts";
import { attrsJson, Pb, pbResource, pbScope, resourceAttrs } from "./otlp-parts.ts";
import { spanJson, spanPb, spanRecord } from "./otlp-traces.ts";
import { type Random, randomOf } from "./random.ts";

/** How records of a signal are made, and written. */
interface Spec<X extends { readonly service: string; readonly noisy: boolean }> {
  readonly root: string;
  readonly scopes: string;
  readonly items: string;
  readonly make: (r: Random, i: number, matchRate: number) => X;
  readonly json: (x: X, pad?: string) => string;
  readonly pb: (x: X) => Buffer;
}

export interface OtlpOptions {
  readonly seed: number;
  readonly size: number;
  readonly matchRate: number;
  readonly encoding: "json" | "protobuf";
}

export interface Made {
  readonly body: Buffer;
  readonly records: number;
  readonly matching: number;
}

interface Group<X> {
  /** What is before and behind the records; in protobuf the resource and the scope. */
  readonly around: readonly [string | Buffer, string | Buffer];
  readonly list: (string | Buffer)[];
  last: X;
}

/** A record smaller than this has a resource that leaves room for it. */
const SLIM_BYTES = 4096;

export function otlpLogs(options: OtlpOptions): Made {
  const names = { root: "resourceLogs", scopes: "scopeLogs", items: "logRecords" };
  return otlp({ ...names, make: logRecord, json: logJson, pb: logPb }, options);
}

export function otlpMetrics(options: OtlpOptions): Made {
  const names = { root: "resourceMetrics", scopes: "scopeMetrics", items: "metrics" };
  return otlp({ ...names, make: metricRecord, json: metricJson, pb: metricPb }, options);
}

export function otlpTraces(options: OtlpOptions): Made {
  const names = { root: "resourceSpans", scopes: "scopeSpans", items: "spans" };
  return otlp({ ...names, make: spanRecord, json: spanJson, pb: spanPb }, options);
}

function otlp<X extends { readonly service: string; readonly noisy: boolean }>(
  spec: Spec<X>,
  { seed, size, matchRate, encoding }: OtlpOptions,
): Made {
  const r = randomOf(seed);
  const isJson = encoding === "json";
  const groups = new Map<string, Group<X>>();
  let last: Group<X> | undefined;
  let total = isJson ? `{"${spec.root}":[]}`.length : 0;
  let [records, matching] = [0, 0];
  while (total < size) {
    const x = spec.make(r, records, matchRate);
    const encoded = isJson ? spec.json(x) : spec.pb(x);
    let group = groups.get(x.service);
    let cost = encoded.length + (isJson ? 1 : 4);
    const around = group?.around ?? envelope(spec, x.service, isJson, size < SLIM_BYTES);
    if (group === undefined) cost += around[0].length + around[1].length + (isJson ? 0 : 16);
    if (total + cost > size && records > 0) break;
    if (group === undefined) groups.set(x.service, (group = { around, list: [], last: x }));
    group.list.push(encoded);
    group.last = x;
    total += cost;
    records++;
    if (x.noisy) matching++;
    last = group;
  }
  const render = (): Buffer => (isJson ? renderJson(spec.root, groups) : renderPb(groups));
  const body = render();
  const gap = size - body.length;
  if (!isJson || last === undefined || gap <= 0) return { body, records, matching };
  const at = last.list.length - 1;
  const grown = spec.json(last.last, "").length - (last.list[at] ?? "").length;
  const padded = { records, matching };
  if (gap < grown) return { body: Buffer.concat([body, Buffer.alloc(gap, 0x20)]), ...padded };
  last.list[at] = spec.json(last.last, "x".repeat(gap - grown));
  return { body: render(), ...padded };
}

function envelope<X extends { readonly service: string; readonly noisy: boolean }>(
  { scopes, items }: Spec<X>,
  service: string,
  isJson: boolean,
  isSlim: boolean,
): readonly [string | Buffer, string | Buffer] {
  if (!isJson) return [pbResource(service, isSlim).done(), pbScope(`bench.${service}`).done()];
  const resource = attrsJson(resourceAttrs(service, isSlim));
  return [
    `{"resource":{"attributes":[${resource}]},"${scopes}":[{"scope":{"name":"bench.${service}","version":"1.0.0"},"${items}":[`,
    "]}]}",
  ];
}

function renderJson<X>(root: string, groups: ReadonlyMap<string, Group<X>>): Buffer {
  const all = [...groups.values()].map(
    ({ around: [before, behind], list }) => `${String(before)}${list.join(",")}${String(behind)}`,
  );
  return Buffer.from(`{"${root}":[${all.join(",")}]}`);
}

function renderPb<X>(groups: ReadonlyMap<string, Group<X>>): Buffer {
  const root = new Pb();
  for (const { around, list } of groups.values()) {
    // In protobuf all of them are bytes.
    const [resource, scopeOnly] = around as readonly [Buffer, Buffer];
    const scope = new Pb().bytes(1, scopeOnly);
    for (const item of list as Buffer[]) scope.bytes(2, item);
    root.msg(1, new Pb().bytes(1, resource).msg(2, scope));
  }
  return root.done();
}
