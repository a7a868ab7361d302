// Reads what policies left of a request, record by record: what a tap shows after an edit. It runs
// only while a tap is open, and uses the format's own reader, so that no format has to know about
// taps.

import {
  type Onlooker,
  type RecordEncoding,
  type RecordFormat,
  type RecordFrame,
  showing,
  type Signal,
} from "../../policy/index.ts";
import { TAP_RECORD_BYTES_MAX } from "../../core/limits.ts";
import type { OutgoingRecord } from "./tap-evaluation.ts";

/**
 * The records of `output` whose numbers are wanted, by number. Empty when it cannot be read, which
 * would be a fault of ours, and none that may reach the request.
 */
export function outgoingRecords(
  format: RecordFormat,
  signal: Signal,
  output: Uint8Array,
  wanted: ReadonlySet<number>,
): ReadonlyMap<number, OutgoingRecord> {
  const collector = new Collector(wanted);
  try {
    format.filter(output, showing(signal, [])(collector));
  } catch {
    return new Map();
  }
  return collector.found;
}

class Collector implements Onlooker {
  readonly wantsBytes = true;
  readonly found = new Map<number, OutgoingRecord>();
  readonly #wanted: ReadonlySet<number>;
  #index = 0;

  constructor(wanted: ReadonlySet<number>) {
    this.#wanted = wanted;
  }

  record(): void {}

  offer(
    bytes: Uint8Array,
    start: number,
    end: number,
    _encoding: RecordEncoding,
    frame?: RecordFrame,
  ): void {
    const index = this.#index++;
    if (!this.#wanted.has(index)) return;
    const cut = Math.min(end, start + TAP_RECORD_BYTES_MAX);
    this.found.set(index, { length: end - start, bytes: bytes.slice(start, cut), frame });
  }
}
