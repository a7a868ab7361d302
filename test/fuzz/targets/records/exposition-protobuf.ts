// Prometheus expositions in protobuf: what is left does not depend on where chunks end, and is read
// by another reader if the whole was.

import { ProtobufFilter } from "../../../../src/protocols/prometheus/format/index.ts";
import type { Evaluation } from "../../../../src/policy/record-port.ts";
import {
  encodeFamilies,
  type MetricFamily,
  Type,
} from "../../../protocols/prometheus/format/protobuf/families.ts";
import { expositionEngine, filteredInChunks } from "../../expositions.ts";
import { expectSame, type FuzzTarget } from "../../fuzz-target.ts";

const create = (evaluation: Evaluation, write: (bytes: Uint8Array) => void) =>
  new ProtobufFilter({
    evaluation,
    sink: { write: (from, start, end) => write(from.slice(start, end)) },
  });
const gauge: MetricFamily = {
  name: "a",
  type: Type.gauge,
  help: "Help",
  metrics: [
    { labels: [["x", "1"]], value: 1 },
    { labels: [["x", "drop"]], value: 2, timestampMs: 5 },
  ],
};
const histogram: MetricFamily = {
  name: "h",
  type: Type.histogram,
  unit: "s",
  metrics: [{ labels: [], count: 3, sum: 4, buckets: [[1, 2]] }],
};

export const target: FuzzTarget = {
  seeds: [
    encodeFamilies([gauge]),
    encodeFamilies([gauge, histogram]),
    encodeFamilies([{ ...gauge, name: "drop" }, histogram]),
  ],
  check(input) {
    const whole = filteredInChunks(create, expositionEngine, input, [input.length]);
    const sizes = [(input[0] ?? 0) % 7, (input[1] ?? 0) % 5, 1];
    expectSame("in chunks", filteredInChunks(create, expositionEngine, input, sizes), whole);
    if (whole.fault !== undefined) return;
    const again = filteredInChunks(create, expositionEngine, whole.bytes, [whole.bytes.length]);
    expectSame("what is left, filtered again", again.bytes, whole.bytes);
  },
};
