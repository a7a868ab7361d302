// The series of a metric of OTLP: the attributes of its data points. For looking at few metrics.

import { FieldCursor, tagOf, WireType } from "../../core/protobuf/index.ts";
import { fnv32 } from "../../core/hash.ts";
import { decodeUtf8 } from "../../core/utf8.ts";
import { textHash } from "../label-values.ts";
import type { SeriesOf, TakeLabels } from "../protocol.ts";

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

export const otlpJsonSeries: SeriesOf = ({ bytes }, take) => {
  // Judging has read it before: it is a metric in JSON, whose members may be anything.
  const metric = JSON.parse(decodeUtf8(bytes)) as Readonly<Record<string, Data | null>>;
  for (const data of Object.values(metric)) {
    const points = data?.dataPoints;
    if (!Array.isArray(points)) continue;
    for (const { attributes } of points as readonly { attributes?: readonly Attribute[] }[]) {
      const all = attributes ?? [];
      take(
        all.map(({ key }) => key ?? ""),
        all.map(({ value }) => valueHash(value)),
      );
    }
  }
};

/** Numbers are texts in JSON, and may be numbers. */
function valueHash(value: Attribute["value"]): number {
  const [only] = Object.values(value ?? {});
  return textHash(typeof only === "string" ? only : JSON.stringify(only ?? null));
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
  readonly #names = new Map<number, string>();

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
    const names: string[] = [];
    const values: number[] = [];
    point.open(this.#bytes, start, stop);
    while (point.next()) {
      if (point.tag !== attributesTag) continue;
      const entry = this.#entry;
      let name = "";
      let value = 0;
      entry.open(this.#bytes, point.start, point.stop);
      while (entry.next()) {
        if (entry.tag === KEY_TAG) name = this.#nameOf(entry.start, entry.stop);
        else if (entry.tag === VALUE_TAG) value = this.#hashOf(entry.start, entry.stop);
      }
      names.push(name);
      values.push(value);
    }
    this.#take(names, values);
  }

  /** All points of a metric have the same few. */
  #nameOf(start: number, stop: number): string {
    const hash = fnv32(this.#bytes, start, stop);
    const known = this.#names.get(hash);
    if (known !== undefined) return known;
    const name = decodeUtf8(this.#bytes, start, stop);
    this.#names.set(hash, name);
    return name;
  }

  /** Of a text it is the text's; other kinds are the bytes that they are. */
  #hashOf(start: number, stop: number): number {
    const value = this.#value;
    value.open(this.#bytes, start, stop);
    if (!value.next()) return 0;
    const isText = value.tag === STRING_TAG;
    return isText ? fnv32(this.#bytes, value.start, value.stop) : fnv32(this.#bytes, start, stop);
  }
}
