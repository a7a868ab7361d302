// All open taps: opens and closes them, tells the data path which ones are open, and gives them the
// records that it left for them.

import type { EventBus } from "../../o11y/event-bus.ts";
import { realSchedule, type Schedule } from "../../system/timer.ts";
import type { Encodings } from "../../protocols/index.ts";
import { TAPS_MAX } from "../../core/limits.ts";
import type { TapBatch, TapSubscription } from "./tap-subscriptions.ts";
import type { NotedRecord, OutgoingRecord } from "./tap-evaluation.ts";
import type { TapRecord } from "./tap-record.ts";
import { type Documents, Tap, type TapOptions } from "./tap-stream.ts";

export interface TapRegistryOptions {
  readonly bus: EventBus;
  /** Asked when a tap opens. */
  readonly showsPayloads: () => boolean;
  /** What the bytes of records are, by what their formats call them; others are binary. */
  readonly encodings: Encodings;
  /** Told the open taps whenever they change; `TapSubscriptions.show`. */
  readonly changed: (subscriptions: readonly TapSubscription[]) => void;
  readonly tapsMax?: number;
  readonly nowMs?: () => number;
  readonly schedule?: Schedule;
}

/** What a reader asks for. */
export type TapRequest = Pick<
  TapOptions,
  "stage" | "filter" | "texts" | "perSecondMax" | "format" | "recordsMax" | "secondsMax"
>;

export class TapRegistry {
  readonly tapsMax: number;
  readonly #options: TapRegistryOptions;
  #taps: readonly Tap[] = [];
  #lastId = 0;
  /** Taps whose readers have not got everything yet. */
  #readers = 0;

  constructor(options: TapRegistryOptions) {
    this.#options = options;
    this.tapsMax = options.tapsMax ?? TAPS_MAX;
    // An open tap is a request in flight, which the end of the program would wait for.
    options.bus.on("server.draining", () => {
      for (const tap of this.#taps) tap.end("stopping");
    });
  }

  /** Taps that are open, or whose readers have not got everything yet. */
  get open(): number {
    return this.#readers;
  }

  /** Loads what writes records as documents. */
  async documents(): Promise<Documents> {
    const { encodings } = this.#options;
    const loaded = [...encodings].map(async ([encoding, { document }]) => {
      const write = await document?.();
      return write === undefined ? [] : [[encoding, write] as const];
    });
    return new Map((await Promise.all(loaded)).flat());
  }

  /** A new tap, or undefined when there are `tapsMax`. `documents`: for the format `capture`. */
  tap(request: TapRequest, documents?: Documents): Tap | undefined {
    if (this.#readers >= this.tapsMax) return undefined;
    const { bus, showsPayloads, encodings } = this.#options;
    const { nowMs = Date.now, schedule = realSchedule } = this.#options;
    const { stage, recordsMax, secondsMax } = request;
    const tap = new Tap({
      ...request,
      documents,
      id: ++this.#lastId,
      showsPayloads: showsPayloads(),
      encodings,
      nowMs,
      schedule,
      ended: (ended, reason) => {
        this.#set(this.#taps.filter((one) => one !== ended));
        const { shown, lost } = ended;
        bus.emit("tap.closed", { stage, shown, lost, reason });
      },
      released: () => void this.#readers--,
    });
    this.#readers++;
    this.#set([...this.#taps, tap]);
    bus.emit("tap.opened", { stage, recordsMax, secondsMax });
    return tap;
  }

  /** Ends all taps, or those that show payloads. */
  switchOff(which: "all" | "payloads"): void {
    for (const tap of this.#taps) {
      if (which === "all" || tap.options.showsPayloads) tap.end("switched_off");
    }
  }

  /** Hands on what a request left. */
  deliver({ records, losses, outgoing }: TapBatch): void {
    for (const tap of this.#taps) {
      const isPost = tap.options.stage === "post";
      for (const record of records) {
        if (record.taps?.includes(tap.options.id) === false) continue;
        tap.push(isPost ? asLeft(record, outgoing) : record);
      }
      const lost = losses.get(tap.options.id) ?? 0;
      if (lost > 0) tap.lose(lost);
    }
  }

  #set(taps: readonly Tap[]): void {
    this.#taps = taps;
    this.#options.changed(
      taps.map(({ options: { id, stage, filter, texts, perSecondMax, format } }) => {
        const more = format === "capture" ? { wantsFrames: true } : {};
        const search = texts === undefined ? {} : { texts };
        const pace = perSecondMax === undefined ? {} : { perSecondMax };
        return { id, stage, filter, ...search, ...pace, ...more };
      }),
    );
  }
}

/** The record as it went on: nothing of a dropped one. */
function asLeft(
  record: NotedRecord,
  outgoing: ReadonlyMap<number, OutgoingRecord> | undefined,
): TapRecord {
  if (record.decision === "drop") return { ...record, bytes: undefined };
  if (outgoing === undefined) return { ...record, decision: "keep" };
  const left = outgoing.get(record.keptIndex);
  if (left === undefined) return record;
  const isSame = left.length === record.length && equal(left.bytes, record.bytes);
  const isWhole = left.bytes.length === left.length;
  const decision = isSame ? (isWhole ? "keep" : record.decision) : "edit";
  return { ...record, ...left, decision };
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
