// Writes and reads `datadog.agentpayload.MetricPayload` by its public definition, apart from the
// code under test. Source: DataDog/agent-payload, proto/metrics/agent_payload.proto.

export interface PlainSeries {
  readonly metric?: string;
  readonly type?: number;
  readonly unit?: string;
  readonly tags?: readonly string[];
  readonly resources?: readonly { readonly type: string; readonly name: string }[];
  readonly points?: readonly { readonly timestamp: number; readonly value: number }[];
  readonly source_type_name?: string;
  readonly interval?: number;
}

function varint(value: bigint): number[] {
  let rest = BigInt.asUintN(64, value);
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return [...bytes, Number(rest)];
}
const tag = (field: number, type: number): number[] => varint(BigInt((field << 3) | type));
const bytesOf = (field: number, bytes: readonly number[]): number[] => [
  ...tag(field, 2),
  ...varint(BigInt(bytes.length)),
  ...bytes,
];
const text = (field: number, value: string | undefined): number[] =>
  value === undefined ? [] : bytesOf(field, [...Buffer.from(value)]);
const int = (field: number, value: number | undefined): number[] =>
  value === undefined ? [] : [...tag(field, 0), ...varint(BigInt(value))];
function double(field: number, value: number): number[] {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return [...tag(field, 1), ...bytes];
}

/**
 * The payload with these series, fields in the order of their numbers, as the Agent writes them.
 */
export function writeSeries(all: readonly PlainSeries[]): Uint8Array {
  const series = all.flatMap((one) =>
    bytesOf(1, [
      ...(one.resources ?? []).flatMap(({ type, name }) =>
        bytesOf(1, [...text(1, type), ...text(2, name)]),
      ),
      ...text(2, one.metric),
      ...(one.tags ?? []).flatMap((value) => text(3, value)),
      ...(one.points ?? []).flatMap(({ timestamp, value }) =>
        bytesOf(4, [...double(1, value), ...int(2, timestamp)]),
      ),
      ...int(5, one.type),
      ...text(6, one.unit),
      ...text(7, one.source_type_name),
      ...int(8, one.interval),
    ]),
  );
  return Uint8Array.from(series);
}

interface Field {
  readonly number: number;
  readonly bytes: Buffer;
}

function fieldsOf(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const next = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(value);
    }
  };
  while (at < bytes.length) {
    const key = next();
    const from = at;
    if (key % 8 === 0) next();
    else if (key % 8 === 1) at += 8;
    else if (key % 8 === 5) at += 4;
    else {
      const size = next();
      at += size;
    }
    const size = key % 8 === 2 ? bytes.subarray(from).findIndex((byte) => byte < 0x80) + 1 : 0;
    fields.push({ number: key >> 3, bytes: bytes.subarray(from + size, at) });
  }
  return fields;
}

/** Names, tags and point values of the series of a payload. */
export function readSeries(
  payload: Uint8Array,
): { metric: string; tags: string[]; values: number[] }[] {
  const series = fieldsOf(Buffer.from(payload)).filter(({ number }) => number === 1);
  return series.map(({ bytes }) => {
    const fields = fieldsOf(bytes);
    const texts = (wanted: number): string[] =>
      fields.flatMap(({ number, bytes }) => (number === wanted ? [bytes.toString()] : []));
    const points = fields.filter(({ number }) => number === 4);
    const values = points.map(({ bytes }) =>
      fieldsOf(bytes)
        .find(({ number }) => number === 1)!
        .bytes.readDoubleLE(),
    );
    return { metric: texts(2)[0] ?? "", tags: texts(3), values };
  });
}
