// The event bus: who is told what, and that no subscriber can harm an emitter.

import { describe, expect, test } from "bun:test";
import { EventBus, type EventName } from "../../src/o11y/index.ts";

const loaded = { path: "config.json" };
const unchanged = { provider: "files", hash: "ab" };

describe("EventBus", () => {
  test("tells the subscribers of an event, in their order, and no others", () => {
    const bus = new EventBus();
    const told: string[] = [];
    bus.on("config.loaded", ({ path }) => told.push(`first ${path}`));
    bus.on("config.loaded", ({ path }) => told.push(`second ${path}`));
    bus.on("provider.unchanged", () => told.push("other"));
    bus.emit("config.loaded", loaded);
    expect(told).toEqual(["first config.json", "second config.json"]);
  });

  test("tells subscribers of everything the name and the event", () => {
    const bus = new EventBus();
    const told: [EventName, unknown][] = [];
    const unsubscribe = bus.onAny((name, event) => void told.push([name, event]));
    bus.emit("config.loaded", loaded);
    bus.emit("provider.unchanged", unchanged);
    unsubscribe();
    bus.emit("config.loaded", loaded);
    expect(told).toEqual([
      ["config.loaded", loaded],
      ["provider.unchanged", unchanged],
    ]);
  });

  test("a subscriber that throws keeps nobody from being told, and is counted", () => {
    const errors: unknown[] = [];
    const bus = new EventBus({ onSubscriberError: (name, error) => errors.push([name, error]) });
    const told: string[] = [];
    const failure = new Error("full");
    bus.on("config.loaded", () => {
      throw failure;
    });
    bus.on("config.loaded", () => told.push("after"));
    bus.onAny(() => {
      throw failure;
    });
    bus.onAny(() => void told.push("any"));
    bus.emit("config.loaded", loaded);
    expect(told).toEqual(["after", "any"]);
    expect(errors).toEqual([
      ["config.loaded", failure],
      ["config.loaded", failure],
    ]);
    expect(bus.failures).toBe(2);
  });

  test("a reporter of failures that throws itself harms nobody", () => {
    const bus = new EventBus({
      onSubscriberError: () => {
        throw new Error("again");
      },
    });
    bus.on("config.loaded", () => {
      throw new Error("once");
    });
    expect(() => bus.emit("config.loaded", loaded)).not.toThrow();
  });

  test("an asynchronous subscriber that rejects is counted, not left unhandled", async () => {
    const bus = new EventBus();
    const rejecting = (): Promise<void> => Promise.reject(new Error("late"));
    // oxlint-disable-next-line typescript/no-misused-promises -- types let it pass, so it happens
    bus.on("config.loaded", rejecting);
    bus.emit("config.loaded", loaded);
    await new Promise((resolve) => setImmediate(resolve));
    expect(bus.failures).toBe(1);
  });

  test("a subscriber that leaves while it is told does not make others miss the event", () => {
    const bus = new EventBus();
    const told: string[] = [];
    const leave = bus.on("config.loaded", () => {
      told.push("leaving");
      leave();
    });
    bus.on("config.loaded", () => told.push("staying"));
    bus.emit("config.loaded", loaded);
    bus.emit("config.loaded", loaded);
    expect(told).toEqual(["leaving", "staying", "staying"]);
  });

  test("knows whether anybody wants an event", () => {
    const bus = new EventBus();
    expect(bus.wants("config.loaded")).toBe(false);
    const one = bus.on("config.loaded", () => undefined);
    expect(bus.wants("config.loaded")).toBe(true);
    expect(bus.wants("provider.unchanged")).toBe(false);
    one();
    expect(bus.wants("config.loaded")).toBe(false);
    const all = bus.onAny(() => undefined);
    expect(bus.wants("config.loaded")).toBe(true);
    all();
    all();
    expect(bus.wants("config.loaded")).toBe(false);
  });
});
