// Responses of control planes, in JSON and protobuf; with them policies in protobuf. The first byte
// chooses.

import { fromJson, toBinary } from "@bufbuild/protobuf";
import { SyncResponseSchema } from "../../../../src/proto/index.ts";
import { readSyncResponseSteps, SyncResponseError } from "../../../../src/policy/wire/index.ts";
import { finish } from "../../../support/steps.ts";
import { testEngine } from "../../../support/engine.ts";
import { type FuzzTarget, inputOf } from "../../fuzz-target.ts";

const RESPONSE = {
  policies: [
    {
      id: "a",
      name: "n",
      enabled: true,
      log: {
        match: [
          { logField: "LOG_FIELD_BODY", regex: "a+" },
          { logAttribute: { path: ["a", "b"] }, exists: true },
        ],
        keep: "50%",
        transform: { redact: [{ logAttribute: { path: ["x"] }, replacement: "-" }] },
      },
    },
    {
      id: "b",
      name: "n",
      metric: { match: [{ metricField: "METRIC_FIELD_NAME", startsWith: "a" }], keep: true },
    },
    {
      id: "c",
      name: "n",
      trace: { match: [{ traceField: "TRACE_FIELD_NAME", exact: "a" }], keep: { percentage: 10 } },
    },
  ],
  hash: "h",
  syncTimestampUnixNano: "1",
  recommendedSyncIntervalSeconds: 10,
};

export const target: FuzzTarget = {
  get seeds() {
    const text = inputOf(JSON.stringify(RESPONSE));
    const message = toBinary(SyncResponseSchema, fromJson(SyncResponseSchema, RESPONSE));
    const failed = inputOf(
      '{"error_message":"no","extension_configs":[{"type":"t","config":["AAA="]}]}',
    );
    return [
      new Uint8Array([0, ...text]),
      new Uint8Array([0, ...failed]),
      new Uint8Array([1, ...message]),
    ];
  },
  check(input) {
    const encoding = (input[0] ?? 0) % 2 === 0 ? "json" : "protobuf";
    try {
      const steps = readSyncResponseSteps(input.subarray(1), undefined, encoding);
      const { policies } = finish(steps);
      testEngine(policies.filter((policy) => policy.errors.length === 0));
    } catch (error) {
      if (!(error instanceof SyncResponseError)) throw error;
      if (error.message === "") throw new Error("an error that says nothing", { cause: error });
    }
  },
};
