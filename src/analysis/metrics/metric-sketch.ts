// What is in a stream of metrics: records and bytes by name, and how many series and values of
// labels each name has. Series are the sets of labels of data points, with what stands around them.

import { fnv32, spread } from "../../core/hash.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/utf8.ts";
import { SlotTable } from "../../policy/compile/slot-table.ts";
import type { RecordEncoding, RecordFrame } from "../../policy/extension-port.ts";
import type { Evaluation } from "../../policy/record-port.ts";
import type { SeriesOf } from "../../protocols/protocol.ts";
import { type DistinctCounts, HyperLogLog } from "../hyper-log-log.ts";
import { NAME_BYTES_MAX } from "../names.ts";
import { Observer, PutText } from "../observer.ts";
import type { SketchOptions } from "../sketch-options.ts";
import { SpaceSaving } from "../space-saving.ts";
import { type Counted, type Look, Tally } from "../tally.ts";

/** Registers are 2 to the power of these: errors of 3.3 % and 6.5 %. */
export const SERIES_BITS = 10;
const VALUES_BITS = 8;
/** Labels of one name that are told apart; further and too long ones are part of series only. */
const LABELS_MAX = 12;
/** Names of labels whose hashes are held. */
const NAME_HASHES_MAX = 256;

const FIELDS = SlotTable.of("metric", [{ kind: "field", field: "name" }]);

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

class Entry extends Tally {
  readonly name: string;
  readonly series = new HyperLogLog(SERIES_BITS);
  readonly labels = new Map<string, HyperLogLog>();

  constructor(name: string) {
    super();
    this.name = name;
  }

  label(name: string): HyperLogLog | undefined {
    const known = this.labels.get(name);
    if (known !== undefined || this.labels.size >= LABELS_MAX) return known;
    if (name.length > NAME_BYTES_MAX) return undefined;
    const fresh = new HyperLogLog(VALUES_BITS);
    this.labels.set(name, fresh);
    return fresh;
  }
}

export class MetricSketch {
  readonly #total = new Tally();
  readonly #entries = new Map<string, Entry>();
  readonly #held: SpaceSaving<Entry>;
  readonly #seed: number;
  readonly #nameHashes = new Map<string, number>();

  constructor({ seed, placesMax }: SketchOptions) {
    this.#seed = seed;
    this.#held = new SpaceSaving<Entry>(placesMax, ({ name }) => this.#entries.delete(name));
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What counts the records of one request. `seriesOf`: by encoding; others have no series. */
  observer(look: Look, seriesOf: ReadonlyMap<RecordEncoding, SeriesOf>): Evaluation {
    return new MetricObserver(seriesOf, {
      metric: (name, bytes) => {
        look.counted();
        this.#total.add(look, bytes);
        return this.#entryOf(look, name, bytes);
      },
      series: (entry, names, values, around) => {
        // A metric with many of them costs as much as many records.
        look.counted();
        this.#count(entry, names, values, around);
      },
    });
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
      const values = [...labels].map(([label, of]) => [label, of.counts] as const);
      return { ...entry.counted, name, series: series.counts, labels: new Map(values) };
    });
    return { total: this.#total.counted, names };
  }

  merge({ total, names }: MetricCounts): void {
    this.#total.merge(total);
    for (const { name, series, labels, ...counted } of names) {
      const known = this.#entries.get(name);
      const entry = known ?? this.#create(name);
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
      const counts = [...labels].map(([label, values]) => ({ label, values: values.estimate() }));
      const byValues = counts.sort((a, b) => b.values - a.values);
      yield { ...entry.counted, name, series: series.estimate(), labels: byValues };
    }
  }

  #entryOf(look: Look, { bytes, start, end }: PutText, recordBytes: number): Entry {
    const name = decodeUtf8(bytes, start, Math.min(end, start + NAME_BYTES_MAX));
    const known = this.#entries.get(name);
    const entry = known ?? this.#create(name);
    entry.add(look, recordBytes);
    if (known === undefined) this.#held.add(entry);
    return entry;
  }

  #create(name: string): Entry {
    const entry = new Entry(name);
    this.#entries.set(name, entry);
    return entry;
  }

  /** Labels come in any order: their hashes are added up. */
  #count(entry: Entry, names: readonly string[], values: readonly number[], around: number): void {
    let series = spread(around ^ this.#seed);
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string;
      const value = spread((values[i] as number) ^ this.#seed);
      entry.label(name)?.add(value);
      series = (series + spread(Math.imul(value, 31) ^ this.#nameHash(name))) | 0;
    }
    entry.series.add(spread(series));
  }

  /** Names are few. */
  #nameHash(name: string): number {
    const known = this.#nameHashes.get(name);
    if (known !== undefined) return known;
    const bytes = encodeUtf8(name);
    const hash = fnv32(bytes, 0, bytes.length);
    const isHeld = this.#nameHashes.size < NAME_HASHES_MAX && name.length <= NAME_BYTES_MAX;
    if (isHeld) this.#nameHashes.set(name, hash);
    return hash;
  }
}

/** What takes what an observer sees. */
interface MetricTaker {
  metric(name: PutText, recordBytes: number): Entry;
  /** `around`: a hash of what stands around the metric. */
  series(entry: Entry, names: readonly string[], values: readonly number[], around: number): void;
}

class MetricObserver extends Observer {
  readonly #name = new PutText();
  readonly #seriesOf: ReadonlyMap<RecordEncoding, SeriesOf>;
  readonly #taker: MetricTaker;
  #entry: Entry | undefined;
  /** Of the frame that was met last. */
  #resource: Uint8Array | undefined;
  #around = 0;

  constructor(seriesOf: ReadonlyMap<RecordEncoding, SeriesOf>, taker: MetricTaker) {
    super(FIELDS);
    this.#seriesOf = seriesOf;
    this.#taker = taker;
  }

  beginRecord(): void {
    this.#name.clear();
  }

  override putString(_slot: number, bytes: Uint8Array, start: number, end: number): void {
    this.#name.set(bytes, start, end);
  }

  protected override record(recordBytes: number): void {
    this.#entry = this.#taker.metric(this.#name, recordBytes);
  }

  override get offering(): boolean {
    return true;
  }

  override offer(
    bytes: Uint8Array,
    start: number,
    end: number,
    encoding: RecordEncoding,
    frame?: RecordFrame,
  ): void {
    const seriesOf = this.#seriesOf.get(encoding);
    const entry = this.#entry;
    if (seriesOf === undefined || entry === undefined) return;
    if (frame !== undefined && frame.resource !== this.#resource) {
      this.#resource = frame.resource;
      this.#around = fnv32(frame.resource, 0, frame.resource.length);
    }
    const around = this.#around;
    const metric = { signal: "metric", bytes: bytes.subarray(start, end), frame } as const;
    seriesOf(metric, (names, values) => this.#taker.series(entry, names, values, around));
  }
}
