// The tailer's positions: a file of any bytes is read as far as its checksums hold, and what was
// read is written and read again.

import {
  decodeRecords,
  encodeHeader,
  encodeRecords,
  HEADER_BYTES,
  headerOf,
  RECORD_BYTES,
} from "../../../../src/tail/checkpoint/record.ts";
import { expectSame, type FuzzTarget } from "../../fuzz-target.ts";

const record = (inode: number, offset: number): Uint8Array =>
  encodeRecords([
    {
      id: { device: 7n, inode: BigInt(inode) },
      offset,
      isInsideLine: offset % 2 === 1,
      head: { length: 10, crc: 1 },
      guard: { length: 5, crc: 0xffff_ffff },
      seenMs: 5,
    },
  ]);
const file = (...records: Uint8Array[]): Uint8Array =>
  new Uint8Array(Buffer.concat([encodeHeader(), ...records]));

export const target: FuzzTarget = {
  seeds: [
    file(),
    file(record(1, 2), record(2, 3), record(1, 5)),
    file(record(1, 2), new Uint8Array(9), record(2, 3)).subarray(0, -4),
  ],
  words: ["EDGETAIL", "TREC", "WWAL"],
  check(input) {
    headerOf(input);
    const { entries, records, tornBytes, corruptBytes } = decodeRecords(input);
    const behind = Math.max(0, input.length - HEADER_BYTES);
    expectSame("bytes", records * RECORD_BYTES + tornBytes + corruptBytes, behind);
    const again = decodeRecords(file(encodeRecords([...entries.values()])));
    expectSame("entries", [...again.entries], [...entries]);
    expectSame("clean", [again.tornBytes, again.corruptBytes], [0, 0]);
  },
};
