// Policies of the model, written as files have them: read again, they are the same.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { AUTHORING, decodePolicy, type Policy, writtenPolicy } from "../../../src/policy/index.ts";
import { arbitraryPolicy } from "../decode/arbitrary.ts";

const again = (policy: Policy): Policy =>
  decodePolicy(JSON.parse(JSON.stringify(writtenPolicy(policy))), AUTHORING);

test("every policy is read again as the same, in JSON as well", () => {
  fc.assert(
    fc.property(arbitraryPolicy, (policy) => {
      expect(again(policy)).toEqual(policy);
    }),
  );
});

const LOG = { match: [{ log_field: "body", contains: "x" }], keep: "none" };
const TREES: readonly (readonly [what: string, tree: Readonly<Record<string, unknown>>])[] = [
  ["groups", { log: { match_group: [{ match: LOG.match }, { match: LOG.match }], keep: "all" } }],
  ["a key", { log: { ...LOG, keep: "100/5m", sample_key: { log_attribute: ["a", "b"] } } }],
  [
    "a range",
    { log: { ...LOG, match: [{ log_severity_number: { min: 1, max: 9 } }], keep: "25.5%" } },
  ],
  [
    "enums",
    {
      trace: {
        match: [{ span_kind: "server" }, { span_status: "error", negate: true }],
        keep: {
          percentage: 10,
          mode: "proportional",
          sampling_precision: 5,
          hash_seed: 7,
          fail_closed: false,
        },
      },
    },
  ],
  [
    "texts that are conditions",
    {
      trace: {
        match: [{ event_name: "e" }, { link_trace_id: "0af7651916cd43dd8448eb211c80319c" }],
        keep: {
          percentage: 1,
          mode: "hash_seed",
          sampling_precision: 4,
          hash_seed: 0,
          fail_closed: true,
        },
      },
    },
  ],
  ["metrics", { metric: { match: [{ metric_type: "gauge" }], keep: false } }],
  [
    "OpenTelemetry's dialect",
    {
      log_filter: {
        matches: [
          { target: { record_field: "severity_number" }, predicate: { lt: 9 } },
          { target: { scope_field: "name" }, predicate: { exists: {} }, negate: true },
        ],
        action: "ACTION_DROP",
      },
    },
  ],
];

test.each(TREES)("%s are written as people write them", (_, tree) => {
  const policy = { id: "p", name: "P", ...tree };
  expect(writtenPolicy(decodePolicy(policy, AUTHORING))).toEqual(policy);
});
