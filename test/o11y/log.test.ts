// The log: levels, batching, repeats, slow readers.

import { describe, expect, test } from "bun:test";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOG_LINES_AT_ONCE } from "../../src/core/limits.ts";
import { createLog, EventBus, LOG_TABLE, type LogOptions } from "../../src/o11y/index.ts";
import { ManualClock } from "./manual-clock.ts";

function setUp(options: LogOptions = {}) {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const bus = new EventBus();
  const writes: string[] = [];
  const log = createLog(bus, {
    nowMs: clock.now,
    schedule: clock.schedule,
    flushAtExit: false,
    sink: (bytes) => {
      writes.push(new TextDecoder().decode(bytes));
      return bytes.length;
    },
    ...options,
  });
  /** Lines without their time. */
  const lines = (): string[] =>
    writes
      .join("")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.slice(25));
  return { clock, bus, log, writes, lines };
}

const failOpen = (records: number, detail = "d") =>
  ({ telemetry: "otlp_logs", reason: "undecodable", records, detail }) as const;
const completed = {
  method: "GET",
  knownPath: "other",
  status: 200,
  durationMs: 1,
  bytesIn: 0,
  bytesOut: 0,
};

describe("levels", () => {
  test("an event below the level is neither logged nor subscribed to", () => {
    const { bus, log, lines } = setUp({ level: "info" });
    bus.emit("request.completed", completed);
    bus.emit("config.loaded", { path: "c.json" });
    log.flush();
    expect(lines()).toEqual(['[INFO] config.loaded path="c.json"']);
    expect(bus.wants("request.completed")).toBe(false);
  });

  test("completed requests are logged at debug", () => {
    const { bus, log, lines } = setUp({ level: "debug" });
    bus.emit("request.completed", completed);
    log.flush();
    expect(lines()).toEqual([
      '[DEBUG] request.completed method="GET" known_path="other" status=200 duration_ms=1 bytes_in=0 bytes_out=0',
    ]);
  });

  test("what happens per request is never above debug, unless it failed", () => {
    const perRequest = [
      "prefilter.decided",
      "request.completed",
      "records.evaluated",
      "upstream.completed",
    ] as const;
    expect(perRequest.map((name) => LOG_TABLE[name].level)).toEqual([
      "trace",
      "debug",
      "trace",
      "trace",
    ]);
  });
});

describe("batching", () => {
  /** As many lines as are written at once, which are then forgotten. */
  function busy() {
    const it = setUp();
    for (let i = 0; i < LOG_LINES_AT_ONCE; i++) it.log.write("info", "x");
    expect(it.writes.length).toBe(LOG_LINES_AT_ONCE);
    it.writes.length = 0;
    return it;
  }

  test("a line is written at once, so that nothing that ends the program takes it along", () => {
    const { bus, writes } = setUp();
    bus.emit("config.loaded", { path: "a" });
    expect(writes.length).toBe(1);
  });

  test("of many below warn the later ones wait and are written together, in order", () => {
    const { bus, clock, writes } = busy();
    bus.emit("config.loaded", { path: "a" });
    bus.emit("config.loaded", { path: "b" });
    clock.advance(199);
    expect(writes).toEqual([]);
    clock.advance(1);
    expect(writes.map((text) => text.match(/path="."/g))).toEqual([['path="a"', 'path="b"']]);
    bus.emit("config.loaded", { path: "c" });
    expect(writes.length).toBe(2);
  });

  test("a warning is written at once, with what waited before it", () => {
    const { bus, writes } = busy();
    bus.emit("config.loaded", { path: "a" });
    bus.emit("provider.failed", { provider: "p", reason: "gone", keeping: 0 });
    expect(writes.length).toBe(1);
    expect(writes[0]).toContain("config.loaded");
    expect(writes[0]).toContain("provider.failed");
  });

  test("a full buffer does not wait for the timer", () => {
    const { log, writes } = busy();
    for (let i = 0; i < 9; i++) log.write("info", "x", { value: "v".repeat(2_000) });
    expect(writes.length).toBe(1);
  });

  test("closing writes what waits and stops listening", () => {
    const { bus, log, clock, lines } = setUp();
    bus.emit("config.loaded", { path: "a" });
    log.stop();
    bus.emit("config.loaded", { path: "b" });
    expect(lines()).toEqual(['[INFO] config.loaded path="a"']);
    expect(clock.pendingMs).toEqual([]);
  });
});

describe("repeats", () => {
  test("a reason of fail-open is one line and one summary a period, never one line per record", () => {
    const { bus, clock, lines } = setUp();
    for (let i = 1; i <= 1_000; i++) bus.emit("fail_open", failOpen(2, `detail ${i}`));
    expect(lines()).toEqual([
      '[WARN] fail_open telemetry="otlp_logs" reason="undecodable" records=2 detail="detail 1"',
    ]);
    clock.advance(10_000);
    expect(lines().slice(1)).toEqual([
      '[WARN] fail_open telemetry="otlp_logs" reason="undecodable" records=1998 detail="detail 1000" repeated=999 period_s=10',
    ]);
  });

  test("those that wait are told without what was in them, and whoever asked hears of each", () => {
    const { bus, clock, log } = setUp();
    let heard = 0;
    log.onHeld(() => heard++);
    expect(log.held()).toEqual([]);
    bus.emit("fail_open", failOpen(2, "first"));
    expect([heard, log.held()]).toEqual([0, []]);
    for (let i = 0; i < 3; i++) bus.emit("fail_open", failOpen(2, "secret"));
    expect([heard, log.held()]).toEqual([3, ["not logged yet: fail_open, 3 more"]]);
    clock.advance(10_000);
    expect(log.held()).toEqual([]);
  });

  test("a reason that goes on has only its summary in later periods; a quiet one starts anew", () => {
    const { bus, clock, lines } = setUp();
    bus.emit("fail_open", failOpen(1));
    bus.emit("fail_open", failOpen(1));
    clock.advance(10_000);
    bus.emit("fail_open", failOpen(1));
    expect(lines().length).toBe(2);
    clock.advance(10_000);
    expect(lines()[2]).toEndWith("repeated=1 period_s=10");
    clock.advance(10_000);
    expect(lines().length).toBe(3);
    expect(clock.pendingMs).toEqual([]);
    bus.emit("fail_open", failOpen(7));
    expect(lines()[3]).toEndWith('records=7 detail="d"');
  });

  test("different reasons, upstreams and phases are told apart", () => {
    const { bus, lines } = setUp();
    bus.emit("fail_open", failOpen(0));
    bus.emit("fail_open", { ...failOpen(0), reason: "unknown_encoding" });
    bus.emit("fail_open", { ...failOpen(0), telemetry: "otlp_traces" });
    const failed = {
      upstream: "logs",
      phase: "connect",
      reason: "refused",
      retried: false,
    } as const;
    bus.emit("upstream.failed", failed);
    bus.emit("upstream.failed", { ...failed, phase: "idle" });
    bus.emit("upstream.failed", failed);
    expect(lines().length).toBe(5);
  });

  test("of many broken policies the first twenty are shown and the others counted", () => {
    const { bus, clock, lines } = setUp();
    for (let i = 0; i < 500; i++) {
      bus.emit("policy.invalid", { provider: "p", policy: `policy-${i}`, errors: ["bad"] });
    }
    expect(lines().length).toBe(20);
    clock.advance(10_000);
    expect(lines().length).toBe(21);
    expect(lines()[20]).toEndWith("repeated=480 period_s=10");
  });

  test("kinds of repeats are bounded: past 256 they share one", () => {
    const { bus, clock, lines } = setUp();
    for (let i = 0; i < 300; i++) {
      bus.emit("provider.failed", { provider: "p", reason: `reason ${i}`, keeping: 0 });
    }
    // 256 of their own, one for the first of the shared kind.
    expect(lines().length).toBe(257);
    clock.advance(10_000);
    expect(lines().length).toBe(258);
    expect(lines()[257]).toContain("repeated=43");
  });

  test("closing tells what was held back", () => {
    const { bus, log, lines } = setUp();
    bus.emit("fail_open", failOpen(1));
    bus.emit("fail_open", failOpen(1));
    log.stop();
    expect(lines()[1]).toEndWith("repeated=1 period_s=10");
  });
});

describe("a slow reader", () => {
  test("gets every byte in order, in as many pieces as it takes", () => {
    let out = "";
    const { log, clock } = setUp({
      sink: (bytes) => {
        const taken = bytes.subarray(0, 7);
        out += new TextDecoder("latin1").decode(taken);
        return taken.length;
      },
    });
    log.write("warn", "a.b", { n: 1 });
    log.write("warn", "c.d", { n: 2 });
    clock.advance(60_000);
    expect(out.split("\n").map((line) => line.slice(25))).toEqual([
      "[WARN] a.b n=1",
      "[WARN] c.d n=2",
      "",
    ]);
  });

  test("that takes nothing costs a bounded buffer, and is told how many lines are missing", () => {
    let open = false;
    let out = "";
    const { log, clock } = setUp({
      sink: (bytes) => {
        if (!open) return 0;
        out += new TextDecoder().decode(bytes);
        return bytes.length;
      },
    });
    // About 1.5 MiB, of which 1 MiB is kept.
    for (let i = 0; i < 800; i++) log.write("info", "x", { value: "v".repeat(2_000) });
    open = true;
    clock.advance(1_000);
    const kept = out.split("\n").filter((line) => line.includes("[INFO] x")).length;
    expect(kept).toBeGreaterThan(500);
    expect(kept).toBeLessThan(530);
    expect(out).toContain(
      `[WARN] log.lines_dropped lines=${800 - kept} reason="standard error was not read"`,
    );
  });
});

describe("closing", () => {
  test("waits for a slow reader, a little at a time", () => {
    const pauses: number[] = [];
    let out = "";
    const { log } = setUp({
      sink: (bytes) => {
        if (pauses.length < 3) return 0;
        out += new TextDecoder().decode(bytes);
        return bytes.length;
      },
      pause: (ms) => void pauses.push(ms),
    });
    log.write("info", "last.words");
    log.stop();
    expect([out.slice(25), pauses]).toEqual(["[INFO] last.words\n", [10, 10, 10]]);
  });

  test("does not wait for a reader that has taken everything", () => {
    const pauses: number[] = [];
    const { log } = setUp({ pause: (ms) => void pauses.push(ms) });
    log.write("info", "last.words");
    log.stop();
    expect(pauses).toEqual([]);
  });

  test("gives a reader that takes nothing a fifth of a second", () => {
    let paused = 0;
    const { log } = setUp({ sink: () => 0, pause: (ms) => void (paused += ms) });
    log.write("info", "last.words");
    log.stop();
    expect(paused).toBe(200);
  });
});

test("a standard error that nobody reads does not stop the program", async () => {
  const folder = mkdtempSync(join(tmpdir(), "edge-log-"));
  const path = join(folder, "unread");
  expect(Bun.spawnSync(["mkfifo", path]).exitCode).toBe(0);
  // Open at both ends, so that it is there although nobody reads.
  const unread = openSync(path, constants.O_RDWR);
  const program = `
    import { createLog, EventBus } from "${import.meta.dir}/../../src/o11y/index.ts";
    const log = createLog(new EventBus());
    for (let i = 0; i < 2_000; i++) log.write("warn", "x", { value: "v".repeat(1_000) });
    process.stdout.write("went on");
    process.exit(3);
  `;
  const run = Bun.spawn([process.execPath, "-e", program], { stdout: "pipe", stderr: unread });
  expect([await run.stdout.text(), await run.exited]).toEqual(["went on", 3]);
  closeSync(unread);
  rmSync(folder, { recursive: true });
});

test("writes to standard error only, and flushes when the process exits", async () => {
  const program = `
    import { createLog, EventBus } from "${import.meta.dir}/../../src/o11y/index.ts";
    const bus = new EventBus();
    createLog(bus);
    bus.emit("config.loaded", { path: "last words" });
    process.exit(3);
  `;
  const run = Bun.spawn([process.execPath, "-e", program], { stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([run.stdout.text(), run.stderr.text()]);
  expect(await run.exited).toBe(3);
  expect(out).toBe("");
  expect(err).toEndWith('[INFO] config.loaded path="last words"\n');
});
