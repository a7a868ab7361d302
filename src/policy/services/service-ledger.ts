// Counts what came in and went out by signal and service, in memory that another thread may read.
// One thread adds; a reader takes each count exactly once. Bounded: services beyond the bound share
// one row.

import { SERVICE_NAME_BYTES_MAX, SERVICES_MAX } from "../../core/limits.ts";
import { markOfKey } from "../../core/hash.ts";
import { decodeUtf8 } from "../../core/utf8.ts";
import { ByteTable } from "../matching/byte-table.ts";
import { type Signal, SIGNALS } from "../model.ts";
import { FLOWS } from "./flow-counts.ts";

/** Rows without a name: for records that name no service, and for services beyond the bound. */
export const ServiceRow = { none: 0, others: 1, named: 2 } as const;
/** How many rows each signal has. */
export const SERVICE_ROWS = ServiceRow.named + SERVICES_MAX;

/** The service that a row belongs to. */
export type ServiceKey =
  { readonly kind: "named"; readonly name: string } | { readonly kind: "none" | "others" };

const NAMES_AT = 4 * SERVICES_MAX + 4;
const NAMES_END = NAMES_AT + SERVICES_MAX * SERVICE_NAME_BYTES_MAX;
/** Eight-byte numbers begin at the next possible offset. */
const ROWS_AT = Math.ceil(NAMES_END / 8) * 8;
/** The shift from a mark to its index in the guesses. */
const MARK_SHIFT = 24;
const ROWS = SIGNALS.length * SERVICE_ROWS;
/** The rows of each signal are consecutive, in the order of SIGNALS. */
const FIRST_ROWS = { log: 0, metric: SERVICE_ROWS, trace: 2 * SERVICE_ROWS } as const;

/** Memory for one ledger. */
export function createServiceMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(ROWS_AT + ROWS * FLOWS * Float64Array.BYTES_PER_ELEMENT);
}

class Memory {
  /** How many services have a name, and the length of each name. */
  readonly head: Int32Array;
  readonly names: Uint8Array;
  readonly counts: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.head = new Int32Array(memory, 0, 1 + SERVICES_MAX);
    this.names = new Uint8Array(memory, NAMES_AT, NAMES_END - NAMES_AT);
    this.counts = new Float64Array(memory, ROWS_AT, ROWS * FLOWS);
  }
}

/** The side of the thread that judges. */
export class ServiceLedger {
  private readonly memory: Memory;
  private readonly table = new ByteTable();
  /**
   * Numbers, plus one, of the latest names, by what distinguishes most names: comparing one is much
   * faster than hashing.
   */
  private readonly guesses = new Uint8Array(1 << (32 - MARK_SHIFT));

  constructor(memory: SharedArrayBuffer) {
    this.memory = new Memory(memory);
  }

  /** The row of the service with that name, in UTF-8. */
  rowOf(bytes: Uint8Array, start: number, end: number): number {
    if (start === end) return ServiceRow.none;
    const mark = markOfKey(bytes, start, end) >>> MARK_SHIFT;
    const guess = (this.guesses[mark] as number) - 1;
    if (guess >= 0 && this.table.isAt(guess, bytes, start, end)) return ServiceRow.named + guess;
    const known = this.table.find(bytes, start, end);
    if (known < 0) return this.newRow(bytes.subarray(start, end));
    this.guesses[mark] = known + 1;
    return ServiceRow.named + known;
  }

  /** Adds from[at, at + FLOWS) to the signal's row with that number. */
  add(signal: Signal, row: number, from: Float64Array, at: number): void {
    const { counts } = this.memory;
    const to = (FIRST_ROWS[signal] + row) * FLOWS;
    for (let i = 0; i < FLOWS; i++) {
      const more = from[at + i] as number;
      if (more !== 0) counts[to + i] = (counts[to + i] as number) + more;
    }
  }

  private newRow(name: Uint8Array): number {
    const { head, names } = this.memory;
    const number = this.table.size;
    if (number >= SERVICES_MAX || name.length > SERVICE_NAME_BYTES_MAX) return ServiceRow.others;
    this.table.add(name);
    names.set(name, number * SERVICE_NAME_BYTES_MAX);
    head[1 + number] = name.length;
    // Whoever sees the number must see the name.
    Atomics.store(head, 0, number + 1);
    return ServiceRow.named + number;
  }
}

/** The side of the thread that reads. */
export class ServiceLedgerReader {
  private readonly memory: Memory;
  private readonly seen = new Float64Array(ROWS * FLOWS);
  private readonly keys: ServiceKey[] = [{ kind: "none" }, { kind: "others" }];

  constructor(memory: SharedArrayBuffer) {
    this.memory = new Memory(memory);
  }

  /** Hands over what was counted since the last call; `counts` is borrowed. */
  drain(take: (signal: Signal, service: ServiceKey, counts: Float64Array) => void): void {
    const { counts, head } = this.memory;
    const named = Atomics.load(head, 0);
    const more = new Float64Array(FLOWS);
    for (const [s, signal] of SIGNALS.entries()) {
      for (let row = 0; row < ServiceRow.named + named; row++) {
        const from = (s * SERVICE_ROWS + row) * FLOWS;
        let isNew = false;
        for (let i = 0; i < FLOWS; i++) {
          const now = counts[from + i] as number;
          more[i] = now - (this.seen[from + i] as number);
          this.seen[from + i] = now;
          if (more[i] !== 0) isNew = true;
        }
        if (isNew) take(signal, this.keyOf(row), more);
      }
    }
  }

  private keyOf(row: number): ServiceKey {
    const known = this.keys[row];
    if (known !== undefined) return known;
    const { head, names } = this.memory;
    const number = row - ServiceRow.named;
    const start = number * SERVICE_NAME_BYTES_MAX;
    const name = decodeUtf8(names.slice(start, start + (head[1 + number] as number)));
    return (this.keys[row] = { kind: "named", name });
  }
}
