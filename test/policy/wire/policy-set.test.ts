// OpenTelemetry's own policies in protobuf: alone in a PolicySet, and beside those of
// tero.policy.v1, which numbers its kinds alike.

import { describe, expect, test } from "bun:test";
import { create, fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { AUTHORING, decodePolicySet } from "../../../src/policy/decode/index.ts";
import type { Policy } from "../../../src/policy/model.ts";
import { PolicySetError, readPolicySetSteps } from "../../../src/policy/wire/index.ts";
import { isOtelPolicy, splitPolicies } from "../../../src/policy/wire/policy-messages.ts";
import { SyncResponseSchema } from "../../../src/proto/index.ts";
import { finish } from "../../support/steps.ts";
import { dropOf, policySetBytes } from "./policy-set.ts";
import { readSyncResponse } from "./read-response.ts";

const LEN = WireType.LengthDelimited;
const target = { recordField: "LOG_RECORD_FIELD_BODY" };
const exists = { target, predicate: { exists: {} } };
const service = {
  target: { resourceAttribute: { path: ["service.name"] } },
  predicate: { equals: { stringValue: "shop" } },
  negate: true,
};
/** One of each kind, in proto3 JSON; together they use every field of the messages but `bytes`. */
const SET: readonly object[] = [
  dropOf("filter", { name: "Filter", description: "d", enabled: false }),
  {
    id: "typed",
    labels: [{ key: "rollout", value: { stringValue: "x" } }],
    logFilter: {
      matches: [
        service,
        { target: { scopeField: "SCOPE_FIELD_VERSION" }, predicate: { exists: {} } },
        {
          target: { recordField: "LOG_RECORD_FIELD_SEVERITY_NUMBER" },
          predicate: { gte: { intValue: "9007199254740993" } },
        },
        {
          target: { logAttribute: { path: ["a", "b"] } },
          predicate: { lt: { doubleValue: 0.5 } },
        },
        {
          target: { scopeAttribute: { path: ["flag"] } },
          predicate: { equals: { boolValue: false } },
        },
        { target, predicate: { contains: { stringValue: "" } } },
      ],
      action: "ACTION_KEEP",
    },
  },
  {
    id: "transform",
    logTransform: {
      matches: [exists],
      remove: [{ target: { logAttribute: { path: ["a"] } } }],
      redact: [{ target, regex: "[0-9]+", replacement: "#" }, { target }],
      rename: [{ from: { resourceAttribute: { path: ["old"] } }, to: "new", upsert: true }],
      add: [{ target: { logAttribute: { path: ["n"] } }, value: { intValue: "5" } }],
    },
  },
  {
    id: "metrics",
    metricFilter: {
      matches: [
        {
          target: { descriptorField: "METRIC_DESCRIPTOR_FIELD_IS_MONOTONIC" },
          predicate: { equals: { boolValue: true } },
        },
        { target: { datapointAttribute: { path: ["code"] } }, predicate: { exists: {} } },
      ],
      action: "ACTION_DROP",
    },
  },
  {
    id: "spans",
    traceSampling: {
      matches: [
        { target: { recordField: "SPAN_RECORD_FIELD_KIND" }, predicate: { regex: "SERVER" } },
        { target: { eventAttribute: { path: ["e"] } }, predicate: { exists: {} } },
      ],
      sampling: {
        percentage: 12.5,
        mode: "SAMPLING_MODE_PROPORTIONAL",
        samplingPrecision: 6,
        hashSeed: 7,
        failClosed: false,
      },
    },
  },
];

const ofSet = (bytes: Uint8Array): readonly Policy[] => finish(readPolicySetSteps(bytes));
const errorsOf = (policies: readonly Policy[]) => policies.map(({ id, errors }) => [id, errors]);

describe("a PolicySet in protobuf", () => {
  test("is what the same policies are in a file", () => {
    const { policies } = decodePolicySet({ policies: SET }, AUTHORING);
    expect(ofSet(policySetBytes(...SET))).toEqual(policies as Policy[]);
  });

  test("needs no names, and is enabled unless it says otherwise", () => {
    const set = [dropOf("a"), dropOf("b", { enabled: false }), dropOf("c", { enabled: true })];
    const read = ofSet(policySetBytes(...set));
    expect(read.map(({ name, enabled, errors }) => [name, enabled, errors])).toEqual([
      ["a", true, []],
      ["b", false, []],
      ["c", true, []],
    ]);
  });

  test("may be empty; other bytes are none", () => {
    expect(ofSet(new Uint8Array(0))).toEqual([]);
    // Field 2, and a field 1 that is cut off.
    const failures = [[0x10, 0x01], [0x0a], [0x0a, 0x05, 0x0a]].map((bytes) => {
      try {
        return ofSet(new Uint8Array(bytes));
      } catch (error) {
        return error;
      }
    });
    expect(failures.map((error) => error instanceof PolicySetError)).toEqual([true, true, true]);
    expect(String(failures[0])).toBe("PolicySetError: holds no policies");
  });

  test("has inert policies where a newer draft says what is not known, and the others work", () => {
    const matcher = (part: (writer: BinaryWriter) => void): Uint8Array<ArrayBuffer> =>
      filterBytes("odd", (writer) => {
        writer.tag(1, LEN).fork();
        part(writer);
        writer.join();
      });
    const bodyTarget = (writer: BinaryWriter) => writer.tag(1, LEN).bytes(new Uint8Array([8, 1]));
    const bodyExists = (writer: BinaryWriter) => writer.tag(2, LEN).bytes(new Uint8Array([10, 0]));
    const cases: [string, Uint8Array<ArrayBuffer>, readonly string[]][] = [
      [
        "definition",
        policyBytes("odd", (writer) => writer.tag(14, LEN).bytes(new Uint8Array([8, 1]))),
        ["policy: no target; give one of log_filter, log_transform, metric_filter, trace_sampling"],
      ],
      [
        "predicate",
        matcher((writer) =>
          bodyTarget(writer)
            .tag(2, LEN)
            .bytes(new Uint8Array([0x4a, 0])),
        ),
        [
          "log_filter: matches[0]: predicate: no predicate; give one of exists, equals, regex, gt, gte, lt, lte, contains",
        ],
      ],
      [
        "target",
        matcher((writer) => bodyExists(writer.tag(1, LEN).bytes(new Uint8Array([0x3a, 0])))),
        [
          "log_filter: matches[0]: target: no field; give one of record_field, log_attribute, resource_attribute, scope_attribute, scope_field",
        ],
      ],
      [
        "number of a field",
        matcher((writer) => bodyExists(writer.tag(1, LEN).bytes(new Uint8Array([8, 99])))),
        [
          "log_filter: matches[0]: target: unknown record_field 99; use one of body, severity_text, severity_number, trace_id, span_id, event_name",
        ],
      ],
      [
        "field of number 0",
        matcher((writer) => bodyExists(writer.tag(1, LEN).bytes(new Uint8Array([8, 0])))),
        [
          "log_filter: matches[0]: target: record_field is unspecified; use one of body, severity_text, severity_number, trace_id, span_id, event_name",
        ],
      ],
      [
        "number of an action",
        filterBytes("odd", (writer) => bodyExists(bodyTarget(writer.tag(1, LEN).fork())).join(), 9),
        ["log_filter: unknown action 9; use one of keep, drop"],
      ],
    ];
    for (const [name, policy, errors] of cases) {
      const set = new Uint8Array([...framed(policy), ...policySetBytes(dropOf("good"))]);
      expect([name, errorsOf(ofSet(set))]).toEqual([
        name,
        [
          ["odd", errors],
          ["good", []],
        ],
      ]);
    }
  });

  test("cut off inside of a policy is refused", () => {
    const whole = policySetBytes(...SET);
    const full = ofSet(whole);
    const ends = splitPolicies(whole).policies.reduce(
      (list, { byteOffset, byteLength }) => [...list, byteOffset - whole.byteOffset + byteLength],
      [0],
    );
    for (let length = 0; length < whole.length; length++) {
      let read: readonly Policy[] | undefined;
      try {
        read = ofSet(whole.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(PolicySetError);
      }
      const at = ends.indexOf(length);
      expect([length, read]).toEqual([length, at < 0 ? undefined : full.slice(0, at)] as never);
    }
  });
});

describe("a sync response in protobuf", () => {
  const tero: readonly JsonValue[] = [
    {
      id: "log",
      name: "Log",
      enabled: true,
      log: { match: [{ logField: "LOG_FIELD_BODY", exact: "x" }], keep: "none" },
    },
    {
      id: "metric",
      name: "Metric",
      enabled: true,
      metric: { match: [{ datapointAttribute: { path: ["a"] }, exists: true }] },
    },
    {
      id: "trace",
      name: "Trace",
      enabled: true,
      trace: { match: [{ spanKind: "SPAN_KIND_SERVER" }], keep: { percentage: 5 } },
    },
  ];
  const sync = toBinary(
    SyncResponseSchema,
    fromJson(SyncResponseSchema, { policies: [...tero], hash: "h" }),
  );

  test("holds both dialects, and each policy is read in its own", () => {
    const mixed = new Uint8Array([...policySetBytes(...SET), ...sync]);
    const { policies, hash } = readSyncResponse(mixed, "application/x-protobuf", "json");
    const alone = readSyncResponse(sync, "application/x-protobuf", "json").policies;
    expect([hash, policies]).toEqual(["h", [...ofSet(policySetBytes(...SET)), ...alone]]);
    expect(alone.map(({ errors }) => errors)).toEqual([[], [], []]);
  });

  test("tells a dialect from the first field of any matcher, and from spans being sampled", () => {
    const told = (bytes: Uint8Array) => splitPolicies(bytes).policies.map(isOtelPolicy);
    expect(told(policySetBytes(...SET))).toEqual(SET.map(() => true));
    expect(told(sync)).toEqual(tero.map(() => false));
    const bare = [{ id: "a", traceSampling: {} }, { id: "b", logFilter: {} }, { id: "c" }];
    expect(told(policySetBytes(...bare))).toEqual([true, false, false]);
  });

  test("has a policy without matchers inert, by its id, whatever dialect it was meant in", () => {
    const bare = policySetBytes({ id: "b", name: "B", logFilter: { action: "ACTION_DROP" } });
    const { policies } = readSyncResponse(bare, "application/x-protobuf", "json");
    expect(policies.map(({ id, target }) => [id, target])).toEqual([["b", undefined]]);
    expect(policies[0]?.errors).toEqual([expect.stringMatching(/^policy: not protobuf: /)]);
  });
});

describe("an answer whose content type names a PolicySet", () => {
  const name = "opentelemetry.proto.policies.v1development.PolicySet";
  const cases = [
    `application/protobuf; proto=${name}`,
    `application/x-protobuf;proto="${name}"`,
    `application/protobuf; charset=utf-8; messageType=${name}`,
  ];
  test.each(cases)("%s", (type) => {
    const body = policySetBytes(dropOf("a"), { id: "b", logFilter: { action: "ACTION_DROP" } });
    const reply = readSyncResponse(body, type, "json");
    expect(reply).toMatchObject({ isPolicySet: true, hash: "", timestamp: 0n, policyBytes: body });
    expect(errorsOf(reply.policies)).toEqual([
      ["a", []],
      ["b", ["log_filter: matches: no matchers; give at least one"]],
    ]);
    expect(readSyncResponse(new Uint8Array(0), type, "json").policies).toEqual([]);
  });

  test("may be in JSON as well", () => {
    const body = new TextEncoder().encode(JSON.stringify({ policies: [dropOf("a")] }));
    const reply = readSyncResponse(body, `application/json; proto=${name}`, "json");
    expect([reply.isPolicySet, errorsOf(reply.policies)]).toEqual([true, [["a", []]]]);
  });

  test("one of another message is a sync response", () => {
    for (const other of ["tero.policy.v1.SyncResponse", `${name}s`]) {
      const type = `application/protobuf; proto=${other}`;
      expect(readSyncResponse(syncOf("h"), type, "json").isPolicySet).toBeUndefined();
    }
  });
});

function syncOf(hash: string): Uint8Array {
  return toBinary(SyncResponseSchema, create(SyncResponseSchema, { hash }));
}

/** As the entry of a set. */
function framed(policy: Uint8Array): Uint8Array {
  return new BinaryWriter().tag(1, LEN).bytes(policy).finish();
}

function policyBytes(id: string, rest: (writer: BinaryWriter) => BinaryWriter) {
  const writer = new BinaryWriter().tag(1, LEN).string(id);
  return new Uint8Array(rest(writer).finish());
}

function filterBytes(id: string, matchers: (writer: BinaryWriter) => void, action = 2) {
  return policyBytes(id, (writer) => {
    writer.tag(10, LEN).fork();
    matchers(writer);
    return writer.tag(2, WireType.Varint).int32(action).join();
  });
}
