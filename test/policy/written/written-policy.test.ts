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
          {
            target: { record_field: "LOG_RECORD_FIELD_SEVERITY_NUMBER" },
            predicate: { lt: 9 },
          },
          { target: { scope_field: "SCOPE_FIELD_NAME" }, predicate: { exists: {} }, negate: true },
          { target: { log_attribute: ["a"] }, predicate: { contains: true } },
        ],
        action: "ACTION_DROP",
      },
      labels: [{ key: "edge.mode", value: { string_value: "shadow" } }],
    },
  ],
  [
    "transforms of OpenTelemetry's dialect",
    {
      log_transform: {
        matches: [{ target: { resource_attribute: ["a", "0"] }, predicate: { equals: 1 } }],
        remove: [{ target: { record_field: "LOG_RECORD_FIELD_EVENT_NAME" } }],
        rename: [{ from: { scope_attribute: ["b"] }, to: "c" }],
      },
    },
  ],
  [
    "samplings of OpenTelemetry's dialect",
    {
      trace_sampling: {
        matches: [
          { target: { record_field: "SPAN_RECORD_FIELD_KIND" }, predicate: { equals: "SERVER" } },
        ],
        sampling: {
          percentage: 1,
          mode: "SAMPLING_MODE_EQUALIZING",
          sampling_precision: 4,
          hash_seed: 0,
          fail_closed: true,
        },
      },
    },
  ],
  [
    "metrics of OpenTelemetry's dialect",
    {
      metric_filter: {
        matches: [
          {
            target: { descriptor_field: "METRIC_DESCRIPTOR_FIELD_TYPE" },
            predicate: { equals: "SUM" },
          },
          { target: { datapoint_attribute: ["a"] }, predicate: { exists: {} } },
        ],
        action: "ACTION_KEEP",
      },
    },
  ],
];

test.each(TREES)("%s are written as people write them", (_, tree) => {
  const policy = { id: "p", name: "P", ...tree };
  expect(writtenPolicy(decodePolicy(policy, AUTHORING))).toEqual(policy);
});
