// One open tap: the lines that its reader has not taken yet, within a bound, and how it ends. A
// record that arrives when the bound is reached is lost and counted; the data path never waits for
// a reader.

import type { Schedule } from "../../system/timer.ts";
import type { RecordEncoding } from "../../policy/index.ts";
import type { Encodings, PayloadKind, RecordDocument } from "../../protocols/index.ts";
import { TAP_BUFFER_BYTES_MAX, TAP_SILENCE_MS } from "../../core/limits.ts";
import {
  captureLine,
  noteLine,
  recordLine,
  type TapLineFormat,
  type TapLineHead,
  type TapNote,
} from "./tap-lines.ts";
import { type TapFilter, type TapRecord, type TapStage, wantsRecord } from "./tap-record.ts";

export interface TapOptions {
  readonly id: number;
  readonly stage: TapStage;
  readonly filter: TapFilter;
  /** See `TapSubscription`. */
  readonly texts?: readonly string[] | undefined;
  readonly perSecondMax?: number | undefined;
  /** What writes records as documents, for the format `capture`. */
  readonly documents?: Documents | undefined;
  readonly format: TapLineFormat;
  readonly showsPayloads: boolean;
  /** What the bytes of records are, by what their formats call them; others are binary. */
  readonly encodings: Encodings;
  /** Records after which it ends. */
  readonly recordsMax: number;
  readonly secondsMax: number;
  /** Wall clock in milliseconds. */
  readonly nowMs: () => number;
  readonly schedule: Schedule;
  /** Called once: it takes no more records. */
  readonly ended: (tap: Tap, reason: TapEnd) => void;
  /** Called once, after `ended`: its reader has everything, or went away. */
  readonly released: () => void;
}

export type Documents = ReadonlyMap<RecordEncoding, RecordDocument>;

/** Why a tap ended. */
export type TapEnd = "records" | "seconds" | "reader" | "stopping" | "switched_off";

/** Bytes that are handed over at once. */
const PIECE_BYTES_MAX = 64 * 1024;

export class Tap {
  readonly options: TapOptions;
  /** Records that were put before the reader, and those that it was too slow for. */
  shown = 0;
  lost = 0;
  readonly #encoder = new TextEncoder();
  #lines: Uint8Array[] = [];
  #bytes = 0;
  /** Lost since the last line. */
  #lostNow = 0;
  #isEnded = false;
  #isReleased = false;
  #cancelSeconds: () => void;
  #cancelSilence: (() => void) | undefined;
  #wake: (() => void) | undefined;

  constructor(options: TapOptions) {
    this.options = options;
    const { stage, recordsMax, secondsMax, showsPayloads, schedule } = options;
    this.#cancelSeconds = schedule(secondsMax * 1000, () => this.end("seconds"));
    this.#note({
      tap: "open",
      stage,
      records_max: recordsMax,
      seconds_max: secondsMax,
      payloads: showsPayloads,
    });
    this.#awaitSilence();
  }

  /** Shows the record if this tap wants it. */
  push(record: TapRecord): void {
    const { filter, recordsMax, format, stage, nowMs } = this.options;
    if (this.#isEnded || !wantsRecord(filter, record)) return;
    if (this.#bytes >= TAP_BUFFER_BYTES_MAX) {
      this.lose(1);
      return;
    }
    this.#tellLost();
    this.shown++;
    const head = { seq: this.shown + this.lost, timeMs: nowMs(), stage };
    const line =
      this.#captureLine(head, record) ?? recordLine(format, head, record, this.#shownAs(record));
    this.#put(line);
    if (this.shown >= recordsMax) this.end("records");
  }

  /** Undefined: its format has no documents, or it is shown in part, or not at all. */
  #captureLine(head: TapLineHead, { frame, ...record }: TapRecord): string | undefined {
    const { showsPayloads, documents } = this.options;
    const { bytes, length, signal, encoding } = record;
    if (!showsPayloads || bytes?.length !== length) return undefined;
    const document = documents?.get(encoding)?.({ signal, bytes, frame });
    return document === undefined ? undefined : captureLine(head, record, document);
  }

  #shownAs({ encoding }: TapRecord): PayloadKind | undefined {
    const { showsPayloads, encodings } = this.options;
    return showsPayloads ? (encodings.get(encoding)?.payload ?? "binary") : undefined;
  }

  /** Counts records that could not be shown. */
  lose(records: number): void {
    if (this.#isEnded) return;
    this.lost += records;
    this.#lostNow += records;
  }

  /** Takes no more; the reader gets what waits and a last line. */
  end(reason: TapEnd): void {
    if (this.#isEnded) return;
    this.#tellLost();
    this.#isEnded = true;
    this.#cancelSeconds();
    this.#cancelSilence?.();
    this.#note({ tap: "end", reason, shown: this.shown, lost: this.lost });
    this.options.ended(this, reason);
  }

  /** The reader went away: nothing waits for it any more. */
  abandon(): void {
    this.end("reader");
    this.#lines = [];
    this.#release();
  }

  /** For the response's body; to be called once. */
  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          while (this.#lines.length === 0) {
            if (this.#isEnded) {
              controller.close();
              this.#release();
              return;
            }
            await new Promise<void>((wake) => (this.#wake = wake));
          }
          controller.enqueue(this.#take());
        },
        cancel: () => this.abandon(),
      },
      { highWaterMark: 0 },
    );
  }

  #release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.options.released();
  }

  #tellLost(): void {
    if (this.#lostNow === 0) return;
    const records = this.#lostNow;
    this.#lostNow = 0;
    this.#note({ tap: "lost", records });
  }

  #note(note: TapNote): void {
    this.#put(noteLine(this.options.format, note));
  }

  #put(line: string): void {
    const bytes = this.#encoder.encode(line);
    this.#lines.push(bytes);
    this.#bytes += bytes.length;
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** The lines at the front, as many as fit into one piece. */
  #take(): Uint8Array {
    let count = 0;
    let length = 0;
    for (const line of this.#lines) {
      if (count > 0 && length + line.length > PIECE_BYTES_MAX) break;
      length += line.length;
      count++;
    }
    const piece = new Uint8Array(length);
    let at = 0;
    for (const line of this.#lines.splice(0, count)) {
      piece.set(line, at);
      at += line.length;
    }
    this.#bytes -= length;
    return piece;
  }

  /** Says that it waits when there was nothing to say for a while. */
  #awaitSilence(): void {
    const seen = this.shown;
    this.#cancelSilence = this.options.schedule(TAP_SILENCE_MS, () => {
      if (this.shown === seen && this.#lines.length === 0) this.#note({ tap: "waiting" });
      this.#awaitSilence();
    });
  }
}
