// Reading one file piece by piece, and finding out that it is another one.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileReader } from "../../src/tail/read/file-reader.ts";
import { beginsWith, fingerprintOf } from "../../src/tail/read/fingerprint.ts";
import { Generation, newCounts, newSource } from "../../src/tail/read/generation.ts";

let folder = "";
let path = "";
const open: Generation[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tail-"));
  path = join(folder, "a.log");
});
afterEach(() => {
  for (const { fd } of open.splice(0)) closeSync(fd!);
  rmSync(folder, { recursive: true });
});

function openFile(offset = 0): Generation {
  const { dev, ino } = statSync(path, { bigint: true });
  const start = { offset, isInsideLine: false, guard: { length: 0, crc: 0 } };
  const file = new Generation(newSource(path), { device: dev, inode: ino }, newCounts(), start);
  file.fd = openSync(path, "r");
  file.learn();
  open.push(file);
  return file;
}

function readAll(reader: FileReader, file: Generation): string {
  let text = "";
  for (let look = reader.look(file); look === "bytes"; look = reader.read(file)) {
    text += Buffer.from(reader.bytes.subarray(reader.from, reader.to)).toString();
    reader.from = reader.to;
  }
  return text;
}

describe("a file that grows", () => {
  test("is read once, in pieces", () => {
    const reader = new FileReader(4);
    writeFileSync(path, "abcdefghij");
    const file = openFile();
    expect(reader.look(file)).toBe("bytes");
    const pieces: string[] = [];
    while (reader.read(file) === "bytes") {
      pieces.push(Buffer.from(reader.bytes.subarray(reader.from, reader.to)).toString());
    }
    appendFileSync(path, "k");
    expect(reader.look(file)).toBe("bytes");
    expect(reader.read(file)).toBe("bytes");
    pieces.push(Buffer.from(reader.bytes.subarray(reader.from, reader.to)).toString());
    expect(pieces).toEqual(["abcd", "efgh", "ij", "k"]);
    expect(file.counts.readBytes).toBe(11);
  });

  test("is put behind the beginning of a line that was left over", () => {
    const reader = new FileReader(100);
    writeFileSync(path, "x".repeat(80));
    const file = openFile();
    reader.read(file);
    file.begun = reader.bytes.slice(reader.from, reader.to);
    appendFileSync(path, "y");
    reader.read(file);
    expect(reader.to - reader.from).toBe(81);
    expect(reader.bytes[reader.to - 1]).toBe(121);
  });

  test("has a fingerprint that grows with it, up to 1 KiB", () => {
    const reader = new FileReader(700);
    const text = Buffer.from(Array.from({ length: 3000 }, (_, i) => 65 + (i % 26)));
    writeFileSync(path, text.subarray(0, 10));
    const file = openFile();
    reader.read(file);
    expect(file.head).toEqual(fingerprintOf(text.subarray(0, 10)));
    appendFileSync(path, text.subarray(10));
    reader.read(file);
    expect(file.head).toEqual(fingerprintOf(text.subarray(0, 710)));
    reader.read(file);
    expect(file.head).toEqual(fingerprintOf(text.subarray(0, 1024)));
    expect(beginsWith(file.fd ?? -1, file.head)).toBe(true);
  });

  test("says what stands before each place", () => {
    const reader = new FileReader(100);
    const text = Buffer.from("a line\n".repeat(40));
    writeFileSync(path, text);
    const file = openFile();
    reader.read(file);
    expect(reader.guardAt(reader.from + 7)).toEqual(fingerprintOf(text.subarray(0, 7)));
    reader.read(file);
    const end = 100 + 5;
    expect(reader.guardAt(reader.from + 5)).toEqual(fingerprintOf(text.subarray(end - 64, end)));
  });
});

describe("another content in the same file", () => {
  const first = `${"the first content of this file, ".repeat(50)}\n`;
  const CASES: readonly [string, () => void][] = [
    ["is shorter", () => writeFileSync(path, "short\n")],
    ["is empty", () => truncateSync(path)],
    ["is as long and begins otherwise", () => writeFileSync(path, first.replace("the", "THE"))],
    ["is longer and begins otherwise", () => writeFileSync(path, `another ${first}`)],
    [
      "begins alike and ends otherwise",
      () => writeFileSync(path, first.replace(/file, \n/, "FILE!!\n")),
    ],
    ["begins alike and is longer", () => writeFileSync(path, first.replace(/\n/, " and more\n"))],
  ];
  test.each(CASES)("%s", (_, rewrite) => {
    const reader = new FileReader(4096);
    writeFileSync(path, first);
    const file = openFile();
    expect(readAll(reader, file)).toBe(first);
    rewrite();
    const look = reader.look(file);
    expect(look === "bytes" ? reader.read(file) : look).toBe("changed");
  });

  test("that came between look and read is found, too", () => {
    const reader = new FileReader(16);
    writeFileSync(path, first);
    const file = openFile();
    expect([reader.look(file), reader.read(file)]).toEqual(["bytes", "bytes"]);
    writeFileSync(path, first.toUpperCase());
    expect(reader.read(file)).toBe("changed");
  });

  test("is not seen in a file that is as it was", () => {
    const reader = new FileReader(4096);
    writeFileSync(path, first);
    const file = openFile();
    readAll(reader, file);
    writeFileSync(path, first);
    expect(reader.look(file)).toBe("end");
  });
});

test("a file that was read to some place before is guarded from there on", () => {
  const reader = new FileReader(4096);
  writeFileSync(path, "0123456789\nabc\n");
  const file = openFile(11);
  expect(readAll(reader, file)).toBe("abc\n");
  writeFileSync(path, "0123456789\nabX\n");
  expect(reader.look(file)).toBe("changed");
});
