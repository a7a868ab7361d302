// Positions that survive restarts, and files of positions that are not as they should be.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { CheckpointStore, StateError } from "../../src/tail/checkpoint/store.ts";
import {
  type Entry,
  HEADER_BYTES,
  RECORD_BYTES,
  decodeRecords,
  encodeHeader,
  encodeRecords,
} from "../../src/tail/checkpoint/record.ts";

let parent = "";
let folder = "";
let file = "";
let nowMs = 1_000_000;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "tail-"));
  folder = join(parent, "a/b");
  file = join(folder, "checkpoint.wal");
  nowMs = 1_000_000;
});
afterEach(() => rmSync(parent, { recursive: true }));

function entry(inode: number, offset: number, more: Partial<Entry> = {}): Entry {
  return {
    id: { device: 7n, inode: BigInt(inode) },
    offset,
    isInsideLine: false,
    head: { length: 10, crc: 1 },
    guard: { length: 5, crc: 0xffff_ffff },
    seenMs: nowMs,
    ...more,
  };
}

const idOf = (inode: number) => ({ device: 7n, inode: BigInt(inode) });

function openStore(more: { entriesMax?: number; compactIntervalMs?: number } = {}) {
  return new CheckpointStore({
    folder,
    ttlMs: 1000,
    entriesMax: 100,
    compactIntervalMs: 1e9,
    nowMs: () => nowMs,
    ...more,
  });
}

async function saved(...entries: Entry[]): Promise<void> {
  const store = openStore();
  for (const one of entries) {
    store.put(one);
    await store.commit();
  }
  await store.close();
}

const recordsOnDisk = () => (statSync(file).size - HEADER_BYTES) / RECORD_BYTES;

describe("a position", () => {
  test("is found again after a restart, all of it", async () => {
    const id = { device: 2n ** 64n - 1n, inode: 2n ** 63n + 1n };
    const all = entry(0, 2 ** 52, { id, isInsideLine: true });
    await saved(all, entry(2, 5));
    const store = openStore();
    expect(store.lookUp(id)).toEqual(all);
    expect(store.lookUp(idOf(2))).toEqual(entry(2, 5));
    expect(store.lookUp(idOf(3))).toBeUndefined();
    expect(store.loaded).toEqual({ files: 2, tornBytes: 0, corruptBytes: 0 });
  });

  test("is the last one that was written", async () => {
    await saved(entry(1, 10), entry(2, 7), entry(1, 30), entry(1, 20));
    expect(openStore().lookUp(idOf(1))).toEqual(entry(1, 20));
  });

  test("that was put while another was written is written the next time", async () => {
    const store = openStore();
    store.put(entry(1, 1));
    await store.commit();
    store.put(entry(1, 2));
    const writing = store.commit();
    store.put(entry(1, 3));
    await writing;
    await store.commit();
    await store.close();
    expect(openStore().lookUp(idOf(1))).toEqual(entry(1, 3));
  });

  test("is written once, however often it was put", async () => {
    const store = openStore();
    store.put(entry(9, 0));
    await store.commit();
    for (let i = 0; i < 10_000; i++) store.put(entry(i % 3, i));
    await store.commit();
    await store.close();
    expect(recordsOnDisk()).toBe(4);
  });

  test("is forgotten when its file was not followed for so long", async () => {
    await saved(entry(1, 10), entry(2, 20, { seenMs: nowMs + 1 }));
    nowMs += 1001;
    expect([1, 2].map((inode) => openStore().lookUp(idOf(inode))?.offset)).toEqual([undefined, 20]);
  });

  test("is not forgotten when the clock was set back", async () => {
    await saved(entry(1, 10));
    nowMs -= 500_000;
    expect(openStore().lookUp(idOf(1))?.offset).toBe(10);
  });

  test("of a file that is followed does not grow old", async () => {
    const store = openStore();
    store.isFollowed = () => true;
    store.put(entry(1, 10));
    await store.commit();
    nowMs += 900;
    await store.commit();
    await store.close();
    nowMs += 900;
    expect(openStore().lookUp(idOf(1))?.offset).toBe(10);
  });
});

describe("the file", () => {
  test("is written anew when it is due, with one record a file", async () => {
    const store = openStore({ compactIntervalMs: 100 });
    for (let i = 0; i < 10; i++) {
      store.put(entry(i % 2, i));
      await store.commit();
    }
    expect(recordsOnDisk()).toBe(10);
    nowMs += 100;
    store.put(entry(0, 99));
    await store.commit();
    expect(recordsOnDisk()).toBe(2);
    store.put(entry(1, 98));
    await store.commit();
    await store.close();
    expect([0, 1].map((inode) => openStore().lookUp(idOf(inode))?.offset)).toEqual([99, 98]);
  });

  test("keeps so many files that are not followed, the latest, and all that are", async () => {
    const store = openStore({ entriesMax: 2 });
    store.isFollowed = (key) => key === "7:1";
    for (let i = 1; i <= 5; i++) store.put(entry(i, i));
    await store.compact();
    await store.close();
    const found = [1, 2, 3, 4, 5].filter((inode) => openStore().lookUp(idOf(inode)));
    expect(found).toEqual([1, 4, 5]);
  });

  test("comes back when it, or its folder, was removed", async () => {
    const store = openStore();
    store.put(entry(1, 1));
    await store.commit();
    rmSync(join(parent, "a"), { recursive: true });
    store.put(entry(2, 2));
    await store.commit();
    await store.close();
    expect([1, 2].map((inode) => openStore().lookUp(idOf(inode))?.offset)).toEqual([1, 2]);
  });

  test("that cannot be written loses nothing", async () => {
    const store = openStore();
    store.put(entry(1, 1));
    await store.commit();
    rmSync(join(parent, "a"), { recursive: true });
    writeFileSync(join(parent, "a"), "");
    store.put(entry(2, 2));
    expect(
      await store.commit().then(
        () => "ok",
        () => "failed",
      ),
    ).toBe("failed");
    rmSync(join(parent, "a"));
    await store.commit();
    await store.close();
    expect([1, 2].map((inode) => openStore().lookUp(idOf(inode))?.offset)).toEqual([1, 2]);
  });
});

describe("a file that is not whole", () => {
  test("may end anywhere: what was written before is there", async () => {
    await saved(entry(1, 10), entry(2, 20));
    const bytes = readFileSync(file);
    for (let length = 0; length <= bytes.length; length++) {
      writeFileSync(file, bytes.subarray(0, length));
      const { loaded } = openStore();
      const whole = Math.max(0, Math.floor((length - HEADER_BYTES) / RECORD_BYTES));
      expect({ length, ...loaded }).toEqual({
        length,
        files: whole,
        tornBytes: Math.max(0, length - HEADER_BYTES - whole * RECORD_BYTES),
        corruptBytes: 0,
      });
    }
  });

  test("goes on behind a torn record", async () => {
    await saved(entry(1, 10), entry(2, 20));
    truncateSync(file, statSync(file).size - 1);
    await saved(entry(3, 30));
    const store = openStore();
    expect([1, 2, 3].map((inode) => store.lookUp(idOf(inode))?.offset)).toEqual([
      10,
      undefined,
      30,
    ]);
    expect(store.loaded).toEqual({ files: 2, tornBytes: 0, corruptBytes: 0 });
  });

  test("is corrupt when what is broken has something good behind it", async () => {
    await saved(entry(1, 10), entry(2, 20), entry(3, 30));
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(HEADER_BYTES + 24) ^ 1, HEADER_BYTES + 24);
    writeFileSync(file, bytes);
    const store = openStore();
    expect(store.loaded).toEqual({ files: 2, tornBytes: 0, corruptBytes: RECORD_BYTES });
    expect(store.lookUp(idOf(3))?.offset).toBe(30);
  });

  test("without its beginning is searched for records", async () => {
    await saved(entry(1, 10), entry(2, 20));
    const bytes = readFileSync(file).subarray(3);
    writeFileSync(file, bytes);
    const store = openStore();
    expect(store.loaded).toEqual({ files: 2, tornBytes: 0, corruptBytes: bytes.length });
  });

  test.each(["checkpoint.wal", "checkpoint.snap"])("of another format is refused: %s", (name) => {
    openStore();
    const magic = name.endsWith("wal") ? "WWAL" : "CPKS";
    appendFileSync(join(folder, name), `${magic}\u0001\0\0\0`);
    expect(() => openStore()).toThrow(
      new StateError(
        `${join(folder, name)}: a checkpoint in the format of another program, whose positions cannot be taken over; name another --state-dir, or move the file away, and choose with --read-from where to begin.`,
      ),
    );
    expect(existsSync(join(folder, name))).toBe(true);
  });

  test("whatever its bytes are, reading it ends and never throws", () => {
    const garbage = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(garbage, garbage, (before, after) => {
        const good = encodeRecords([entry(1, 2)]);
        const bytes = Buffer.concat([encodeHeader(), before, good, after]);
        const { entries, records } = decodeRecords(bytes);
        expect([...entries.values()]).toEqual([entry(1, 2)]);
        expect(records).toBe(1);
      }),
    );
  });
});
