// What is carried around of a response is bounded: it goes into the log, and back with each sync.

import { expect, test } from "bun:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { SyncResponseSchema } from "../../../src/proto/index.ts";
import { readSyncResponse } from "./read-response.ts";

interface Response {
  readonly hash: string;
  readonly id: string;
  readonly name: string;
}

/** The same response in both encodings, read. */
function replies({ hash, id, name }: Response) {
  const json = {
    policies: [
      { id, name, metric: { match: [{ metric_field: "name", exact: "a" }], keep: false } },
    ],
    hash,
  };
  const match = [
    { field: { case: "metricField", value: 1 }, match: { case: "exact", value: "a" } },
  ] as const;
  const binary = create(SyncResponseSchema, {
    policies: [
      {
        id,
        name,
        enabled: true,
        target: { case: "metric", value: { match: [...match], keep: false } },
      },
    ],
    hash,
  });
  return [
    readSyncResponse(Buffer.from(JSON.stringify(json)), "application/json", "json"),
    readSyncResponse(toBinary(SyncResponseSchema, binary), "application/x-protobuf", "json"),
  ];
}

test.each([
  [1000, true],
  [1001, false],
])("a hash of %d characters is sent back: %p", (length, isKept) => {
  const hash = "h".repeat(length);
  for (const reply of replies({ hash, id: "a", name: "a" })) {
    expect(reply.hash).toBe(isKept ? hash : "");
    expect(reply.policyBytes === undefined).toBe(isKept);
  }
});

const FITS = "ü".repeat(1000);
const told = (name: string): string => `policy: ${name} has 1001 characters; give at most 1000`;

test.each([
  [FITS, FITS, []],
  [`${FITS}a`, "a", [told("id")]],
  ["a", `${FITS}a`, [told("name")]],
])("an id and a name, case %#", (id, name, errors) => {
  for (const { policies } of replies({ hash: "h", id, name })) {
    expect(policies[0]?.errors).toEqual(errors);
    expect(policies[0]?.id).toBe(id.slice(0, 1000));
    expect(policies[0]?.name).toBe(name.slice(0, 1000));
  }
});
