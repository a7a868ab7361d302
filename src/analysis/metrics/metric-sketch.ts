// What a stream of metrics contains: records and bytes by name, and how many series and label
// values each name has. A series is the set of labels of a data point, together with its resource
// and scope.

import { fnv32, spread } from "../../core/hash.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/utf8.ts";
import type { RecordEncoding, RecordFrame } from "../../policy/extension-port.ts";
import type { Onlooker } from "../../policy/evaluate/onlooker.ts";
import { showing } from "../../policy/evaluate/onlooking.ts";
import type { Evaluation } from "../../policy/record-port.ts";
import type { ValueStore } from "../../policy/value-store.ts";
import type { SeriesOf, SeriesTaker } from "../../protocols/protocol.ts";
import { type DistinctCounts, HyperLogLog } from "../hyper-log-log.ts";
import { NAME_BYTES_MAX } from "../names.ts";
import { PutText } from "../put-text.ts";
import type { SketchOptions } from "../sketch-options.ts";
import { SpaceSaving } from "../space-saving.ts";
import { type Counted, type Look, Tally } from "../tally.ts";

/** Registers are 2 to the power of these: errors of 3.3 % and 6.5 %. */
export const SERIES_BITS = 10;
const VALUES_BITS = 8;
/** Labels of one name that are told apart; further and too long ones are part of series only. */
const LABELS_MAX = 12;
/** Metrics of a sampled request whose series are all read; of those behind them, one of so many. */
const READ_ALL_MAX = 32;
const READ_ONE_OF = 4;

const show = showing("metric", [{ kind: "field", field: "name" }]);
const NAME_SLOT = 0;

/** A name with how much there is of it. Series and values are estimates. */
export interface MetricCardinality extends Counted {
  readonly name: string;
  readonly series: number;
  /** The ones with most values first. */
  readonly labels: readonly { readonly label: string; readonly values: number }[];
}

/** One name, to be sent and merged. */
export interface MetricName extends Counted {
  readonly name: string;
  readonly series: DistinctCounts;
  readonly labels: ReadonlyMap<string, DistinctCounts>;
}

export interface MetricCounts {
  readonly total: Counted;
  readonly names: readonly MetricName[];
}

interface Label {
  readonly name: string;
  readonly values: HyperLogLog;
}

class Entry extends Tally {
  readonly name: string;
  readonly series = new HyperLogLog(SERIES_BITS);
  /** By the hash of the name. */
  readonly labels = new Map<number, Label>();

  constructor(name: string) {
    super();
    this.name = name;
  }

  label(name: string): HyperLogLog | undefined {
    const bytes = encodeUtf8(name);
    return this.labelAt(bytes, 0, bytes.length, fnv32(bytes, 0, bytes.length));
  }

  /** `hash`: `fnv32` of the name. */
  labelAt(bytes: Uint8Array, start: number, end: number, hash: number): HyperLogLog | undefined {
    const known = this.labels.get(hash);
    if (known !== undefined) return known.values;
    if (this.labels.size >= LABELS_MAX || end - start > NAME_BYTES_MAX) return undefined;
    const values = new HyperLogLog(VALUES_BITS);
    this.labels.set(hash, { name: decodeUtf8(bytes, start, end), values });
    return values;
  }
}

export class MetricSketch {
  readonly #total = new Tally();
  /** By `keyOf` their names. */
  readonly #entries = new Map<number, Entry>();
  readonly #held: SpaceSaving<Entry>;
  readonly #seed: number;
  #looks = 0;

  constructor({ seed, placesMax }: SketchOptions) {
    this.#seed = seed;
    this.#held = new SpaceSaving<Entry>(placesMax, ({ name }) => {
      const bytes = encodeUtf8(name);
      this.#entries.delete(keyOf(bytes, 0, bytes.length));
    });
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What counts the records of one request. `seriesOf`: by encoding; others have no series. */
  observer(look: Look, seriesOf: ReadonlyMap<RecordEncoding, SeriesOf>): Evaluation {
    const isSampled = look.weight > 1;
    let metrics = 0;
    // Another one of so many each time: metrics come in the same order.
    const turn = this.#looks++ % READ_ONE_OF;
    return show(
      new ShownMetrics(seriesOf, {
        metric: (name, bytes) => {
          look.counted();
          this.#total.add(look, bytes);
          const entry = this.#entryOf(look, name, bytes);
          const isRead = !isSampled || metrics < READ_ALL_MAX || metrics % READ_ONE_OF === turn;
          metrics++;
          return isRead ? entry : undefined;
        },
        // A metric with many of them costs as much as many records.
        counted: () => look.counted(),
        seed: this.#seed,
      }),
    );
  }

  get total(): Counted {
    return this.#total.counted;
  }

  /** No name's bytes are too many by more. */
  get bytesErrorMax(): number {
    return this.#held.errorMax;
  }

  get counts(): MetricCounts {
    const names = [...this.#held.things()].map((entry) => {
      const { name, series, labels } = entry;
      const values = [...labels.values()].map((one) => [one.name, one.values.counts] as const);
      return { ...entry.counted, name, series: series.counts, labels: new Map(values) };
    });
    return { total: this.#total.counted, names };
  }

  merge({ total, names }: MetricCounts): void {
    this.#total.merge(total);
    for (const { name, series, labels, ...counted } of names) {
      const bytes = encodeUtf8(name);
      const key = keyOf(bytes, 0, bytes.length);
      const known = this.#entries.get(key);
      const entry = known ?? this.#create(key, name);
      entry.merge(counted);
      entry.series.merge(series);
      for (const [label, values] of labels) entry.label(label)?.merge(values);
      if (known === undefined) this.#held.add(entry);
    }
  }

  /** How many series of the name there are, and values of each of its labels. */
  *names(): Generator<MetricCardinality, void> {
    for (const entry of this.#held.things()) {
      const { name, series, labels } = entry;
      const counts = [...labels.values()].map((one) => ({
        label: one.name,
        values: one.values.estimate(),
      }));
      const byValues = counts.sort((a, b) => b.values - a.values);
      yield { ...entry.counted, name, series: series.estimate(), labels: byValues };
    }
  }

  #entryOf(look: Look, { bytes, start, end }: PutText, recordBytes: number): Entry {
    const nameEnd = Math.min(end, start + NAME_BYTES_MAX);
    const key = keyOf(bytes, start, nameEnd);
    const known = this.#entries.get(key);
    const entry = known ?? this.#create(key, decodeUtf8(bytes, start, nameEnd));
    entry.add(look, recordBytes);
    if (known === undefined) this.#held.add(entry);
    return entry;
  }

  #create(key: number, name: string): Entry {
    const entry = new Entry(name);
    this.#entries.set(key, entry);
    return entry;
  }
}

/** A hash of 53 bits: two names have the same in no stream that there is. */
function keyOf(bytes: Uint8Array, start: number, end: number): number {
  const hash = fnv32(bytes, start, end);
  const other = spread(fnv32(bytes, start, end, hash));
  return (spread(hash) >>> 0) * 2 ** 21 + (other >>> 11);
}

/** What takes what an onlooker is shown. */
interface MetricTaker {
  /** Undefined: its series are not read. */
  metric(name: PutText, recordBytes: number): Entry | undefined;
  /** A series was. */
  counted(): void;
  readonly seed: number;
}

class ShownMetrics implements Onlooker, SeriesTaker {
  readonly #name = new PutText();
  readonly #seriesOf: ReadonlyMap<RecordEncoding, SeriesOf>;
  readonly #taker: MetricTaker;
  #entry: Entry | undefined;
  /** Of the frame that was met last. */
  #resource: Uint8Array | undefined;
  #around = 0;
  /** The labels of the series at hand. They come in any order: their hashes are added up. */
  #labels = 0;

  constructor(seriesOf: ReadonlyMap<RecordEncoding, SeriesOf>, taker: MetricTaker) {
    this.#seriesOf = seriesOf;
    this.#taker = taker;
  }

  /** Of the metric at hand. */
  get wantsBytes(): boolean {
    return this.#entry !== undefined;
  }

  record(values: ValueStore, recordBytes: number): void {
    this.#entry = this.#taker.metric(this.#name.read(values, NAME_SLOT), recordBytes);
  }

  offer(
    bytes: Uint8Array,
    start: number,
    end: number,
    encoding: RecordEncoding,
    frame?: RecordFrame,
  ): void {
    if (frame !== undefined && frame.resource !== this.#resource) {
      this.#resource = frame.resource;
      this.#around = fnv32(frame.resource, 0, frame.resource.length);
    }
    const metric = { signal: "metric", bytes: bytes.subarray(start, end), frame } as const;
    this.#labels = 0;
    this.#seriesOf.get(encoding)?.(metric, this);
  }

  label(name: string, value: number): void {
    const bytes = encodeUtf8(name);
    this.labelAt(bytes, 0, bytes.length, value);
  }

  labelAt(bytes: Uint8Array, start: number, end: number, value: number): void {
    const name = fnv32(bytes, start, end);
    const hash = spread(value ^ this.#taker.seed);
    this.#entry?.labelAt(bytes, start, end, name)?.add(hash);
    this.#labels = (this.#labels + spread(Math.imul(hash, 31) ^ name)) | 0;
  }

  series(): void {
    this.#taker.counted();
    const around = spread(this.#around ^ this.#taker.seed);
    this.#entry?.series.add(spread((around + this.#labels) | 0));
    this.#labels = 0;
  }
}
