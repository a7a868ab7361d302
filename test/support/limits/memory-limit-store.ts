// A store of shared limits in memory, which says what the real one says: for tests that have many
// instances and a clock of their own. The suite of stores holds both to it.

import { MEMBER_MS_MAX } from "../../../src/core/limits.ts";
import {
  type LimitStore,
  LimitStoreError,
  type StoreAsk,
  type StoreCall,
  type StoreGift,
  type StoreReply,
} from "../../../src/runtime/shared-limits/limit-store.ts";
import type { LeaseAnswer } from "../../../src/policy/index.ts";

interface Window {
  out: number;
  announcers: number;
  records: number;
  comers: number;
}

export class MemoryLimits {
  isAway = false;
  readonly #nowMs: () => number;
  readonly #windows = new Map<string, Window>();
  readonly #members = new Map<string, number>();
  readonly #lacking = new Map<string, { id: string; name: string; window: number; at: number }>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** As a store that was killed and started again. */
  forget(): void {
    this.#windows.clear();
    this.#members.clear();
    this.#lacking.clear();
  }

  readonly open = async (): Promise<LimitStore> => {
    this.#answering();
    return Promise.resolve({
      call: async (call) => Promise.resolve(this.#call(call)),
      leave: async (member) => Promise.resolve(void this.#members.delete(member)),
      close: () => undefined,
    });
  };

  #answering(): void {
    if (this.isAway) throw new LimitStoreError("connection", "away");
  }

  #call({ member, asksMembers, lackingSinceMs, asks, gifts }: StoreCall): StoreReply {
    this.#answering();
    const nowMs = this.#nowMs();
    if (asksMembers) this.#members.set(member, nowMs);
    for (const [other, at] of this.#members) {
      if (asksMembers && at <= nowMs - MEMBER_MS_MAX) this.#members.delete(other);
    }
    const answers = asks.map((ask) => this.#answer(ask, nowMs));
    for (const gift of gifts) this.#take(gift);
    const since = lackingSinceMs ?? Number.POSITIVE_INFINITY;
    const lacking = [...this.#lacking.values()].filter(({ at }) => at >= since);
    return {
      nowMs,
      members: asksMembers ? [...this.#members.keys()].sort() : undefined,
      answers,
      lacking: lacking.map(({ id, name, window }) => ({ id, name, window })),
    };
  }

  #answer(ask: StoreAsk, nowMs: number): LeaseAnswer {
    const { limit, name, window, claim, want, announce, lease, leaseMax } = ask;
    const { id, count, windowMs } = limit;
    const here = this.#window(id, name, window);
    const claimed = Math.min(claim, Math.max(0, count - here.out));
    here.out += claimed;
    if (claim > 0) here.comers++;
    let granted = 0;
    if (want > 0) {
      const members = Math.max(1, this.#members.size);
      const rest = Math.min(1, Math.max(0, window + 1 - nowMs / windowMs));
      const absent = here.announcers > 0 ? 0 : Math.max(0, members - here.comers);
      const free = count - here.out - Math.ceil(absent * Math.ceil(count / members) * rest);
      granted = Math.max(0, Math.min(want, free));
      here.out += granted;
    }
    if (claimed + granted < claim + want) {
      this.#lacking.set(`${id} ${window} ${name}`, { id, name, window, at: nowMs });
    }
    const after = this.#window(id, name, window + 1);
    if (announce !== undefined) {
      after.announcers++;
      after.records += announce;
    }
    let next = 0;
    if (lease !== undefined) {
      const sharers = Math.max(1, after.announcers);
      const records = Math.max(lease, after.records);
      const part =
        records >= count ? (count * lease) / records : lease + (count - records) / sharers;
      const whole = Math.ceil(0.9 * part + (0.1 * count) / sharers);
      next = Math.max(0, Math.min(whole, leaseMax, count - after.out));
      after.out += next;
    }
    return { claimed, granted, next };
  }

  #take({ limit, name, window, tokens }: StoreGift): void {
    const here = this.#window(limit.id, name, window);
    here.out = Math.max(0, here.out - tokens);
  }

  #window(id: string, name: string, window: number): Window {
    const key = `${id} ${window} ${name}`;
    const known = this.#windows.get(key);
    if (known !== undefined) return known;
    const fresh = { out: 0, announcers: 0, records: 0, comers: 0 };
    this.#windows.set(key, fresh);
    return fresh;
  }
}
