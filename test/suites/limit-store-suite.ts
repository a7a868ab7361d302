// What every store of shared limits does. Each test has limits of its own, in a window that lies in
// the future of any clock, so that what is left of it plays no part but where a test says so.

import { describe, expect, test } from "bun:test";
import type {
  LimitStore,
  StoreAsk,
  StoreLimit,
  StoreReply,
} from "../../src/runtime/shared-limits/limit-store.ts";

export interface StoreUnderTest {
  readonly open: () => Promise<LimitStore>;
}

let made = 0;

const limitOf = (count: number, windowMs = 1000): StoreLimit => ({
  id: `limit-${made++}`,
  count,
  windowMs,
});

const NOTHING = { claim: 0, want: 0, announce: undefined, lease: undefined };

export function limitStoreSuite(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    tokenCases(create);
    leaseCases(create);
    memberCases(create);
  });
}

async function ask(
  store: LimitStore,
  limit: StoreLimit,
  asked: Partial<StoreAsk>,
): Promise<readonly [claimed: number, granted: number, next: number]> {
  const one = { limit, name: "", window: 0, leaseMax: limit.count, ...NOTHING, ...asked };
  const reply = await call(store, { asks: [{ ...one, name: named(one.name) }] });
  const { claimed, granted, next } = reply.answers[0]!;
  return [claimed, granted, next];
}

/** Names have one length. */
const named = (name: string): string => name.padStart(28, "0");

async function call(
  store: LimitStore,
  more: Partial<Parameters<LimitStore["call"]>[0]> & { member?: string },
): Promise<StoreReply> {
  const nothing = { asksMembers: false, lackingSinceMs: undefined, asks: [], gifts: [] };
  return store.call({ member: "a", ...nothing, ...more });
}

/** A window that has been announced, so that nothing of it is kept for others. */
async function announced(store: LimitStore, limit: StoreLimit, name = ""): Promise<number> {
  await ask(store, limit, { window: 8, name, announce: 1 });
  return 9;
}

function tokenCases(create: () => Promise<StoreUnderTest>): void {
  test("hands out a window's tokens once", async () => {
    const store = await (await create()).open();
    const limit = limitOf(10);
    const window = await announced(store, limit);
    const got = [4, 4, 4, 1].map((want) => ask(store, limit, { window, want }));
    expect(await Promise.all(got)).toEqual([
      [0, 4, 0],
      [0, 4, 0],
      [0, 2, 0],
      [0, 0, 0],
    ]);
  });

  test("keeps windows, names and limits apart", async () => {
    const store = await (await create()).open();
    const [limit, other] = [limitOf(5), limitOf(5)];
    for (const name of ["", "key"]) await announced(store, limit, name);
    await announced(store, other);
    const asks = [
      ask(store, limit, { window: 9, want: 9 }),
      ask(store, limit, { window: 9, want: 9, name: "key" }),
      ask(store, other, { window: 9, want: 9 }),
    ];
    expect(await Promise.all(asks)).toEqual([
      [0, 5, 0],
      [0, 5, 0],
      [0, 5, 0],
    ]);
  });

  test("hands out again what was given up, and not more than there is", async () => {
    const store = await (await create()).open();
    const limit = limitOf(10);
    const window = await announced(store, limit);
    await ask(store, limit, { window, want: 10 });
    const gift = { limit, name: named(""), window };
    await call(store, { gifts: [{ ...gift, tokens: 3 }] });
    expect(await ask(store, limit, { window, want: 10 })).toEqual([0, 3, 0]);
    await call(store, { gifts: [{ ...gift, tokens: 99 }] });
    expect(await ask(store, limit, { window, want: 99 })).toEqual([0, 10, 0]);
  });

  test("takes a claim as far as there are tokens", async () => {
    const store = await (await create()).open();
    const limit = limitOf(10);
    const window = await announced(store, limit);
    const claims = [6, 6, 6].map((claim) => ask(store, limit, { window, claim }));
    expect(await Promise.all(claims)).toEqual([
      [6, 0, 0],
      [4, 0, 0],
      [0, 0, 0],
    ]);
  });

  test("keeps of a window that nobody announced the shares of those who have not come", async () => {
    const store = await (await create()).open();
    const limit = limitOf(10, 1000);
    await call(store, { member: "a", asksMembers: true });
    await call(store, { member: "b", asksMembers: true });
    const { nowMs } = await call(store, {});
    // It has not begun: nothing of it is over.
    const window = Math.floor(nowMs / 1000) + 60;
    expect(await ask(store, limit, { window, claim: 5 })).toEqual([5, 0, 0]);
    expect(await ask(store, limit, { window, want: 5 })).toEqual([0, 0, 0]);
    expect(await ask(store, limit, { window, claim: 5 })).toEqual([5, 0, 0]);
  });

  test("keeps less of them the more of it is over", async () => {
    const store = await (await create()).open();
    const limit = limitOf(10, 1000);
    for (const member of ["a", "b"]) await call(store, { member, asksMembers: true });
    const { nowMs } = await call(store, {});
    const window = Math.floor(nowMs / 1000) - 60;
    await ask(store, limit, { window, claim: 5 });
    expect(await ask(store, limit, { window, want: 9 })).toEqual([0, 5, 0]);
  });

  test("tells which windows lack tokens since a time, until they do not", async () => {
    const store = await (await create()).open();
    const limit = limitOf(5);
    const window = await announced(store, limit, "key");
    const { nowMs } = await call(store, {});
    await ask(store, limit, { window, want: 5, name: "key" });
    const lacking = async (): Promise<StoreReply["lacking"]> => {
      const reply = await call(store, { lackingSinceMs: nowMs });
      return reply.lacking.filter(({ id }) => id === limit.id);
    };
    expect(await lacking()).toEqual([]);
    await ask(store, limit, { window, want: 1, name: "key" });
    expect(await lacking()).toEqual([{ id: limit.id, name: named("key"), window }]);
  });
}

function leaseCases(create: () => Promise<StoreUnderTest>): void {
  const leases = async (count: number, records: readonly number[], leaseMax = count) => {
    const store = await (await create()).open();
    const limit = limitOf(count);
    for (const announce of records) await ask(store, limit, { announce });
    const got: number[] = [];
    for (const lease of records) got.push((await ask(store, limit, { lease, leaseMax }))[2]);
    return got;
  };

  test("leases by what was announced, and a tenth to all alike", async () => {
    expect(await leases(100, [500, 500])).toEqual([50, 50]);
    expect(await leases(100, [900, 100])).toEqual([86, 14]);
    expect(await leases(100, [1000, 0])).toEqual([95, 5]);
    expect(await leases(100, [1, 1, 1])).toEqual([34, 34, 32]);
  });

  test("leases to all alike what nobody announced", async () => {
    expect(await leases(100, [20, 0])).toEqual([59, 41]);
    expect(await leases(100, [0, 0])).toEqual([50, 50]);
    expect(await leases(100, [0])).toEqual([100]);
  });

  test("leases never more than the limit, the last tokens to who comes first", async () => {
    expect(await leases(1, [1, 1])).toEqual([1, 0]);
    expect(await leases(3, [9, 9, 9, 9])).toEqual([1, 1, 1, 0]);
    expect(await leases(4_294_967_295, [1, 0])).toEqual([2_147_483_648, 2_147_483_647]);
  });

  test("leases no more than was allowed for", async () => {
    expect(await leases(100, [1000, 0], 50)).toEqual([50, 5]);
  });

  test("has of a window what was not leased", async () => {
    const store = await (await create()).open();
    const limit = limitOf(100);
    await ask(store, limit, { announce: 1, window: 0 });
    const [, , leased] = await ask(store, limit, { lease: 1, window: 0, leaseMax: 30 });
    expect([leased, await ask(store, limit, { window: 1, want: 100 })]).toEqual([30, [0, 70, 0]]);
  });
}

function memberCases(create: () => Promise<StoreUnderTest>): void {
  test("tells who is there, once they have said so and until they leave", async () => {
    const store = await (await create()).open();
    const names = async (member: string): Promise<readonly string[]> => {
      const { members = [] } = await call(store, { member, asksMembers: true });
      return members.filter((name) => name.startsWith("own-"));
    };
    expect([await names("own-b"), await names("own-a")]).toEqual([["own-b"], ["own-a", "own-b"]]);
    await store.leave("own-b");
    expect(await names("own-a")).toEqual(["own-a"]);
    await store.leave("own-a");
    expect((await call(store, {})).members).toBeUndefined();
  });
}
