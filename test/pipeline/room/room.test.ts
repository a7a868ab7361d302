// Places and bytes that requests hold: who gets them, who waits, who gives them up.

import { describe, expect, test } from "bun:test";
import {
  LARGE_BYTES_SHARE,
  SMALL_BODY_BYTES_MAX,
  STALLED_MS_MAX,
} from "../../../src/core/limits.ts";
import type { Permit } from "../../../src/pipeline/room/permit.ts";
import type { RoomOptions } from "../../../src/pipeline/room/room.ts";
import { RecordingBus } from "../../support/proxy-fakes.ts";
import { roomFor } from "../../support/room.ts";

const MIB = 1024 * 1024;

/** A room whose clock stands until it is set, and what became of those who waited in it. */
function setting(options: Partial<RoomOptions> = {}) {
  const bus = new RecordingBus();
  const clock = { ms: 0 };
  const room = roomFor(bus, { waitMs: 1000, nowMs: () => clock.ms, ...options });
  const came: string[] = [];
  /** Notes when it is granted or refused; answers whether it is at once. */
  const note = (name: string, waiting: Promise<void> | undefined): boolean => {
    waiting?.then(
      () => came.push(name),
      (error: { code: string }) => came.push(`${name}: ${error.code}`),
    );
    return waiting === undefined;
  };
  const look = async (ms: number): Promise<void> => {
    clock.ms = ms;
    room.look();
    await Bun.sleep(0);
  };
  const permit = (address = "a"): Permit => room.permit(undefined, () => address);
  return { bus, room, came, note, look, permit };
}

describe("slots", () => {
  test("as many requests have one as there are, the next one waits until one leaves", async () => {
    const { room, came, note, look, permit } = setting({ requestsMax: 2 });
    const [first, second, third] = [permit(), permit(), permit()];
    expect([
      note("1", first.enter(false)),
      note("2", second.enter(false)),
      note("3", third.enter(false)),
    ]).toEqual([true, true, false]);
    await look(1);
    expect([room.inFlight, came]).toEqual([2, []]);
    first.leave();
    first.leave();
    await look(2);
    expect([room.inFlight, came]).toEqual([2, ["3"]]);
    second.leave();
    third.leave();
    await look(3);
    expect(room.inFlight).toBe(0);
  });

  test("whoever has waited all of its time is refused, and that is counted", async () => {
    const { bus, came, note, look, permit } = setting({ requestsMax: 1 });
    await permit().enter(false);
    note("late", permit().enter(false));
    await look(999);
    expect(came).toEqual([]);
    await look(1000);
    expect(came).toEqual(["late: too_many_requests_in_flight"]);
    expect(bus.of("room.refused")).toEqual([{ limit: "max_connections" }]);
  });

  test("bodies that are sent on while they come leave a quarter to others", async () => {
    const { came, note, look, permit } = setting({ requestsMax: 4 });
    const uploads = [permit(), permit(), permit(), permit()];
    expect(uploads.map((one, i) => note(`upload ${i}`, one.enter(true)))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(note("whole", permit().enter(false))).toBe(true);
    // One that has come whole is an upload no more; there is still no slot.
    uploads[0]?.uploaded();
    await look(1);
    expect(came).toEqual([]);
    uploads[1]?.leave();
    await look(2);
    expect(came).toEqual(["upload 3"]);
  });

  test("those of other threads count, and they are told", async () => {
    let elsewhere = 1;
    const told: number[][] = [];
    const { came, note, look, permit } = setting({
      requestsMax: 2,
      others: {
        inFlight: () => elsewhere,
        uploading: () => 0,
        tell: (...counts) => told.push(counts),
      },
    });
    const first = permit();
    expect(note("1", first.enter(true))).toBe(true);
    note("2", permit().enter(false));
    await look(1);
    expect(came).toEqual([]);
    elsewhere = 0;
    await look(2);
    expect([came, told]).toEqual([
      ["2"],
      [
        [1, 1],
        [2, 1],
      ],
    ]);
  });

  test("a request whose client went away during its answer gives its slot up", async () => {
    const { room, came, note, look, permit } = setting({ requestsMax: 1 });
    const client = new AbortController();
    const gone = room.permit(new Request("http://x", { signal: client.signal }), () => "a");
    await gone.enter(false);
    gone.answering();
    note("next", permit().enter(false));
    await look(1);
    expect(came).toEqual([]);
    client.abort();
    await look(2);
    expect(came).toEqual(["next"]);
  });
});

describe("bytes", () => {
  test("large bodies leave an eighth to small ones", async () => {
    const { room, came, note, look, permit } = setting({ bytesMax: 8 * MIB });
    const [large, next, small] = [permit(), permit(), permit()];
    expect(note("large", large.hold(8 * MIB * LARGE_BYTES_SHARE))).toBe(true);
    expect(note("next", next.hold(SMALL_BODY_BYTES_MAX + 1))).toBe(false);
    expect(note("small", small.hold(SMALL_BODY_BYTES_MAX))).toBe(true);
    await look(1);
    expect(came).toEqual([]);
    large.keep(MIB);
    await look(2);
    expect([came, room.bytes]).toEqual([["next"], MIB + 2 * SMALL_BODY_BYTES_MAX + 1]);
  });

  test("small ones wait as well when all is held, and are refused after their time", async () => {
    const { bus, came, note, look, permit } = setting({ bytesMax: 2 * SMALL_BODY_BYTES_MAX });
    expect(note("1", permit().hold(SMALL_BODY_BYTES_MAX))).toBe(true);
    expect(note("2", permit().hold(SMALL_BODY_BYTES_MAX))).toBe(true);
    expect(note("3", permit().hold(1))).toBe(false);
    await look(1000);
    expect(came).toEqual(["3: too_many_bytes_in_flight"]);
    expect(bus.of("room.refused")).toEqual([{ limit: "max_inflight_bytes" }]);
  });

  test("one that alone is larger than the bound is let in, and no other beside it", async () => {
    const { came, note, look, permit } = setting({ bytesMax: MIB });
    const [giant, other] = [permit(), permit()];
    expect([note("giant", giant.hold(64 * MIB)), note("other", other.hold(MIB))]).toEqual([
      true,
      false,
    ]);
    expect(note("more", giant.hold(MIB))).toBe(true);
    giant.leave();
    await look(1);
    expect(came).toEqual(["other"]);
  });

  test("of those that hold a part of what they need, one at a time goes on", async () => {
    const { came, note, look, permit } = setting({ bytesMax: 8 * MIB });
    const all = [permit(), permit(), permit()];
    expect(all.map((one, i) => note(`${i}`, one.hold(2 * MIB)))).toEqual([true, true, true]);
    expect(all.map((one, i) => note(`more ${i}`, one.hold(4 * MIB)))).toEqual([true, false, false]);
    all[0]?.leave();
    await look(1);
    expect(came).toEqual(["more 1"]);
    all[1]?.leave();
    await look(2);
    expect(came).toEqual(["more 1", "more 2"]);
  });
});

describe("uploads that stall", () => {
  /** Uploads of so many clients that hold a MiB each and send nothing more, of 16 MiB in all. */
  function stalling(addresses: readonly string[]) {
    const it = setting({ bytesMax: 16 * MIB, waitMs: 60_000 });
    const cut: string[] = [];
    for (const [i, address] of addresses.entries()) {
      const upload = it.permit(address);
      void upload.hold(MIB);
      upload.asked(() => {
        cut.push(`${address}${i}`);
        upload.leave();
      });
    }
    return { ...it, cut };
  }
  const waits = 14 * MIB;

  test("are let alone while there is room", async () => {
    const { cut, look } = stalling(["a", "a", "a", "a"]);
    await look(60_000);
    expect(cut).toEqual([]);
  });

  test("of one client beyond its share are cut as soon as others wait", async () => {
    const { bus, cut, look, note, came, permit } = stalling(["a", "a", "a", "b"]);
    note("next", permit("c").hold(waits));
    await look(999);
    expect(cut).toEqual([]);
    await look(1100);
    // Two MiB are an eighth of sixteen.
    expect([cut, bus.of("upload.cut").length, came]).toEqual([["a2"], 1, []]);
  });

  test("of any client are cut when they have stalled for long", async () => {
    const { cut, look, note, came, permit } = stalling(["a", "b"]);
    note("next", permit("c").hold(waits));
    await look(STALLED_MS_MAX - 1);
    expect(cut).toEqual([]);
    await look(STALLED_MS_MAX + 100);
    expect([cut, came]).toEqual([["a0", "b1"], ["next"]]);
  });

  test("one that keeps up with the rate stays, one below it has stalled", () => {
    const { room, look, permit } = setting();
    const upload = permit();
    const cut = (): void => undefined;
    upload.asked(cut);
    expect(upload.stalledMs(999)).toBeUndefined();
    expect(upload.stalledMs(1000)).toBe(1000);
    void look(1900);
    upload.came(32 * 1024);
    expect(upload.stalledMs(9000)).toBeUndefined();
    upload.asked(cut);
    expect(upload.stalledMs(2000)).toBeUndefined();
    expect(upload.stalledMs(2001)).toBe(2001);
    expect(room.inFlight).toBe(0);
  });
});

describe("the queue", () => {
  const bodies = (it: ReturnType<typeof setting>, ...bytes: number[]): Permit[] =>
    bytes.map((one) => it.room.permit(undefined, () => "a", one));

  test("holds as many bytes that nobody has read as it may; one more is refused at once", async () => {
    const it = setting({ requestsMax: 1, unreadBytesMax: 2 * MIB });
    const [first, a, b, c, none] = bodies(it, 10, MIB, MIB, 1, 0);
    expect(first?.enter(false)).toBeUndefined();
    expect([
      it.note("a", a?.enter(false)),
      it.note("b", b?.enter(false)),
      it.note("c", c?.enter(false)),
      it.note("none", none?.enter(false)),
    ]).toEqual([false, false, false, false]);
    await it.look(1);
    expect(it.came).toEqual(["c: too_many_requests_in_flight"]);
    expect(it.bus.of("room.refused")).toEqual([{ limit: "max_connections" }]);
    first?.leave();
    await it.look(2);
    const [d] = bodies(it, MIB);
    expect(it.note("d", d?.enter(false))).toBe(false);
    await it.look(1001);
    expect(it.came.slice(1)).toEqual(["a", "b: too_many_requests_in_flight", ...refused("none")]);
  });

  test("counts a mebibyte of a large body, and nothing of one that has been read", async () => {
    const it = setting({ bytesMax: 100, unreadBytesMax: 2 * MIB });
    const [first, large, read, small] = bodies(it, 100, 50 * MIB, MIB, MIB);
    expect(first?.hold(100)).toBeUndefined();
    read?.came(MIB);
    expect(it.note("large", large?.hold(50))).toBe(false);
    expect(it.note("read", read?.hold(50))).toBe(false);
    expect(it.note("small", small?.hold(50))).toBe(false);
    await it.look(1);
    expect(it.came).toEqual([]);
    const [another] = bodies(it, 1);
    it.note("another", another?.hold(1));
    await it.look(2);
    expect(it.came).toEqual(["another: too_many_bytes_in_flight"]);
  });
});

function refused(...names: string[]): string[] {
  return names.map((name) => `${name}: too_many_requests_in_flight`);
}
