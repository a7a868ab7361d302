// Records as a request offers them to the handler of an extension.

import {
  type ForwardedRecords,
  OutgoingRecords,
  SourceTexts,
} from "../../src/extensions/forwarded-records.ts";
import { type OfferedRecord, OfferedRecords, Outcome } from "../../src/policy/index.ts";

export function packed(records: readonly OfferedRecord[]): OfferedRecords {
  const sources = [...new Set(records.map(({ source }) => source))];
  const offered = new OfferedRecords(sources);
  for (const { source, matched, kept, encoding, bytes, frame } of records) {
    const at = offered.copy(bytes, 0, bytes.length);
    const outcome = (matched ? Outcome.matched : 0) | (kept ? Outcome.kept : 0);
    offered.add(sources.indexOf(source), frame, encoding, outcome, at);
  }
  return offered;
}

/** A handler that is told of single records, whose bytes are their own. */
export function eachRecord(listener: (record: OfferedRecord) => void) {
  return (records: OfferedRecords): void => {
    for (const record of records.records()) listener({ ...record, bytes: record.bytes.slice() });
  };
}

/** The same as they come from another thread. */
export function forwarded(type: string, records: readonly OfferedRecord[]): ForwardedRecords {
  const outgoing = new OutgoingRecords(type, new SourceTexts(), 16);
  outgoing.append(packed(records));
  return outgoing.take();
}
