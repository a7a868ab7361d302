// The series of a metric of OTLP: the attributes of its data points. For looking at few metrics: it
// makes texts of all of them.

import { FieldCursor, tagOf, WireType } from "../../core/protobuf/index.ts";
import { decodeUtf8 } from "../../core/utf8.ts";
import type { SeriesOf, TakeLabels } from "../protocol.ts";

const { bytes: message, varint, fixed64 } = WireType;
/** Fields 5 to 11 of Metric: gauge, sum, histogram and their like, which begin with data points. */
const FIRST_DATA_FIELD = 5;
const LAST_DATA_FIELD = 11;
const POINT_TAG = tagOf(1, message);
/** Attributes of NumberDataPoint and SummaryDataPoint; of Histogram-; of ExponentialHistogram-. */
const NUMBER_ATTRIBUTES_TAG = tagOf(7, message);
const HISTOGRAM_ATTRIBUTES_TAG = tagOf(9, message);
const EXPONENTIAL_ATTRIBUTES_TAG = tagOf(1, message);
const HISTOGRAM_FIELD = 9;
const EXPONENTIAL_FIELD = 10;
const KEY_TAG = tagOf(1, message);
const VALUE_TAG = tagOf(2, message);
const STRING_TAG = tagOf(1, message);
const BOOL_TAG = tagOf(2, varint);
const INT_TAG = tagOf(3, varint);
const DOUBLE_TAG = tagOf(4, fixed64);

interface Attribute {
  readonly key?: string;
  readonly value?: Readonly<Record<string, unknown>>;
}
interface Data {
  readonly dataPoints?: readonly { readonly attributes?: readonly Attribute[] }[];
}

export const otlpJsonSeries: SeriesOf = ({ bytes }, take) => {
  // Judging has read it before: it is a metric in JSON, whose members may be anything.
  const metric = JSON.parse(decodeUtf8(bytes)) as Readonly<Record<string, Data | null>>;
  for (const data of Object.values(metric)) {
    const points = data?.dataPoints;
    if (!Array.isArray(points)) continue;
    for (const { attributes } of points as readonly { attributes?: readonly Attribute[] }[]) {
      take((attributes ?? []).flatMap(({ key, value }) => [key ?? "", textOf(value)]));
    }
  }
};

function textOf(value: Attribute["value"]): string {
  const [only] = Object.values(value ?? {});
  return typeof only === "string" ? only : JSON.stringify(only ?? null);
}

export const otlpProtobufSeries: SeriesOf = ({ bytes }, take) => {
  const metric = new FieldCursor();
  const reader = new PointReader(bytes, take);
  metric.open(bytes, 0, bytes.length);
  while (metric.next()) {
    const field = metric.tag >>> 3;
    const isData = (metric.tag & 7) === message && field >= FIRST_DATA_FIELD;
    if (isData && field <= LAST_DATA_FIELD) reader.data(field, metric.start, metric.stop);
  }
};

class PointReader {
  readonly #bytes: Uint8Array;
  readonly #take: TakeLabels;
  readonly #points = new FieldCursor();
  readonly #point = new FieldCursor();
  readonly #entry = new FieldCursor();
  readonly #value = new FieldCursor();
  #labels: string[] = [];

  constructor(bytes: Uint8Array, take: TakeLabels) {
    this.#bytes = bytes;
    this.#take = take;
  }

  data(field: number, start: number, stop: number): void {
    const points = this.#points;
    const attributesTag =
      field === HISTOGRAM_FIELD
        ? HISTOGRAM_ATTRIBUTES_TAG
        : field === EXPONENTIAL_FIELD
          ? EXPONENTIAL_ATTRIBUTES_TAG
          : NUMBER_ATTRIBUTES_TAG;
    points.open(this.#bytes, start, stop);
    while (points.next()) {
      if (points.tag === POINT_TAG) this.#readPoint(attributesTag, points.start, points.stop);
    }
  }

  #readPoint(attributesTag: number, start: number, stop: number): void {
    const point = this.#point;
    this.#labels = [];
    point.open(this.#bytes, start, stop);
    while (point.next()) {
      if (point.tag === attributesTag) this.#readEntry(point.start, point.stop);
    }
    this.#take(this.#labels);
  }

  #readEntry(start: number, stop: number): void {
    const entry = this.#entry;
    let key = "";
    let value = "";
    entry.open(this.#bytes, start, stop);
    while (entry.next()) {
      if (entry.tag === KEY_TAG) key = decodeUtf8(this.#bytes, entry.start, entry.stop);
      else if (entry.tag === VALUE_TAG) value = this.#readValue(entry.start, entry.stop);
    }
    this.#labels.push(key, value);
  }

  /** Arrays and maps are their bytes. */
  #readValue(start: number, stop: number): string {
    const value = this.#value;
    value.open(this.#bytes, start, stop);
    if (!value.next()) return "";
    switch (value.tag) {
      case STRING_TAG:
        return decodeUtf8(this.#bytes, value.start, value.stop);
      case BOOL_TAG:
        return value.lo === 0 ? "false" : "true";
      case INT_TAG:
        return String((BigInt(value.hi) << 32n) | BigInt(value.lo >>> 0));
      case DOUBLE_TAG: {
        const { buffer, byteOffset } = this.#bytes;
        return String(new DataView(buffer, byteOffset + value.start).getFloat64(0, true));
      }
      default:
        return decodeUtf8(this.#bytes, value.start, value.stop);
    }
  }
}
