// What was accepted before the end is safe, and may be asked for after it.

import { expect, test } from "bun:test";
import { BufferedOutput } from "../../../src/tail/output/buffered-output.ts";
import type { OutputEvents } from "../../../src/tail/ports.ts";

const SOURCE = { id: 1, kind: "file", path: "a.log" } as const;

test("at its end an output is made safe before it is closed, and not asked any more", async () => {
  const done: string[] = [];
  const note = (what: string) => () => {
    done.push(what);
    return Promise.resolve();
  };
  const events: OutputEvents = {
    accepted: (ticket) => void done.push(`accepted ${ticket}`),
    lost: () => undefined,
    troubled: () => undefined,
    recovered: () => undefined,
    failed: () => undefined,
  };
  const output = new BufferedOutput({
    sink: {
      write: (_, length) => Promise.resolve(done.push(`write ${length}`) > 0),
      sync: note("sync"),
      reopen: note("reopen"),
      close: note("close"),
    },
    events,
    bufferBytes: 100,
    flushIntervalMs: 1000,
    flushLines: 100,
  });
  const bytes = Buffer.from("a line\n");
  void output.write({ source: SOURCE, bytes, lines: 1, isOpen: false, sourceBytes: 7 }, 1);
  await output.close(performance.now() + 1000);
  await output.sync();
  expect(done).toEqual(["write 7", "accepted 1", "sync", "close"]);
});
