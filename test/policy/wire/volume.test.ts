// Volume in sync requests: what came, by signal, in both encodings; nothing when nothing did.

import { expect, test } from "bun:test";
import { fromBinary } from "@bufbuild/protobuf";
import { SyncRequestSchema } from "../../../src/proto/index.ts";
import { buildSyncRequest, type SyncRequestInput } from "../../../src/policy/wire/index.ts";

const NOTHING = { items: 0, bytes: 0 };
const request = (volume: SyncRequestInput["volume"]): SyncRequestInput => ({
  stages: [],
  resourceAttributes: {},
  labels: {},
  supportedExtensions: [],
  fullSync: false,
  lastTimestamp: 0n,
  lastHash: "",
  statuses: [],
  volume,
});
const CAME = request({
  log: { items: 3, bytes: 300 },
  metric: { items: 2, bytes: 200 },
  trace: { items: 1, bytes: 2 ** 40 },
});

test("is items and bytes of each signal, of metrics data points", () => {
  expect(JSON.parse(new TextDecoder().decode(buildSyncRequest(CAME, "json")))).toMatchObject({
    volume: {
      logRecords: "3",
      logBytes: "300",
      metricDataPoints: "2",
      metricBytes: "200",
      spans: "1",
      spanBytes: "1099511627776",
    },
  });
  const { volume } = fromBinary(SyncRequestSchema, buildSyncRequest(CAME, "protobuf"));
  expect([volume?.logRecords, volume?.metricDataPoints, volume?.spanBytes]).toEqual([
    3n,
    2n,
    2n ** 40n,
  ]);
});

test("is left out when nothing came", () => {
  for (const volume of [undefined, { log: NOTHING, metric: NOTHING, trace: NOTHING }]) {
    const message = fromBinary(SyncRequestSchema, buildSyncRequest(request(volume), "protobuf"));
    expect(message.volume).toBeUndefined();
  }
});
