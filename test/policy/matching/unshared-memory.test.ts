// Programs without shared memory, as web pages are that no server has isolated.

import { expect, test } from "bun:test";
import { AUTHORING, createEngine, decodePolicySet, putInForce } from "../../../src/policy/index.ts";
import { otlpJsonFormat } from "../../../src/protocols/otlp/format/index.ts";
import { encodeUtf8 } from "../../../src/core/utf8.ts";

const POLICIES = {
  policies: [
    {
      id: "drop",
      name: "Drop",
      log: { match: [{ log_field: "body", regex: "order [0-9]+ of (?:x|y)" }], keep: "none" },
    },
  ],
};
const BODY = encodeUtf8(
  JSON.stringify({
    resourceLogs: [
      {
        scopeLogs: [
          {
            logRecords: [
              { body: { stringValue: "order 12 of y" } },
              { body: { stringValue: "order 12 of z" } },
            ],
          },
        ],
      },
    ],
  }),
);

test("where there is no shared memory, sets are compiled and records judged all the same", () => {
  const shared = globalThis.SharedArrayBuffer;
  try {
    Reflect.deleteProperty(globalThis, "SharedArrayBuffer");
    const engine = createEngine({
      validateRegex: () => undefined,
      nowMs: () => 0,
      random: () => 0,
    });
    putInForce(engine, decodePolicySet(POLICIES, AUTHORING).policies);
    const { records, dropped } = otlpJsonFormat("log").filter(BODY, engine.evaluation("log")!);
    expect({ records, dropped }).toEqual({ records: 2, dropped: 1 });
  } finally {
    globalThis.SharedArrayBuffer = shared;
  }
});
