// The extensions of a program, to its engine, to control planes and to other threads.

import { describe, expect, test } from "bun:test";
import { broadcastDumpTarget } from "../../src/config/index.ts";
import { Extensions } from "../../src/extensions/index.ts";
import { EventBus } from "../../src/o11y/index.ts";
import type { OfferedRecord } from "../../src/policy/index.ts";
import { OtherThread } from "./packed-records.ts";
import { configOf } from "./config-of.ts";
import { recordingKind } from "./recording-extension.ts";

function setup() {
  const events: unknown[] = [];
  const bus = new EventBus();
  bus.onAny((name, event) => void events.push([name, event]));
  const one = recordingKind("com.example/one");
  const off = recordingKind("com.example/off", false);
  const extensions = new Extensions([one, off], {
    config: configOf({}),
    bus,
    encodings: new Map(),
    readDumpTarget: broadcastDumpTarget,
  });
  return { events, bus, one, off, extensions };
}

describe("extensions", () => {
  test("are handlers by type, and told of unless they are switched off", () => {
    const { extensions } = setup();
    expect([...extensions.handlers.keys()]).toEqual(["com.example/one", "com.example/off"]);
    const config = [new Uint8Array([1])];
    expect(extensions.capabilities()).toEqual([
      { type: "com.example/one", minVersion: "1.0.0", config },
    ]);
  });

  test("get what a provider broadcasts for their type, also when that is nothing", () => {
    const { extensions, one, off } = setup();
    const [a, b] = [new Uint8Array([1]), new Uint8Array([2])];
    const configs = [
      { type: "com.example/one", config: [a] },
      { type: "com.example/none", config: [a] },
      { type: "com.example/one", config: [b] },
    ];
    expect(extensions.configure("p", configs)).toBe(true);
    expect(extensions.configure("p", configs)).toBe(false);
    expect(extensions.configure("p", [])).toBe(true);
    expect(one.made[0]?.configured).toEqual([
      ["p", [a, b]],
      ["p", [a, b]],
      ["p", []],
    ]);
    expect(off.made[0]?.configured).toEqual([
      ["p", []],
      ["p", []],
      ["p", []],
    ]);
  });

  test("take what was offered in another thread; one that throws is told, and others go on", () => {
    const { extensions, one, off, events } = setup();
    const recordOf = (type: string, byte: number): OfferedRecord => ({
      source: {
        policy: "p",
        signal: "log",
        use: { type, version: "1.0.0", config: new Uint8Array(), mode: "all" },
      },
      matched: true,
      kept: true,
      encoding: "line",
      bytes: new Uint8Array([byte]),
      frame: undefined,
    });
    off.made[0]!.throws = true;
    extensions.called({ type: "com.example/off", ring: 1 });
    extensions.called({ type: "com.example/none", ring: 1 });
    const type = "com.example/one";
    const thread = new OtherThread(type, 1, (call) => extensions.called(call));
    thread.offer([recordOf(type, 3)]);
    expect(one.made[0]?.offered).toEqual([recordOf(type, 3)]);
    expect(events).toEqual([
      [
        "extension.failed",
        { policy: "", extension: "com.example/off", reason: "Error: thrown by a test" },
      ],
    ]);
  });

  test("are started, flushed and stopped all", async () => {
    const { extensions, one, off } = setup();
    await extensions.start();
    await extensions.flush(5, false);
    await extensions.stop(7);
    for (const { made } of [one, off]) {
      expect(made[0]?.life).toEqual(["start", "flush 5 false", "stop 7"]);
    }
  });
});
