// Sync messages: what a request holds in both encodings, and what a response comes to.

import { describe, expect, test } from "bun:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { SyncRequestSchema, SyncResponseSchema } from "../../../src/proto/index.ts";
import {
  buildSyncRequest,
  readSyncResponseSteps,
  SYNC_CONTENT_TYPES,
  type SyncRequestInput,
  SyncResponseError,
} from "../../../src/policy/wire/index.ts";
import { readSyncResponse } from "./read-response.ts";

const utf8 = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const NONE = { hits: 0, misses: 0 };

const REQUEST: SyncRequestInput = {
  stages: ["log_filter", "log_transform", "metric_filter", "trace_sampling"],
  resourceAttributes: { "service.name": "edge", "service.version": "1.0.0" },
  labels: { "workspace.id": "w1" },
  supportedExtensions: [
    { type: "com.usetero/s3-dump", minVersion: "1.0.0", config: [new Uint8Array([1, 2])] },
  ],
  fullSync: true,
  lastTimestamp: 1700000000000000001n,
  lastHash: "abc",
  statuses: [
    {
      id: "a",
      hits: 3,
      misses: 1,
      errors: [],
      remove: NONE,
      redact: { hits: 2, misses: 0 },
      rename: NONE,
      add: { hits: 0, misses: 5 },
    },
    {
      id: "b",
      ...NONE,
      errors: ["log: keep: x"],
      remove: NONE,
      redact: NONE,
      rename: NONE,
      add: NONE,
    },
  ],
};

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const REQUEST_JSON = {
  clientMetadata: {
    supportedPolicyStages: [
      "POLICY_STAGE_LOG_FILTER",
      "POLICY_STAGE_LOG_TRANSFORM",
      "POLICY_STAGE_METRIC_FILTER",
      "POLICY_STAGE_TRACE_SAMPLING",
    ],
    labels: [attribute("workspace.id", "w1")],
    resourceAttributes: [attribute("service.name", "edge"), attribute("service.version", "1.0.0")],
    supportedExtensions: [{ type: "com.usetero/s3-dump", minVersion: "1.0.0", config: ["AQI="] }],
  },
  fullSync: true,
  lastSyncTimestampUnixNano: "1700000000000000001",
  lastSuccessfulHash: "abc",
  policyStatuses: [
    { id: "a", matchHits: "3", matchMisses: "1", redact: { hits: "2" }, add: { misses: "5" } },
    { id: "b", errors: ["log: keep: x"] },
  ],
};

describe("a sync request", () => {
  test("is proto3 JSON with lowerCamelCase names and 64-bit integers as strings", () => {
    const text = new TextDecoder().decode(buildSyncRequest(REQUEST, "json"));
    expect(JSON.parse(text)).toEqual(REQUEST_JSON);
  });

  test("is the same message in protobuf", () => {
    const message = fromBinary(SyncRequestSchema, buildSyncRequest(REQUEST, "protobuf"));
    const again = {
      hash: message.lastSuccessfulHash,
      at: message.lastSyncTimestampUnixNano,
      full: message.fullSync,
      stages: message.clientMetadata?.supportedPolicyStages,
      statuses: message.policyStatuses.map(
        ({ id, matchHits, matchMisses, errors, redact, add }) => [
          id,
          matchHits,
          matchMisses,
          errors,
          redact?.hits,
          add?.misses,
        ],
      ),
    };
    expect(again).toEqual({
      hash: "abc",
      at: 1700000000000000001n,
      full: true,
      stages: [1, 2, 3, 4],
      statuses: [
        ["a", 3n, 1n, [], 2n, 5n],
        ["b", 0n, 0n, ["log: keep: x"], undefined, undefined],
      ],
    });
  });

  test("has a content type for each encoding", () => {
    expect(SYNC_CONTENT_TYPES).toEqual({
      json: "application/json",
      protobuf: "application/x-protobuf",
    });
  });
});

const RESPONSE = {
  policies: [
    {
      id: "drop",
      name: "Drop",
      enabled: true,
      target: {
        case: "metric",
        value: {
          match: [
            { field: { case: "metricType", value: 2 }, match: { case: "exists", value: true } },
          ],
          keep: false,
        },
      },
    },
    { id: "inert", name: "Inert", target: { case: "log", value: { keep: "bogus" } } },
  ],
  hash: "h1",
  syncTimestampUnixNano: 1700000000000000001n,
  recommendedSyncIntervalSeconds: 30,
  syncType: 1,
  extensionConfigs: [{ type: "com.usetero/s3-dump", config: [new Uint8Array([104, 105])] }],
} as const satisfies MessageInitShape<typeof SyncResponseSchema>;

/** As servers write it: every default spelled out, enums as numbers. */
const RESPONSE_JSON = {
  policies: [
    {
      id: "drop",
      name: "Drop",
      description: "",
      enabled: true,
      createdAtUnixNano: "0",
      metric: {
        match: [{ metricType: 2, exists: true, negate: false, caseInsensitive: false }],
        keep: false,
      },
      extensions: [],
    },
    { id: "inert", name: "Inert", enabled: false, log: { match: [], keep: "bogus" } },
  ],
  hash: "h1",
  syncTimestampUnixNano: "1700000000000000001",
  recommendedSyncIntervalSeconds: 30,
  syncType: 1,
  errorMessage: "",
  extensionConfigs: [{ type: "com.usetero/s3-dump", config: ["aGk="] }],
};

const REPLY = {
  policies: [
    {
      id: "drop",
      name: "Drop",
      enabled: true,
      target: {
        signal: "metric",
        matchers: [
          {
            field: { kind: "field", field: "metric_type" },
            condition: { op: "equals", value: { type: "int", value: 2n } },
            negate: false,
            caseInsensitive: false,
          },
        ],
        keep: { kind: "none" },
      },
      extensions: [],
      errors: [],
    },
    {
      id: "inert",
      name: "Inert",
      enabled: false,
      target: { signal: "log", matchers: [], keep: { kind: "all" } },
      extensions: [],
      errors: [
        "log: match: no matchers; give at least one",
        'log: keep: invalid value "bogus"; use "all", "none", "50%", "100/s" or "1/5m"',
      ],
    },
  ],
  hash: "h1",
  timestamp: 1700000000000000001n,
  recommendedIntervalS: 30,
  errorMessage: "",
  extensionConfigs: [{ type: "com.usetero/s3-dump", config: [new Uint8Array([104, 105])] }],
} as const;

const protobuf = (init: MessageInitShape<typeof SyncResponseSchema>) =>
  toBinary(SyncResponseSchema, create(SyncResponseSchema, init));

describe("a sync response", () => {
  test("comes to the same in both encodings", () => {
    expect([
      readSyncResponse(utf8(RESPONSE_JSON), "application/json", "protobuf"),
      readSyncResponse(protobuf(RESPONSE), "application/x-protobuf", "json"),
    ]).toEqual([REPLY, REPLY] as never);
  });

  test("is read by its own content type, whatever was asked for", () => {
    const json = utf8(RESPONSE_JSON);
    const binary = protobuf(RESPONSE);
    for (const [body, type, asked] of [
      [json, "Application/JSON; charset=utf-8", "protobuf"],
      [binary, "application/protobuf", "json"],
      [json, null, "json"],
      [binary, undefined, "protobuf"],
      [binary, "", "protobuf"],
    ] as const) {
      expect(readSyncResponse(body, type, asked).hash).toBe("h1");
    }
  });

  test("may leave everything out", () => {
    const empty = {
      policies: [],
      hash: "",
      policyBytes: new Uint8Array(),
      timestamp: 0n,
      recommendedIntervalS: 0,
      errorMessage: "",
      extensionConfigs: [],
    };
    expect([
      readSyncResponse(utf8({}), "application/json", "json"),
      readSyncResponse(new Uint8Array(), "application/x-protobuf", "json"),
    ]).toEqual([empty, empty]);
  });

  test("carries the server's error", () => {
    const want = "no such workspace";
    expect([
      readSyncResponse(utf8({ error_message: want }), "application/json", "json").errorMessage,
      readSyncResponse(protobuf({ errorMessage: want }), "application/protobuf", "json")
        .errorMessage,
    ]).toEqual([want, want]);
  });

  test("keeps 64-bit integers given as bare numbers", () => {
    const body = new TextEncoder().encode(
      '{"sync_timestamp_unix_nano": 1700000000000000001, "policies": [{"id": "a", "name": "A",' +
        '"log": {"match": [{"logField": 1, "equals": {"intValue": 9007199254740993}}]}}]}',
    );
    const reply = readSyncResponse(body, "application/json", "json");
    expect([reply.timestamp, reply.policies[0]?.target?.matchers[0]?.condition]).toEqual([
      1700000000000000001n,
      { op: "equals", value: { type: "int", value: 9007199254740993n } },
    ]);
  });

  test("has float32 percentages as the doubles that they are", () => {
    const keepOf = (percentage: number) =>
      readSyncResponse(
        protobuf({
          policies: [
            {
              id: "a",
              name: "A",
              target: {
                case: "trace",
                value: {
                  match: [{ field: { case: "spanKind", value: 2 } }],
                  keep: { percentage },
                },
              },
            },
          ],
        }),
        "application/x-protobuf",
        "json",
      ).policies[0]?.target?.keep;
    expect([keepOf(0.1), keepOf(0), keepOf(100)]).toMatchObject([
      { percent: Math.fround(0.1) },
      { percent: 0 },
      { percent: 100 },
    ]);
  });

  test("tells an oneof member that is empty from one that is absent", () => {
    const matcher = { field: { case: "logField", value: 1 } } as const;
    const errors = [
      { ...matcher, match: { case: "exact", value: "" } as const },
      { ...matcher, match: { case: "exists", value: false } as const },
      matcher,
    ].map(
      (match) =>
        readSyncResponse(
          protobuf({
            policies: [{ id: "a", name: "A", target: { case: "log", value: { match: [match] } } }],
          }),
          "application/x-protobuf",
          "json",
        ).policies[0]?.errors.length,
    );
    expect(errors).toEqual([0, 0, 1]);
  });

  test("lets one policy be unreadable protobuf and the others work", () => {
    const good = protobuf({ policies: RESPONSE.policies, hash: "h1" });
    // Field 1, three bytes: field 1 of the policy claims more bytes than there are.
    const body = new Uint8Array([0x0a, 0x03, 0x0a, 0x7f, 0x61, ...good]);
    const reply = readSyncResponse(body, "application/x-protobuf", "json");
    expect([reply.hash, reply.policies.map(({ id }) => id)]).toEqual(["h1", ["", "drop", "inert"]]);
    expect(reply.policies[0]?.errors).toEqual([expect.stringMatching(/^policy: not protobuf: /)]);
  });

  test("ignores fields of newer schemas", () => {
    const json = { ...RESPONSE_JSON, newer: { a: [1] } };
    // Field 99, varint 1.
    const binary = new Uint8Array([...protobuf(RESPONSE), 0x98, 0x06, 0x01]);
    expect([
      readSyncResponse(utf8(json), "application/json", "json"),
      readSyncResponse(binary, "application/x-protobuf", "json"),
    ]).toEqual([REPLY, REPLY] as never);
  });

  test("that is none is an error", () => {
    const failure = (body: Uint8Array, type: string) => {
      try {
        readSyncResponse(body, type, "json");
        return "none";
      } catch (error) {
        if (!(error instanceof SyncResponseError)) throw error;
        return error.message;
      }
    };
    const json = (value: unknown) => failure(utf8(value), "application/json");
    expect([
      failure(utf8({}), "text/html"),
      failure(new TextEncoder().encode("<html>"), "application/json"),
      json([]),
      json({ policies: {} }),
      json({ hash: 5 }),
      json({ syncTimestampUnixNano: "-1" }),
      json({ recommendedSyncIntervalSeconds: 1.5 }),
      json({ extensionConfigs: [{ type: "a", config: ["?"] }] }),
    ]).toEqual([
      'content type "text/html" is neither application/json nor application/x-protobuf',
      'not JSON: expected a value, found "<"',
      "expected a JSON object",
      "policies: expected a list, found an object",
      "hash: expected a string",
      "sync_timestamp_unix_nano: expected an unsigned integer",
      "recommended_sync_interval_seconds: expected an unsigned integer",
      "extension_configs[0]: expected a type and base64 configs",
    ]);
    expect(failure(new Uint8Array([0x0a, 0x05, 0x0a]), "application/x-protobuf")).toStartWith(
      "not protobuf: ",
    );
  });

  test("never fails in another way when it is cut short", () => {
    for (const [body, type] of [
      [utf8(RESPONSE_JSON), "application/json"],
      [protobuf(RESPONSE), "application/x-protobuf"],
    ] as const) {
      for (let end = 0; end < body.length; end++) {
        try {
          readSyncResponse(body.subarray(0, end), type, "json");
        } catch (error) {
          expect(error).toBeInstanceOf(SyncResponseError);
        }
      }
    }
  });

  test("is read in steps", () => {
    const policies = Array.from({ length: 900 }, (_, at) => ({ id: `p${at}`, name: "P" }));
    for (const [body, type] of [
      [utf8({ policies }), "application/json"],
      [protobuf({ policies }), "application/x-protobuf"],
    ] as const) {
      const steps = readSyncResponseSteps(body, type, "json");
      expect(steps.next().done).toBe(false);
      let step = steps.next();
      while (step.done !== true) step = steps.next();
      expect(step.value.policies.length).toBe(900);
    }
  });
});
