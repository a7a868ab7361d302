// Filters of ids: what was added is found, what was not hardly ever is, what is old is given up.

import { expect, test } from "bun:test";
import { IdHash, salted } from "../../../src/admin/find/id-hash.ts";
import { RotatingFilter } from "../../../src/admin/find/rotating-filter.ts";
import { isTraceId, TraceIds } from "../../../src/admin/find/trace-ids.ts";
import { FIND_FILTERS } from "../../../src/core/limits.ts";
import { encodeUtf8 } from "../../../src/core/utf8.ts";

function hashOf(text: string): readonly [number, number] {
  const hash = new IdHash();
  const bytes = encodeUtf8(text);
  hash.text(bytes, 0, bytes.length);
  return [salted(hash.a, 0), salted(hash.b, 0)];
}

const idOf = (number: number): string => number.toString(16).padStart(32, "0");

test("every id that was added is found, and one in a thousand of others at most twice", () => {
  const filter = new RotatingFilter();
  const count = 300_000;
  for (let i = 0; i < count; i++) filter.add(...hashOf(idOf(i)), 5);
  let [found, mistaken] = [0, 0];
  for (let i = 0; i < count; i++) {
    if (filter.find(...hashOf(idOf(i))) !== undefined) found++;
    if (filter.find(...hashOf(idOf(i + count))) !== undefined) mistaken++;
  }
  expect([found, mistaken < count / 500]).toEqual([count, true]);
});

test("an id is the same in every case and as bytes", () => {
  const id = "00ff10203040506070809000a0b0c0d0";
  const hash = new IdHash();
  const bytes = Uint8Array.fromHex(id);
  hash.binary(bytes, 0, bytes.length);
  const want = [salted(hash.a, 0), salted(hash.b, 0)];
  expect([hashOf(id), hashOf(id.toUpperCase())]).toMatchObject([want, want]);
  expect(hashOf(id.replace("d0", "d1"))).not.toMatchObject(want);
});

test("filters rotate by their number of ids and by time, and say since when they know", () => {
  for (const [name, filter, step] of [
    ["by number", new RotatingFilter(1e9, 10), 1],
    ["by time", new RotatingFilter(10, 1e9), 1],
  ] as const) {
    let nowMs = 100;
    for (let i = 0; i < 10 * FIND_FILTERS; i++) filter.add(...hashOf(idOf(i)), (nowMs += step));
    expect([name, filter.isRotated, filter.sinceMs]).toEqual([name, false, 101]);
    filter.add(...hashOf(idOf(1000)), (nowMs += step));
    expect([name, filter.isRotated, filter.sinceMs]).toEqual([name, true, 111]);
    expect(filter.find(...hashOf(idOf(0)))).toBeUndefined();
    expect(filter.find(...hashOf(idOf(10)))).toEqual({ fromMs: 111, toMs: 120 });
  }
});

const ID = "0af7651916cd43dd8448eb211c80319c";
const DECIMAL = "12345678901234567890";
const cases: readonly (readonly [encoding: string, record: string, ids: readonly string[]])[] = [
  ["otlp_json", `{"traceId":"${ID}","spanId":"00f067aa0ba902b7"}`, [ID]],
  ["otlp_json", `{"trace_id" : "${ID.toUpperCase()}"}`, [ID]],
  ["otlp_json", '{"traceId":""}', []],
  ["otlp_json", '{"traceId":', []],
  ["otlp_json", `{"body":{"stringValue":"${ID}"}}`, []],
  ["datadog_json", `{"message":"m","trace_id":"${ID}"}`, [ID]],
  ["datadog_json", `{"dd.trace_id":"${DECIMAL}","timestamp":1700000000000}`, [DECIMAL]],
  ["datadog_json", `{"message":"x${ID}"}`, []],
  ["loki_json", `["1700000000000000000","trace=${ID} done"]`, ["1700000000000000000", ID]],
  ["line", `trace_id=${ID}`, [ID]],
  ["line", `trace_id=${ID}0`, []],
];
for (const [encoding, record, ids] of cases) {
  test(`of ${encoding}, ${record} has ${ids.length} ids`, () => {
    const hash = new IdHash();
    const found: (readonly [number, number])[] = [];
    const bytes = encodeUtf8(`xx${record}xx`);
    const take = (): void => void found.push([salted(hash.a, 0), salted(hash.b, 0)]);
    new TraceIds(hash).each("log", encoding, bytes, 2, bytes.length - 2, take);
    expect(found).toEqual(ids.map(hashOf));
  });
}

test("ids of OTLP in protobuf are those of its field", () => {
  const id = Uint8Array.fromHex(ID);
  const log = Uint8Array.of(0x5d, 1, 2, 3, 4, 0x4a, 16, ...id);
  const span = Uint8Array.of(0x0a, 16, ...id, 0x12, 2, 1, 2);
  for (const [signal, bytes] of [
    ["log", log],
    ["trace", span],
  ] as const) {
    const hash = new IdHash();
    const found: (readonly [number, number])[] = [];
    const take = (): void => void found.push([salted(hash.a, 0), salted(hash.b, 0)]);
    new TraceIds(hash).each(signal, "otlp_protobuf", bytes, 0, bytes.length, take);
    expect(found).toEqual([hashOf(ID)]);
  }
});

test("ids are of known lengths", () => {
  for (const text of [ID, ID.slice(16), DECIMAL, DECIMAL.slice(3)])
    expect(isTraceId(text)).toBe(true);
  for (const text of ["", "abc", `${ID}0`, ID.slice(1), "x".repeat(32)]) {
    expect(isTraceId(text)).toBe(false);
  }
});
