// The exact bytes of each record in an OTLP request, in JSON and in protobuf, so that tests can say
// which left as they came.

import type { Signal } from "../../src/policy/index.ts";

/** Members on the way from a request to its records. */
const MEMBERS: Readonly<Record<Signal, readonly string[]>> = {
  log: ["resourceLogs", "scopeLogs", "logRecords"],
  metric: ["resourceMetrics", "scopeMetrics", "metrics"],
  trace: ["resourceSpans", "scopeSpans", "spans"],
};

/** Texts of the records of a request that was written by JSON.stringify. */
export function recordsInJson(signal: Signal, body: Uint8Array): string[] {
  const text = Buffer.from(body).toString();
  let level: unknown[] = [JSON.parse(text)];
  for (const member of MEMBERS[signal]) {
    level = level.flatMap((parent) => (parent as Record<string, unknown[]>)[member] ?? []);
  }
  const records = level.map((record) => JSON.stringify(record));
  const strange = records.find((record) => !text.includes(record));
  if (strange !== undefined) throw new Error(`not as JSON.stringify writes it: ${strange}`);
  return records;
}

/** Resources of a request, scopes of a resource, records of a scope; the same for all signals. */
const PATH_TO_RECORDS = [1, 2, 2];

/** Encoded records of a request, as Latin-1 text so that they compare and print as one value. */
export function recordsInProtobuf(_signal: Signal, body: Uint8Array): string[] {
  let level = [body];
  for (const field of PATH_TO_RECORDS) level = level.flatMap((bytes) => membersOf(bytes, field));
  return level.map((bytes) => Buffer.from(bytes).toString("latin1"));
}

/** Length-delimited values of one field of a message. */
function membersOf(bytes: Uint8Array, wanted: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const wire = tag % 8;
    if (wire === 0) varint();
    else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else {
      const length = varint();
      if (Math.floor(tag / 8) === wanted) found.push(bytes.subarray(at, at + length));
      at += length;
    }
  }
  return found;
}
