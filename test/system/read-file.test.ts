// Reading what is said to be a file: bounded, and never waiting on what is none.

import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRegularFile } from "../../src/system/read-file.ts";

const folder = mkdtempSync(join(tmpdir(), "read-file-"));
afterAll(() => rmSync(folder, { recursive: true }));

const reasonOf = (path: string, bytesMax = 100): Promise<string> =>
  readRegularFile(path, bytesMax).then(
    () => "read",
    (error: Error) => error.message,
  );

describe("readRegularFile", () => {
  test("reads a file whole, also through symbolic links", async () => {
    writeFileSync(join(folder, "a"), "hello");
    symlinkSync("a", join(folder, "link"));
    const { bytes, unstable } = await readRegularFile(join(folder, "link"), 100);
    expect(new TextDecoder().decode(bytes)).toBe("hello");
    expect(unstable).toBe(false);
  });

  test("a file at the limit is read, one byte more is refused", async () => {
    writeFileSync(join(folder, "exact"), "x".repeat(100));
    writeFileSync(join(folder, "over"), "x".repeat(101));
    expect((await readRegularFile(join(folder, "exact"), 100)).bytes.length).toBe(100);
    expect(await reasonOf(join(folder, "over"))).toBe(
      "larger than 100 bytes, which is the most that is read",
    );
  });

  test("a file that says it is empty is bounded all the same", async () => {
    expect((await readRegularFile("/proc/self/stat", 10_000)).bytes.length).toBeGreaterThan(20);
    expect(await reasonOf("/proc/self/stat", 20)).toStartWith("larger than 20 bytes");
  });

  test("what is no file is named, not waited for", async () => {
    const fifo = join(folder, "fifo");
    expect(Bun.spawnSync(["mkfifo", fifo]).exitCode).toBe(0);
    mkdirSync(join(folder, "sub"));
    const socket = join(folder, "socket");
    const server = createServer().listen(socket);
    await new Promise((resolve) => server.once("listening", resolve));
    expect(await reasonOf(fifo)).toBe("a named pipe, not a regular file");
    expect(await reasonOf(join(folder, "sub"))).toBe("a folder, not a regular file");
    expect(await reasonOf(socket)).toBe("a socket, not a regular file");
    expect(await reasonOf("/dev/zero")).toBe("a device, not a regular file");
    server.close();
  });

  test("a file that is not there, or behind a circle of links", async () => {
    symlinkSync("circle", join(folder, "circle"));
    expect(await reasonOf(join(folder, "none"))).toBe("no such file");
    expect(await reasonOf(join(folder, "a", "below"))).toBe("no such file");
    expect(await reasonOf(join(folder, "circle"))).toBe("its symbolic links go round in a circle");
  });
});
