// Standard output and files as sinks: slow and gone readers, full disks, files that are replaced.

import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeUtf8, encodeUtf8 } from "../../../src/core/utf8.ts";
import type { DescriptorIo } from "../../../src/tail/output/descriptor.ts";
import { FileSink } from "../../../src/tail/output/file-sink.ts";
import { StdoutSink } from "../../../src/tail/output/stdout-sink.ts";
import { ManualClock } from "../../o11y/manual-clock.ts";
import { recordingEvents, turns } from "./recording-events.ts";

const folders: string[] = [];
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "output-"));
  folders.push(path);
  return path;
}
afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true });
});

const fault = (code: string): Error => Object.assign(new Error(code), { code });

/** A system that answers each write as it is told: so many bytes, or a fault. */
function scripted(answers: readonly (number | string)[]) {
  const written: string[] = [];
  const left = [...answers];
  const io: DescriptorIo = {
    write: (_, bytes, start, end) => {
      const answer = left.shift() ?? end - start;
      if (typeof answer === "string") return Promise.reject(fault(answer));
      const taken = Math.min(answer, end - start);
      written.push(decodeUtf8(bytes, start, start + taken));
      return Promise.resolve(taken);
    },
    sync: () => Promise.resolve(),
  };
  return { io, written };
}

/** What a promise rejects with. */
function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

const LINES = encodeUtf8("one\ntwo\nthree\n");

describe("standard output", () => {
  function sinkOf(answers: readonly (number | string)[]) {
    const clock = new ManualClock();
    const events = recordingEvents();
    const { io, written } = scripted(answers);
    const sink = new StdoutSink({ events, io, schedule: clock.schedule });
    return { sink, clock, events, written };
  }

  test("what was taken in part goes on where it stopped", async () => {
    const { sink, written } = sinkOf([5, 1]);
    expect(await sink.write(LINES, LINES.length)).toBe(true);
    expect(written).toEqual(["one\nt", "w", "o\nthree\n"]);
  });

  test("a full pipe is waited for, longer each time", async () => {
    const { sink, clock, events, written } = sinkOf(["EAGAIN", "EAGAIN", 4, "EINTR"]);
    const done = sink.write(LINES, LINES.length);
    for (const waitMs of [1, 2, 1]) {
      await turns();
      expect(clock.pendingMs).toEqual([waitMs]);
      clock.advance(waitMs);
    }
    expect([await done, written.join(""), events.told]).toEqual([true, decodeUtf8(LINES), []]);
  });

  test("a reader that went away ends it", async () => {
    const { sink, events } = sinkOf([4, "EPIPE"]);
    expect(await sink.write(LINES, LINES.length)).toBe(false);
    const reason = "standard output cannot be written: nobody reads it any more (EPIPE)";
    expect(events.told).toEqual([["failed", reason]]);
  });
});

describe("a file", () => {
  async function sinkOf(answers?: readonly (number | string)[]) {
    const path = join(folder(), "out.log");
    const clock = new ManualClock();
    const events = recordingEvents();
    const { io, written } = scripted(answers ?? []);
    const sink = await FileSink.open({
      path,
      events,
      schedule: clock.schedule,
      random: () => 0,
      ...(answers === undefined ? {} : { io }),
    });
    return { sink, path, clock, events, written };
  }
  const append = (sink: FileSink, text: string) => sink.write(encodeUtf8(text), text.length);

  test("is made, and appended to", async () => {
    const { sink, path } = await sinkOf();
    await append(sink, "a\n");
    await sink.close();
    const again = await FileSink.open({ path, events: recordingEvents() });
    await append(again, "b\n");
    await again.sync();
    await again.close();
    expect(readFileSync(path, "utf8")).toBe("a\nb\n");
  });

  test("begins with a line of its own where somebody was cut off", async () => {
    const path = join(folder(), "out.log");
    writeFileSync(path, "whole\nha");
    const sink = await FileSink.open({ path, events: recordingEvents() });
    await append(sink, "half\n");
    await sink.close();
    const again = await FileSink.open({ path, events: recordingEvents() });
    await again.close();
    expect(readFileSync(path, "utf8")).toBe("whole\nha\nhalf\n");
  });

  test("may be what cannot be read", async () => {
    const path = join(folder(), "pipe");
    Bun.spawnSync(["mkfifo", path]);
    const reader = Bun.spawn(["cat", path], { stdout: "pipe" });
    const sink = await FileSink.open({ path, events: recordingEvents() });
    await append(sink, "a\n");
    await sink.sync();
    await sink.close();
    expect(await reader.stdout.text()).toBe("a\n");
  });

  test("others may append to it, too", async () => {
    const { sink, path } = await sinkOf();
    const other = await FileSink.open({ path, events: recordingEvents() });
    await append(sink, "a\n");
    await append(other, "b\n");
    await append(sink, "c\n");
    await sink.close();
    await other.close();
    expect(readFileSync(path, "utf8")).toBe("a\nb\nc\n");
  });

  test("is followed to its new name until it is opened again", async () => {
    const { sink, path } = await sinkOf();
    await append(sink, "a\n");
    renameSync(path, `${path}.1`);
    await append(sink, "b\n");
    await sink.reopen();
    await append(sink, "c\n");
    await sink.close();
    expect([readFileSync(`${path}.1`, "utf8"), readFileSync(path, "utf8")]).toEqual([
      "a\nb\n",
      "c\n",
    ]);
  });

  test("stays open when it is the same", async () => {
    const { sink, path } = await sinkOf();
    await append(sink, "a\n");
    await sink.reopen();
    await append(sink, "b\n");
    await sink.close();
    expect(readFileSync(path, "utf8")).toBe("a\nb\n");
  });

  test("that takes nothing is tried again until it does, and nothing is lost", async () => {
    const { sink, path, clock, events, written } = await sinkOf([5, "ENOSPC", "ENOSPC", 2]);
    const done = sink.write(LINES, LINES.length);
    for (const waitMs of [50, 100]) {
      await turns();
      expect(clock.pendingMs).toEqual([waitMs]);
      clock.advance(waitMs);
    }
    expect([await done, written.join("")]).toEqual([true, decodeUtf8(LINES)]);
    const words = "no space left on the device (ENOSPC); it is tried again";
    expect(events.told).toEqual([
      ["troubled", `the output ${JSON.stringify(path)} takes nothing: ${words}`],
      ["recovered"],
    ]);
  });

  test("that takes the place of a full one begins with a whole line", async () => {
    const { sink, path, written } = await sinkOf([5, "ENOSPC"]);
    const done = sink.write(LINES, LINES.length);
    await turns();
    renameSync(path, `${path}.1`);
    await sink.reopen();
    await done;
    expect(written).toEqual(["one\nt", "two\nthree\n"]);
  });

  test("that cannot be opened again leaves the old one in use", async () => {
    const { sink, path } = await sinkOf();
    await append(sink, "a\n");
    renameSync(path, `${path}.1`);
    rmSync(folders[0]!, { recursive: true });
    expect(await messageOf(sink.reopen())).toContain("no such folder (ENOENT)");
    expect(await append(sink, "b\n")).toBe(true);
    await sink.close();
    folders.length = 0;
  });

  test.each([
    ["a folder", () => folder(), "it is a folder (EISDIR)"],
    ["in no folder", () => join(folder(), "none", "out.log"), "no such folder (ENOENT)"],
  ])("%s cannot be opened", async (_, pathOf, words) => {
    const path = pathOf();
    const message = `the output ${JSON.stringify(path)} cannot be opened: ${words}`;
    expect(await messageOf(FileSink.open({ path, events: recordingEvents() }))).toBe(message);
  });
});
