// OTLP logs through sets of policies as people write them, in both encodings, with the same result.

import { expect } from "bun:test";
import {
  filterInput,
  load,
  startEngine,
  type Stats,
  statsOf,
} from "../../../src/cli/suite/judging.ts";
import { decodeUtf8, encodeUtf8 } from "../../../src/core/utf8.ts";
import { AUTHORING, decodePolicySet, type Policy } from "../../../src/policy/index.ts";
import { canonical, throughProtobuf } from "../../conformance/otel-dialect.ts";

export type Any = Readonly<Record<string, unknown>>;
export const str = (stringValue: string): Any => ({ stringValue });
export const int = (value: number | string): Any => ({ intValue: String(value) });
export const list = (...values: Any[]): Any => ({ arrayValue: { values } });
export const map = (values: Readonly<Record<string, Any>>): Any => ({
  kvlistValue: { values: attributes(values) },
});
export const attributes = (values: Readonly<Record<string, Any>>): readonly object[] =>
  Object.entries(values).map(([key, value]) => ({ key, value }));

/** One request of these records. */
export const logs = (...logRecords: readonly object[]): object => ({
  resourceLogs: [{ scopeLogs: [{ logRecords }] }],
});

export function decoded(policies: readonly object[]): readonly Policy[] {
  const set = decodePolicySet({ policies }, AUTHORING);
  expect(set.policies.flatMap(({ errors }) => errors)).toEqual([]);
  return set.policies;
}

/** Hits, and misses, by id, of policies that have any. */
type Counts = Readonly<Record<string, readonly [hits: number, misses: number]>>;

/** What leaves of a request, and what was counted; protobuf is held to give the same. */
export function judged(
  policies: readonly object[],
  request: object,
): { readonly left: object; readonly counts: Counts } {
  const set = decoded(policies);
  const [json, protobuf] = [startEngine(), startEngine()];
  load(json, set);
  load(protobuf, set);
  const output = filterInput(json, "log", encodeUtf8(JSON.stringify(request)));
  const left = JSON.parse(decodeUtf8(output)) as object;
  expect(throughProtobuf(protobuf, "log", request)).toEqual(canonical("log", left));
  const counts = statsOf(json.totals());
  expect(statsOf(protobuf.totals())).toEqual(counts);
  return { left, counts: byId(counts) };
}

/** What leaves of one record; undefined: it is dropped. */
export function recordBy(policies: readonly object[], record: object): object | undefined {
  const { left } = judged(policies, logs(record));
  // A request of one record.
  const request = left as { resourceLogs?: { scopeLogs: { logRecords: object[] }[] }[] };
  return request.resourceLogs?.[0]?.scopeLogs[0]?.logRecords[0];
}

function byId({ policies }: Stats): Counts {
  return Object.fromEntries(
    policies.map(({ policy_id: id, hits, misses = 0 }) => [id, [hits, misses]]),
  );
}
