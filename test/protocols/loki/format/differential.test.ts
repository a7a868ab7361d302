// Pushes under real policies: both encodings come to the same, what nothing was done to stays as it
// came, and no body is too odd.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { UndecodableError } from "../../../../src/core/errors.ts";
import { lokiJsonFormat, lokiProtobufFormat } from "../../../../src/protocols/loki/format/index.ts";
import type { RecordFormat } from "../../../../src/policy/record-port.ts";
import {
  AUTHORING,
  BYTE_COUNTS,
  decodePolicySet,
  type Engine,
} from "../../../../src/policy/index.ts";
import { testEngine } from "../../../support/engine.ts";
import { finish } from "../../../support/steps.ts";
import {
  comparable,
  pushArbitrary,
  readJson,
  readProtobuf,
  writeJson,
  writeProtobuf,
} from "./push.ts";

const FORMATS = [
  ["JSON", lokiJsonFormat(), writeJson],
  ["protobuf", lokiProtobufFormat(), writeProtobuf],
] as const;

const POLICIES = [
  { match: [{ log_field: "body", contains: "x" }], keep: "none" },
  { match: [{ log_field: "severity_text", exact: "debug" }], keep: "none" },
  {
    match: [{ resource_attribute: "env", exists: true }],
    keep: "50%",
    sample_key: { log_field: "body" },
  },
  {
    match: [{ log_attribute: "a", exists: true }],
    keep: "all",
    transform: {
      remove: [{ log_attribute: "trace.id" }],
      redact: [
        { log_field: "body", regex: "[a-f]", replacement: "<$0>" },
        { resource_attribute: "service.name", replacement: "hidden" },
      ],
      rename: [
        { from_log_attribute: "user.mail", to: "mail", upsert: true },
        { from_resource_attribute: "b", to: "env", upsert: true },
      ],
      add: [
        { log_field: "severity_text", value: "info", upsert: false },
        { resource_attribute: "team.name", value: "shop" },
      ],
    },
  },
].map((log, i) => ({ id: `p${i}`, name: "p", log }));

function engineOf(): Engine {
  return testEngine(decodePolicySet({ policies: POLICIES }, AUTHORING).policies).engine;
}

/** Filters bodies with an engine of its own; `inSteps`: with a pause behind every record. */
function runner(format: RecordFormat, inSteps: boolean) {
  const engine = engineOf();
  const pauses = { everyBytes: 0, isDue: () => true };
  return (body: Uint8Array) => {
    const evaluation = engine.evaluation("log")!;
    const { settlement: _, ...outcome } = inSteps
      ? finish(format.filterSteps!(body, evaluation.forSteps!(), pauses))
      : format.filter(body, evaluation);
    // Encodings differ in their sizes.
    const sizes = Object.fromEntries(BYTE_COUNTS.map((name) => [name, 0]));
    const totals = engine.totals().map((total) => ({ ...total, ...sizes }));
    return { outcome, totals };
  };
}

test("both encodings come to the same under real policies, whole and in steps", () => {
  const [json, protobuf] = [lokiJsonFormat(), lokiProtobufFormat()];
  const run = { json: runner(json, false), protobuf: runner(protobuf, false) };
  const inSteps = { json: runner(json, true), protobuf: runner(protobuf, true) };
  fc.assert(
    fc.property(pushArbitrary, (push) => {
      const bodies = { json: writeJson(push), protobuf: writeProtobuf(push) };
      const fromJson = run.json(bodies.json);
      const fromProtobuf = run.protobuf(bodies.protobuf);
      const { body: a, ...countsA } = fromJson.outcome;
      const { body: b, ...countsB } = fromProtobuf.outcome;
      expect(countsA).toEqual(countsB);
      expect(fromJson.totals).toEqual(fromProtobuf.totals);
      const [left, right] = [readJson(a ?? bodies.json), readProtobuf(b ?? bodies.protobuf)];
      expect(comparable(left)).toEqual(comparable(right));
      expect(inSteps.json(bodies.json)).toEqual(fromJson);
      expect(inSteps.protobuf(bodies.protobuf)).toEqual(fromProtobuf);
    }),
    { numRuns: 300 },
  );
});

test("entries that nothing was done to leave as the bytes that came", () => {
  const dropX = decodePolicySet({ policies: POLICIES.slice(0, 1) }, AUTHORING).policies;
  fc.assert(
    fc.property(pushArbitrary, (push) => {
      const kept = push.flatMap(({ labels, entries }) => {
        const stay = entries.filter(({ line }) => !line.includes("x"));
        return stay.length > 0 || entries.length === 0 ? [{ labels, entries: stay }] : [];
      });
      for (const [, format, write] of FORMATS) {
        const body = write(push);
        const outcome = format.filter(body, testEngine(dropX).engine.evaluation("log")!);
        expect(Buffer.from(outcome.body ?? body)).toEqual(Buffer.from(write(kept)));
      }
    }),
  );
});

test("no body makes a format throw anything but that it is undecodable", () => {
  const engine = engineOf();
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .tuple(pushArbitrary, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 }))
      .map(([push, changes]) => {
        const body = push.length % 2 === 0 ? writeJson(push) : writeProtobuf(push);
        for (const [at, byte] of changes) if (body.length > 0) body[at % body.length] = byte;
        return body;
      }),
  );
  fc.assert(
    fc.property(noise, (body) => {
      for (const [, format] of FORMATS) {
        try {
          format.filter(body, engine.evaluation("log")!);
        } catch (error) {
          expect(error).toBeInstanceOf(UndecodableError);
        }
      }
    }),
    { numRuns: 500 },
  );
});
