// The series of an OTLP metric: the attributes of its data points. For looking at few metrics.

import { FieldCursor, tagOf, WireType } from "../../core/protobuf/index.ts";
import { fnv32 } from "../../core/hash.ts";
import { decodeUtf8 } from "../../core/utf8.ts";
import { textHash } from "../label-values.ts";
import type { SeriesOf, SeriesTaker } from "../protocol.ts";

const { bytes: message } = WireType;
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

interface Attribute {
  readonly key?: string;
  readonly value?: Readonly<Record<string, unknown>>;
}
interface Data {
  readonly dataPoints?: readonly { readonly attributes?: readonly Attribute[] }[];
}

export const otlpJsonSeries: SeriesOf = ({ bytes }, taker) => {
  // Judging has read it before: it is a metric in JSON, whose members may be anything.
  const metric = JSON.parse(decodeUtf8(bytes)) as Readonly<Record<string, Data | null>>;
  for (const data of Object.values(metric)) {
    const points = data?.dataPoints;
    if (!Array.isArray(points)) continue;
    for (const { attributes } of points as readonly { attributes?: readonly Attribute[] }[]) {
      for (const { key, value } of attributes ?? []) taker.label(key ?? "", valueHash(value));
      taker.series();
    }
  }
};

/** Numbers are texts in JSON, and may be numbers. */
function valueHash(value: Attribute["value"]): number {
  const [only] = Object.values(value ?? {});
  return textHash(typeof only === "string" ? only : JSON.stringify(only ?? null));
}

/** One after the other. */
export function otlpProtobufSeries(): SeriesOf {
  const metric = new FieldCursor();
  const reader = new PointReader();
  return ({ bytes }, taker) => {
    metric.open(bytes, 0, bytes.length);
    while (metric.next()) {
      const field = metric.tag >>> 3;
      const isData = (metric.tag & 7) === message && field >= FIRST_DATA_FIELD;
      if (isData && field <= LAST_DATA_FIELD) {
        reader.data(field, bytes, metric.start, metric.stop, taker);
      }
    }
  };
}

class PointReader {
  readonly #points = new FieldCursor();
  readonly #point = new FieldCursor();
  readonly #entry = new FieldCursor();
  readonly #value = new FieldCursor();

  data(field: number, bytes: Uint8Array, start: number, stop: number, taker: SeriesTaker): void {
    const points = this.#points;
    const attributesTag =
      field === HISTOGRAM_FIELD
        ? HISTOGRAM_ATTRIBUTES_TAG
        : field === EXPONENTIAL_FIELD
          ? EXPONENTIAL_ATTRIBUTES_TAG
          : NUMBER_ATTRIBUTES_TAG;
    points.open(bytes, start, stop);
    while (points.next()) {
      if (points.tag !== POINT_TAG) continue;
      this.#point.open(bytes, points.start, points.stop);
      this.#labels(attributesTag, bytes, taker);
      taker.series();
    }
  }

  /** Of the data point that is open. */
  #labels(attributesTag: number, bytes: Uint8Array, taker: SeriesTaker): void {
    const point = this.#point;
    const entry = this.#entry;
    while (point.next()) {
      if (point.tag !== attributesTag) continue;
      let start = 0;
      let stop = 0;
      let value = 0;
      entry.open(bytes, point.start, point.stop);
      while (entry.next()) {
        if (entry.tag === KEY_TAG) {
          start = entry.start;
          stop = entry.stop;
        } else if (entry.tag === VALUE_TAG) value = this.#hashOf(bytes, entry.start, entry.stop);
      }
      taker.labelAt(bytes, start, stop, value);
    }
  }

  /** Of a text it is the text's; other kinds are the bytes that they are. */
  #hashOf(bytes: Uint8Array, start: number, stop: number): number {
    const value = this.#value;
    value.open(bytes, start, stop);
    if (!value.next()) return 0;
    const isText = value.tag === STRING_TAG;
    return isText ? fnv32(bytes, value.start, value.stop) : fnv32(bytes, start, stop);
  }
}
