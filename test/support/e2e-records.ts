// The exact bytes of each log record in an OTLP request, in JSON and in protobuf, so that tests can
// say which left as they came.

/** Texts of the log records of a request that was written by JSON.stringify. */
export function recordsInJson(body: Uint8Array): string[] {
  const text = Buffer.from(body).toString();
  const request = JSON.parse(text) as {
    resourceLogs?: { scopeLogs: { logRecords: object[] }[] }[];
  };
  const scopes = (request.resourceLogs ?? []).flatMap(({ scopeLogs }) => scopeLogs);
  const records = scopes.flatMap(({ logRecords }) => logRecords.map((one) => JSON.stringify(one)));
  const strange = records.find((record) => !text.includes(record));
  if (strange !== undefined) throw new Error(`not as JSON.stringify writes it: ${strange}`);
  return records;
}

/**
 * ResourceLogs of a request, ScopeLogs of a resource, LogRecord of a scope: opentelemetry-proto.
 */
const PATH_TO_RECORDS = [1, 2, 2];

/**
 * Encoded log records of a request, as Latin-1 text so that they compare and print as one value.
 */
export function recordsInProtobuf(body: Uint8Array): string[] {
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
