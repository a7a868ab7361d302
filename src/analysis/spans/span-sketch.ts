// What a stream of spans contains: names by service, with values in them masked, and the share of
// errors.

import { fnv32, spread } from "../../core/hash.ts";
import type { Onlooker } from "../../policy/evaluate/onlooker.ts";
import { showing } from "../../policy/evaluate/onlooking.ts";
import type { Evaluation } from "../../policy/record-port.ts";
import type { ValueStore } from "../../policy/value-store.ts";
import { MaskedLine } from "../logs/masked-line.ts";
import { Names, NO_NAME } from "../names.ts";
import { PutText, smallNumber } from "../put-text.ts";
import type { SketchOptions } from "../sketch-options.ts";
import { SpaceSaving } from "../space-saving.ts";
import { type Counted, type Look, Tally } from "../tally.ts";

const SERVICES_MAX = 256;
/** OTLP's STATUS_CODE_ERROR. */
const ERROR_STATUS = 2;

const show = showing("trace", [
  { kind: "attribute", scope: "resource", path: ["service.name"] },
  { kind: "field", field: "name" },
  { kind: "field", field: "span_status" },
]);
const Slot = { service: 0, name: 1, status: 2 } as const;

/** Spans of one name, to be sent and merged. */
export interface SpanName extends Counted {
  readonly service: string;
  /** Of the service and the name. */
  readonly hash: number;
  readonly isCut: boolean;
  /** Of the name, with masks; undefined: seen too seldom. */
  readonly words: readonly string[] | undefined;
  /** Records and bytes of spans with errors. */
  readonly errors: number;
  readonly errorBytes: number;
}

export type ShownSpan = Omit<SpanName, "hash" | "words"> & { readonly words: readonly string[] };

export interface SpanCounts {
  readonly total: Counted;
  readonly spans: readonly SpanName[];
}

class Entry extends Tally {
  errors = 0;
  errorBytes = 0;
  /** Its words with spaces between them. */
  text: string | undefined;
  readonly service: string;
  readonly hash: number;
  readonly isCut: boolean;

  constructor(service: string, hash: number, isCut: boolean) {
    super();
    this.service = service;
    this.hash = hash;
    this.isCut = isCut;
  }
}

export class SpanSketch {
  readonly #total = new Tally();
  readonly #services = new Names(SERVICES_MAX);
  readonly #entries = new Map<number, Entry>();
  readonly #held: SpaceSaving<Entry>;
  readonly #line: MaskedLine;
  readonly #shownMin: number;

  constructor({ seed, placesMax, shownMin }: SketchOptions) {
    this.#line = new MaskedLine(seed);
    this.#shownMin = shownMin;
    this.#held = new SpaceSaving<Entry>(placesMax, ({ hash }) => this.#entries.delete(hash));
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What counts the records of one request. */
  observer(look: Look): Evaluation {
    return show(
      new ShownSpans((service, name, status, bytes) => {
        this.#observe(look, service, name, status, bytes);
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

  /** Those that were seen often enough to be shown. */
  *names(): Generator<ShownSpan, void> {
    for (const { words, hash: _hash, ...span } of this.counts.spans) {
      if (words !== undefined) yield { ...span, words };
    }
  }

  get counts(): SpanCounts {
    const spans = [...this.#held.things()].map((entry) => {
      const { service, hash, isCut, text, errors, errorBytes } = entry;
      const words = text?.split(" ");
      return { ...entry.counted, service, hash, isCut, words, errors, errorBytes };
    });
    return { total: this.#total.counted, spans };
  }

  merge({ total, spans }: SpanCounts): void {
    this.#total.merge(total);
    for (const { service, hash, isCut, words, errors, errorBytes, ...counted } of spans) {
      const known = this.#entries.get(hash);
      const entry = known ?? this.#create(service, hash, isCut);
      entry.merge(counted);
      entry.errors += errors;
      entry.errorBytes += errorBytes;
      entry.text ??= words?.join(" ");
      if (known === undefined) this.#held.add(entry);
    }
  }

  #observe(look: Look, service: PutText, name: PutText, status: number, bytes: number): void {
    const line = this.#line;
    line.read(name.bytes, name.start, name.end);
    const number = this.#services.numberOf(service);
    let hash = number === NO_NAME ? 0 : fnv32(service.bytes, service.start, service.end);
    for (let i = 0; i < line.count; i++) {
      hash = spread(Math.imul(hash, 31) ^ (line.hashes[i] as number));
    }
    const known = this.#entries.get(hash);
    const entry = known ?? this.#create(this.#services.text(number), hash, line.isCut);
    entry.add(look, bytes);
    look.counted();
    this.#total.add(look, bytes);
    if (status === ERROR_STATUS) {
      entry.errors += look.weight;
      entry.errorBytes += bytes * look.weight;
    }
    if (known === undefined) this.#held.add(entry);
    if (entry.text === undefined && entry.seen >= this.#shownMin) {
      entry.text = Array.from({ length: line.count }, (_, i) => line.text(i)).join(" ");
    }
  }

  #create(service: string, hash: number, isCut: boolean): Entry {
    const entry = new Entry(service, hash, isCut);
    this.#entries.set(hash, entry);
    return entry;
  }
}

type TakeSpan = (service: PutText, name: PutText, status: number, recordBytes: number) => void;

class ShownSpans implements Onlooker {
  readonly wantsBytes = false;
  readonly #service = new PutText();
  readonly #name = new PutText();
  readonly #take: TakeSpan;

  constructor(take: TakeSpan) {
    this.#take = take;
  }

  record(values: ValueStore, recordBytes: number): void {
    const service = this.#service.read(values, Slot.service);
    const name = this.#name.read(values, Slot.name);
    this.#take(service, name, smallNumber(values, Slot.status), recordBytes);
  }
}
