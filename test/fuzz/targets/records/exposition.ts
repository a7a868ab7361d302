// Prometheus expositions as text: what is left does not depend on where chunks end, and what
// policies do not touch stays byte for byte.

import { PolicyStreamingFilter } from "../../../../src/protocols/prometheus/format/index.ts";
import type { Evaluation } from "../../../../src/policy/record-port.ts";
import { expositionEngine, filteredInChunks } from "../../expositions.ts";
import { expectSame, type FuzzTarget } from "../../fuzz-target.ts";

const create = (evaluation: Evaluation, write: (bytes: Uint8Array) => void) =>
  new PolicyStreamingFilter({
    evaluation,
    sink: { write: (from, start, end) => write(from.slice(start, end)) },
  });

export const target: FuzzTarget = {
  seeds: [
    '# HELP a Help\n# TYPE a counter\na{x="1",y="2"} 1 2\na{x="drop"} 2\n# EOF\n',
    '# HELP h "q" \\n\n# TYPE h histogram\n# UNIT h s\nh_bucket{le="1"} 1 # {trace_id="a"} 1\nh_sum 2\nh_count 1\n',
    '{"q.name",x="a\\"b"} NaN\n\n# comment\ndrop 1\r\nup 1e5',
    '# TYPE drop gauge\ndrop 1\n# TYPE drop_total counter\ndrop_total{x="drop"} +Inf 1.5\n',
  ],
  check(input) {
    const whole = filteredInChunks(create, expositionEngine, input, [input.length]);
    const sizes = [(input[0] ?? 0) % 7, (input[1] ?? 0) % 5, 1];
    expectSame("in chunks", filteredInChunks(create, expositionEngine, input, sizes), whole);
    expectSame("no fault", String(whole.fault), "undefined");
    const left = whole.bytes;
    const again = filteredInChunks(create, expositionEngine, left, [left.length]);
    expectSame("what is left, filtered again", again.bytes, left);
  },
};
