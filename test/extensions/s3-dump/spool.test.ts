// Records in the spool: they survive the end of the process, and are sent by the next one.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DumpSetup, settled } from "./dump-setup.ts";
import { offeredOf } from "./offered.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "edge-spool-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const numbered = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => offeredOf(`{"n":${from + i}}`));

/** In the folders of all processes; default: objects. */
function files(ending = ".batch"): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name));
}

function setupOf(block: object = {}): DumpSetup {
  return new DumpSetup({ spool_path: root, ...block });
}

/** Ends as a process that is killed: nothing more is done, and its folder shows no more life. */
function kill(setup: DumpSetup): void {
  setup.store.hang = new Promise(() => undefined);
  for (const name of readdirSync(root)) rmSync(join(root, name, "alive"), { force: true });
}

describe("the spool", () => {
  test("holds every record as soon as it is a line, for the user that runs the program only", async () => {
    const setup = setupOf();
    await setup.offer(...numbered(1, 2));
    const [file = ""] = files();
    const [head, ...lines] = readFileSync(file, "utf8").split("\n");
    expect(lines).toEqual(['{"n":1}', '{"n":2}', ""]);
    expect(JSON.parse(head!)).toMatchObject({
      target: { kind: "s3", name: "archive" },
      signal: "log",
      policy: "p",
      compression: "none",
    });
    expect([statSync(file).mode & 0o777, setup.eventsOf("dump.spooled")]).toEqual([
      0o600,
      [{ records: 2, bytes: 16 }],
    ]);
    await setup.dump.flush(1000, true);
    expect([setup.store.lines, files()]).toEqual([['{"n":1}', '{"n":2}'], []]);
    await setup.dump.stop(1000);
    expect(readdirSync(root)).toEqual([]);
  });

  test("of a process that was killed is sent by the next one, under the same keys", async () => {
    const first = setupOf({ max_batch_records: 2 });
    first.store.isDead = true;
    await first.offer(...numbered(1, 3));
    expect(files()).toHaveLength(2);
    kill(first);
    // The last line was being written.
    appendFileSync(files().sort()[1]!, '{"n":');
    const heads = files().map((file) => readFileSync(file, "utf8").split("\n")[0]!);
    const keys = heads.map((head) => (JSON.parse(head) as { key: string }).key);
    const second = setupOf();
    await second.store.arrived(3);
    expect(second.store.lines.toSorted()).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
    expect(second.store.puts.map(({ key }) => key).toSorted()).toEqual(keys.toSorted());
    expect(second.eventsOf("dump.recovered")).toEqual([{ objects: 2, bytes: 29 }]);
    expect(second.eventsOf("dump.uploaded")).toMatchObject([{ records: 2 }, { records: 1 }]);
    expect(files()).toEqual([]);
    await second.dump.stop(1000);
    expect(readdirSync(root)).toEqual([]);
  });

  test("holds records before they are lines: a process that was killed then has lost none", async () => {
    const first = setupOf();
    // Read, and not written as lines yet.
    const offered = first.offer(...numbered(1, 3));
    const [journal = ""] = files(".packets1").filter((file) => statSync(file).size > 0);
    mkdirSync(join(root, "killed"));
    const left = join(root, "killed", "a.packets1");
    copyFileSync(journal, left);
    // The last packet was being written.
    appendFileSync(left, Uint8Array.of(100, 0, 0, 0, 1, 2, 3));
    await offered;
    await first.offer(...numbered(4, 1));
    const own = files(".packets1").filter((file) => dirname(file) === dirname(journal));
    expect(own.map((file) => statSync(file).size)).toEqual([0, 0]);
    kill(first);
    rmSync(dirname(journal), { recursive: true });
    const second = setupOf();
    await settled();
    await second.dump.flush(1000, true);
    expect([second.store.lines, second.lost()]).toEqual([['{"n":1}', '{"n":2}', '{"n":3}'], {}]);
    await second.dump.stop(1000);
    expect(readdirSync(root)).toEqual([]);
  });

  test("goes on behind what is no packet of records; those of other versions are left", async () => {
    mkdirSync(join(root, "x"));
    const junk = Uint8Array.of(8, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255);
    for (const name of ["a.packets1", "b.packets99"]) writeFileSync(join(root, "x", name), junk);
    const setup = setupOf();
    await settled();
    expect(setup.eventsOf("dump.spool_failed")).toMatchObject([
      { reason: expect.stringContaining("it is no packet of records") },
    ]);
    expect(readdirSync(join(root, "x"))).toEqual(["b.packets99"]);
    await setup.offer(...numbered(1, 1));
    await setup.dump.flush(1000, true);
    expect(setup.store.lines).toEqual(['{"n":1}']);
  });

  test("of a process that lives is left alone, and taken over when it shows no more life", async () => {
    const first = setupOf();
    first.store.isDead = true;
    await first.offer(...numbered(1, 1));
    const second = setupOf();
    await second.advance(8_000);
    expect(second.store.puts).toEqual([]);
    await second.advance(4_000);
    await second.store.arrived(1);
    expect(second.store.lines).toEqual(['{"n":1}']);
  });

  test("keeps what could not be sent at the end, and the end does not wait for it", async () => {
    const first = setupOf();
    first.store.isDead = true;
    await first.offer(...numbered(1, 2));
    await first.dump.stop(60_000);
    expect([files().length, first.lost()]).toEqual([1, {}]);
    const second = setupOf();
    await second.store.arrived(2);
    expect(second.store.lines).toEqual(['{"n":1}', '{"n":2}']);
  });

  test("is bounded: what does not fit is counted", async () => {
    const setup = setupOf({ max_spool_bytes: 24, max_batch_records: 1 });
    setup.store.isDead = true;
    for (let n = 1; n <= 5; n++) await setup.offer(...numbered(n, 1));
    expect(setup.lost()).toEqual({ spool_full: 2 });
    setup.store.isDead = false;
    await setup.dump.flush(1000, true);
    expect(setup.store.lines).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
    await setup.offer(...numbered(6, 1));
    await setup.dump.flush(1000, true);
    expect(setup.store.lines).toHaveLength(4);
  });

  test("that cannot be written to is told of, and records are kept in memory", async () => {
    const file = join(root, "file");
    writeFileSync(file, "");
    const setup = setupOf({ spool_path: join(file, "below") });
    await setup.offer(...numbered(1, 1));
    await setup.dump.flush(1000, true);
    expect(setup.store.lines).toEqual(['{"n":1}']);
    expect(setup.eventsOf("dump.spool_failed")).toMatchObject([{ path: join(file, "below") }]);
  });

  test("that goes away is told of, and records are kept in memory", async () => {
    const setup = setupOf({ max_batch_records: 1 });
    rmSync(root, { recursive: true });
    writeFileSync(root, "");
    await setup.offer(...numbered(1, 2));
    expect(setup.store.lines).toEqual(['{"n":1}', '{"n":2}']);
    expect(setup.eventsOf("dump.spool_failed").length).toBeGreaterThan(0);
  });

  test("passes over files that are none of its own", async () => {
    mkdirSync(join(root, "x"));
    for (const [name, text] of [
      ["1.batch", ""],
      ["2.batch", "{}\n"],
      ["3.batch", "no json\n{}\n"],
      ["notes.txt", "hello"],
    ] as const) {
      writeFileSync(join(root, "x", name), text);
    }
    chmodSync(join(root, "x"), 0o700);
    const setup = setupOf();
    await settled();
    expect([setup.store.puts, setup.eventsOf("dump.recovered")]).toEqual([[], []]);
    expect(readdirSync(join(root, "x")).sort()).toEqual([
      "1.batch",
      "2.batch",
      "3.batch",
      "notes.txt",
    ]);
  });
});
