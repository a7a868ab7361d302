// Records as a request offers them to the handler of an extension.

import type { RecordCall } from "../../src/extensions/index.ts";
import { RecordForwarder } from "../../src/extensions/record-forwarder.ts";
import { PacketReader } from "../../src/extensions/record-packet.ts";
import { RingReader } from "../../src/extensions/record-ring.ts";
import { EventBus } from "../../src/o11y/index.ts";
import { type OfferedRecord, OfferedRecords, Outcome } from "../../src/policy/index.ts";

export function packed(records: readonly OfferedRecord[]): OfferedRecords {
  const sources = [...new Set(records.map(({ source }) => source))];
  const offered = new OfferedRecords(sources);
  for (const { source, matched, kept, encoding, bytes, frame } of records) {
    offered.take(bytes, 0, bytes.length);
    const outcome = (matched ? Outcome.matched : 0) | (kept ? Outcome.kept : 0);
    offered.add(sources.indexOf(source), frame, encoding, outcome);
  }
  return offered;
}

/** A handler that is told of single records, whose bytes are their own. */
export function eachRecord(listener: (record: OfferedRecord) => void) {
  return (records: OfferedRecords): void => {
    for (const record of records.records()) listener({ ...record, bytes: record.bytes.slice() });
  };
}

/** Another thread, which has records for an extension, and calls it each time. */
export class OtherThread {
  readonly #type: string;
  readonly #ring: number;
  readonly #called: (call: RecordCall) => void;
  readonly #forwarder: RecordForwarder;

  constructor(type: string, ring: number, called: (call: RecordCall) => void) {
    this.#type = type;
    this.#ring = ring;
    this.#called = called;
    const kinds = [{ type }];
    this.#forwarder = new RecordForwarder({ kinds, bus: new EventBus(), ring, call: called });
  }

  offer(records: readonly OfferedRecord[]): void {
    this.#forwarder.handlers.get(this.#type)?.offer(packed(records));
    this.#called({ type: this.#type, ring: this.#ring });
  }
}

/** All that is in a ring, by packet. */
export function readRing(memory: SharedArrayBuffer): OfferedRecord[][] {
  const [ring, reader] = [new RingReader(memory), new PacketReader()];
  const read: OfferedRecord[][] = [];
  for (let packet = ring.next(); packet !== undefined; packet = ring.next()) {
    read.push(reader.read(packet));
  }
  return read;
}
