// Damaged, hostile and random OTLP bodies through the endpoints, in every encoding and coding:
// whatever comes, the client is answered, what cannot be read goes on as it came, and exactly one
// reason is counted. Bounds are those of the runner: a body that hangs fails by its timeout.

import { describe, expect, test } from "bun:test";
import * as zlib from "node:zlib";
import type { DescMessage } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import { encodeUtf8 } from "../../src/core/utf8.ts";
import { type Signal, SIGNALS } from "../../src/policy/index.ts";
import {
  ExportLogsServiceRequestSchema,
  ExportMetricsServiceRequestSchema,
  ExportTraceServiceRequestSchema,
} from "../../src/proto/index.ts";
import { REQUESTS } from "../protocols/otlp/format/json/arbitrary-otlp.ts";
import {
  eventsOf,
  JSON_TYPE,
  OtlpApp,
  type Posted,
  PROTOBUF_TYPE,
} from "../protocols/otlp/format/otlp-app.ts";
import { NoisyRequest } from "../protocols/otlp/format/protobuf/noise.ts";
import { FRAME, isWellFormed, shapeOf } from "../protocols/otlp/format/protobuf/well-formed.ts";

const SCHEMAS: Readonly<Record<Signal, DescMessage>> = {
  log: ExportLogsServiceRequestSchema,
  metric: ExportMetricsServiceRequestSchema,
  trace: ExportTraceServiceRequestSchema,
};

/** Looks at every kind of field; drops some of what the generators make and edits some. */
const POLICIES = [
  {
    id: "log-drop",
    name: "n",
    log: { match: [{ log_field: "body", contains: "x" }], keep: "none" },
  },
  {
    id: "log-edit",
    name: "n",
    log: {
      match: [{ log_attribute: "a", exists: true }],
      keep: "all",
      transform: {
        remove: [{ log_attribute: "b" }],
        redact: [{ log_field: "body", regex: "[a-z]", replacement: "<$0>" }],
        rename: [{ from_log_attribute: ["a", "b"], to: "ab", upsert: true }],
        add: [
          { log_attribute: ["c", "new"], value: "1" },
          { resource_attribute: "team", value: "shop" },
          { scope_attribute: "a", value: "2", upsert: true },
        ],
      },
    },
  },
  {
    id: "log-never",
    name: "n",
    log: {
      match: [
        { resource_attribute: ["a", "b", "c"], gt: 1 },
        { log_field: "trace_id", regex: "^nothing$" },
        { log_field: "severity_number", gte: 90 },
        { log_field: "scope_schema_url", exists: true },
      ],
      keep: "none",
    },
  },
  {
    id: "metric-drop",
    name: "n",
    metric: { match: [{ datapoint_attribute: "a", exists: true }], keep: false },
  },
  {
    id: "metric-never",
    name: "n",
    metric: {
      match: [{ metric_type: "summary" }, { metric_field: "name", regex: "^nothing$" }],
      keep: false,
    },
  },
  {
    id: "trace-drop",
    name: "n",
    trace: { match: [{ event_attribute: "a", exists: true }], keep: { percentage: 0 } },
  },
  {
    id: "trace-sample",
    name: "n",
    trace: { match: [{ span_status: "unset" }], keep: { percentage: 50 } },
  },
];

const app = new OtlpApp(POLICIES, { bodyBytesMax: 8_000_000, decodedBytesMax: 4_000_000 });

const ENCODERS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: (bytes) => zlib.gzipSync(bytes),
  deflate: (bytes) => zlib.deflateSync(bytes),
  "raw deflate": (bytes) => zlib.deflateRawSync(bytes),
  zstd: (bytes) => zlib.zstdCompressSync(bytes),
};
const CODINGS = Object.keys(ENCODERS);
const header = (coding: string): string => coding.replace("raw ", "");

type Outcome = "judged" | "undecodable" | "decoded_too_large";

/** Checks what holds for every body, and tells what became of this one. */
function outcomeOf(body: Uint8Array, posted: Posted): Outcome {
  expect([posted.status, eventsOf(posted, "request.failed")]).toEqual([200, []]);
  const passes = eventsOf(posted, "fail_open");
  const [evaluated, ...more] = eventsOf(posted, "records.evaluated");
  expect(more).toEqual([]);
  if (evaluated === undefined) {
    const [pass] = passes;
    expect(passes.length).toBe(1);
    expect(posted.sent).toEqual([body]);
    expect(pass!.records).toBe(0);
    if (pass!.reason === "undecodable" || pass!.reason === "decoded_too_large") return pass!.reason;
    throw new Error(`${pass!.reason}: ${pass!.detail}`);
  }
  for (const { reason } of passes) expect(reason).toBe("unreadable_record");
  expect(passes.length).toBeLessThan(2);
  const { records, dropped, edited, bytesIn, bytesOut } = evaluated;
  if (posted.sent.length === 0) {
    expect([dropped, bytesOut]).toEqual([records, 0]);
    expect(records).toBeGreaterThan(0);
  } else if (dropped + edited + posted.operations === 0) {
    expect(bytesOut).toBe(bytesIn);
    expect(posted.sent).toEqual([body]);
  }
  return "judged";
}

async function send(
  signal: Signal,
  type: string,
  body: Uint8Array,
  coding?: string,
): Promise<Outcome> {
  return outcomeOf(body, await app.post(signal, type, body, coding && header(coding)));
}

function isJsonObject(body: Uint8Array): boolean {
  try {
    const value = JSON.parse(new TextDecoder().decode(body)) as unknown;
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
interface Sample {
  readonly type: string;
  readonly body: Uint8Array;
}
function samples(signal: Signal): fc.Arbitrary<Sample> {
  const json = REQUESTS[signal].map((text) => ({ type: JSON_TYPE, body: encodeUtf8(text) }));
  const protobuf = fc.integer().map((seed) => ({
    type: PROTOBUF_TYPE,
    body: new NoisyRequest(seed, true).build(signal),
  }));
  return fc.oneof(json, protobuf);
}
const flips = fc.array(fc.tuple(fc.nat(), fc.nat(7)), { minLength: 1, maxLength: 4 });

function flipped(body: Uint8Array, flips: readonly (readonly [number, number])[]): Uint8Array {
  const out = body.slice();
  for (const [at, bit] of flips) if (out.length > 0) out[at % out.length]! ^= 1 << bit;
  return out;
}

/** Holds a body without coding to what independent decoders say of it. */
async function checkPlain(signal: Signal, { type, body }: Sample): Promise<void> {
  const posted = await app.post(signal, type, body);
  const outcome = outcomeOf(body, posted);
  if (type === JSON_TYPE) {
    if (isJsonObject(body)) expect(outcome).toBe("judged");
    else if (outcome === "judged") {
      // A single record is no JSON: it passes, counted, and its neighbours are judged.
      const reasons = eventsOf(posted, "fail_open").map(({ reason }) => reason);
      expect(reasons).toEqual(["unreadable_record"]);
    } else expect(outcome).toBe("undecodable");
    return;
  }
  // In between, it depends on what policies look at.
  if (!isWellFormed(body, FRAME)) expect(outcome).toBe("undecodable");
  if (isWellFormed(body, shapeOf(SCHEMAS[signal]))) {
    expect([outcome, eventsOf(posted, "fail_open")]).toEqual(["judged", []]);
  }
}

describe.each([...SIGNALS])("a %s request", (signal) => {
  test("with flipped bits is judged or passed as it came", async () => {
    const property = fc.asyncProperty(samples(signal), flips, ({ type, body }, flips) =>
      checkPlain(signal, { type, body: flipped(body, flips) }),
    );
    await fc.assert(property, { numRuns: 150 });
  });

  test("cut off anywhere is passed as it came, unless a whole message ends there", async () => {
    const property = fc.asyncProperty(samples(signal), fc.nat(), async ({ type, body }, at) => {
      await checkPlain(signal, { type, body: body.subarray(0, at % (body.length + 1)) });
    });
    await fc.assert(property, { numRuns: 150 });
  });

  test("of random bytes is judged or passed as it came", async () => {
    const random = fc.record({
      type: fc.constantFrom(JSON_TYPE, PROTOBUF_TYPE),
      body: fc.uint8Array({ minLength: 1, maxLength: 60 }),
    });
    const property = fc.asyncProperty(random, (sample) => checkPlain(signal, sample));
    await fc.assert(property, { numRuns: 200 });
  });

  test("comes to the same in every coding, and leaves in its own", async () => {
    const property = fc.asyncProperty(samples(signal), async ({ type, body }) => {
      const plain = await app.post(signal, type, body);
      outcomeOf(body, plain);
      for (const coding of CODINGS) {
        const packed = ENCODERS[coding]!(body);
        const posted = await app.post(signal, type, packed, header(coding));
        outcomeOf(packed, posted);
        expect(posted.sent.length).toBe(plain.sent.length);
        if (posted.sent.length === 0) continue;
        expect(posted.sentEncoding).toBe(header(coding));
        expect(unpacked(coding, posted.sent[0]!)).toEqual(plain.sent[0]!);
        const isSame = Buffer.compare(plain.sent[0]!, body) === 0;
        if (isSame) expect(posted.sent[0]).toEqual(packed);
      }
    });
    await fc.assert(property, { numRuns: 40 });
  });

  test("in a damaged coding is judged or passed as it came", async () => {
    const property = fc.asyncProperty(
      samples(signal),
      fc.constantFrom(...CODINGS),
      flips,
      fc.nat(),
      fc.boolean(),
      async ({ type, body }, coding, flips, at, cut) => {
        const packed = ENCODERS[coding]!(body);
        const damaged = cut ? packed.subarray(0, at % packed.length) : flipped(packed, flips);
        const outcome = await send(signal, type, damaged, coding);
        // A body of no bytes is no coding's.
        if (cut) expect(outcome).toBe("undecodable");
      },
    );
    await fc.assert(property, { numRuns: 150 });
  });
});

function unpacked(coding: string, bytes: Uint8Array): Uint8Array {
  if (coding === "gzip") return new Uint8Array(zlib.gunzipSync(bytes));
  if (coding === "zstd") return new Uint8Array(zlib.zstdDecompressSync(bytes));
  return new Uint8Array(
    coding === "deflate" ? zlib.inflateSync(bytes) : zlib.inflateRawSync(bytes),
  );
}
