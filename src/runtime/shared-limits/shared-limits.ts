// Keeps limits that hold across all instances supplied with tokens: asks the store for them in
// batches, off the path of records, and decides what happens to the limits while there is no store.
// Decides nothing about any record.

import {
  LEASE_ASKS_MAX,
  LEASE_LOOK_MS,
  LEASE_LOOK_MS_MAX,
  LEASE_LOOKS_PER_WINDOW,
  LEASE_RETRY_MS,
  MEMBER_BEAT_MS,
  MEMBER_MS_MAX,
} from "../../core/limits.ts";
import { errorMessage } from "../../core/errors.ts";
import type { EventBus } from "../../o11y/index.ts";
import type { LogFields } from "../../o11y/log-format.ts";
import { type LeaseLedger, WINDOW_BEGINNINGS } from "../../policy/index.ts";
import type { Schedule } from "../../system/index.ts";
import type { Component } from "../component.ts";
import type { Leasing } from "./leasing.ts";
import {
  type LimitStore,
  LimitStoreError,
  type OpenLimitStore,
  type StoreAsk,
  type StoreGift,
  type StoreReply,
} from "./limit-store.ts";
import { StoreClock } from "./store-clock.ts";

export interface SharedLimitsOptions {
  readonly open: OpenLimitStore;
  /** The limits of the policies in force, and what all threads know of them. */
  readonly leasing: Leasing;
  readonly bus: EventBus;
  /** That no other instance has. */
  readonly member: string;
  readonly schedule: Schedule;
  /** Monotonic milliseconds; the same clock that records are judged by. */
  readonly nowMs: () => number;
  readonly clock: StoreClock;
}

/**
 * `starting`: there was no store yet, and the limits hold for this instance alone. `away`: it was
 * there; each instance has its share. `returning`: it is back, and the others are waited for.
 */
type State = "starting" | "leasing" | "away" | "returning";

export class SharedLimits implements Component {
  readonly #options: SharedLimitsOptions;
  #state: State = "starting";
  #isTold = false;
  /** As the metrics have it. */
  #shown = { isConnected: false, members: 0 };
  #store: LimitStore | undefined;
  #members: readonly string[];
  #membersBefore = 1;
  #returningUntilMs = 0;
  #beatAtMs = Number.NEGATIVE_INFINITY;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #lackingSinceMs = 0;
  /** Which limit is asked for first: with many, they have turns. */
  #turn = 0;
  #isLooking = false;
  #isStopped = false;
  #cancel: () => void = () => undefined;

  constructor(options: SharedLimitsOptions) {
    this.#options = options;
    this.#members = [options.member];
    this.#show();
  }

  /** Resolves when the store has answered, or has failed to; whichever, the program goes on. */
  async start(): Promise<void> {
    await this.look();
    this.#again();
    // A set that comes in force finds its tokens there.
    this.#options.leasing.changed = () => this.#again(0);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    const store = this.#store;
    if (store === undefined) return;
    try {
      const storeMs = this.#storeMs();
      const gifts = this.#options.leasing.supplied.flatMap(({ limit, ledger }) => {
        return ledger.giveUpAll(storeMs).map((gift) => ({ limit, ...gift }));
      });
      await this.#give(store, gifts);
      await store.leave(this.#options.member);
    } catch {
      // The others find out by the silence.
    } finally {
      store.close();
    }
  }

  status(): LogFields {
    return { state: this.#state, members: this.#members.length };
  }

  /** One look at what is to be asked. Never rejects. */
  async look(): Promise<void> {
    this.#isLooking = true;
    try {
      const store = (this.#store ??= await this.#options.open());
      const isFirst = this.#state === "starting";
      await this.#round(store);
      // The first call tells the time, which all others depend on.
      if (isFirst) await this.#round(store);
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#isLooking = false;
    }
    this.#tellWindows();
  }

  #again(delayMs = this.#store === undefined ? LEASE_RETRY_MS : LEASE_LOOK_MS): void {
    this.#cancel();
    if (this.#isStopped || this.#isLooking) return;
    this.#cancel = this.#options.schedule(delayMs, () => {
      void this.look().then(() => this.#again());
    });
  }

  async #round(store: LimitStore): Promise<void> {
    const { member, nowMs } = this.#options;
    const now = nowMs();
    const isNew = this.#state !== "leasing";
    const asksMembers = isNew || now - this.#beatAtMs >= MEMBER_BEAT_MS;
    const looks = now - this.#lookedAtMs >= this.#lookIntervalMs();
    const taken = isNew && this.#state !== "returning" ? [] : this.#collect();
    if (taken.length === 0 && !asksMembers && !looks) return;
    const asks = taken.map(({ ask }) => ask);
    const lackingSinceMs = looks ? this.#lackingSinceMs : undefined;
    const reply = await store.call({ member, asksMembers, lackingSinceMs, asks, gifts: [] });
    this.#options.clock.note(now, nowMs(), reply.nowMs);
    let leased = 0;
    for (const [i, { ledger, asked }] of taken.entries()) {
      const answer = reply.answers[i];
      if (answer === undefined) continue;
      ledger.answer(asked, answer);
      leased += answer.claimed + answer.granted + answer.next;
    }
    if (asksMembers) this.#beatAtMs = now;
    this.#answered(reply);
    if (leased > 0) {
      this.#options.bus.emit("shared_limits.tokens", { kind: "leased", tokens: leased });
    }
    if (!looks) return;
    this.#lookedAtMs = now;
    this.#lackingSinceMs = reply.nowMs;
    await this.#give(store, this.#giftsFor(reply.lacking));
  }

  #collect() {
    const limits = this.#options.leasing.supplied;
    const mayWant = this.#state === "leasing";
    const storeMs = this.#storeMs();
    const taken: {
      readonly ledger: LeaseLedger;
      readonly asked: Parameters<LeaseLedger["answer"]>[0];
      readonly ask: StoreAsk;
    }[] = [];
    for (let i = 0; i < limits.length && taken.length < LEASE_ASKS_MAX; i++) {
      const supplied = limits[(this.#turn + i) % limits.length];
      if (supplied === undefined) break;
      const { limit, ledger } = supplied;
      const asksMax = LEASE_ASKS_MAX - taken.length;
      const leaseMax = mayWant ? limit.count : this.#options.leasing.control.shareOf(limit.count);
      for (const asked of ledger.collect({ storeMs, asksMax, mayWant })) {
        taken.push({ ledger, asked, ask: { ...asked, limit, leaseMax } });
      }
      if (taken.length >= LEASE_ASKS_MAX) this.#turn += i;
    }
    return taken;
  }

  #giftsFor(lacking: StoreReply["lacking"]): StoreGift[] {
    if (lacking.length === 0) return [];
    const storeMs = this.#storeMs();
    const byId = new Map(this.#options.leasing.supplied.map((one) => [one.limit.id, one]));
    return lacking.flatMap(({ id, name, window }) => {
      const supplied = byId.get(id);
      const tokens = supplied?.ledger.giveUp(name, window, storeMs) ?? 0;
      return supplied && tokens > 0 ? [{ limit: supplied.limit, name, window, tokens }] : [];
    });
  }

  async #give(store: LimitStore, gifts: readonly StoreGift[]): Promise<void> {
    if (gifts.length === 0) return;
    const { member, bus } = this.#options;
    await store.call({ member, asksMembers: false, lackingSinceMs: undefined, asks: [], gifts });
    const tokens = gifts.reduce((sum, gift) => sum + gift.tokens, 0);
    bus.emit("shared_limits.tokens", { kind: "returned", tokens });
  }

  #answered({ members }: StoreReply): void {
    if (members !== undefined) this.#members = members;
    if (this.#state === "leasing") return this.#show();
    const now = this.#options.nowMs();
    if (this.#state !== "returning") this.#returningUntilMs = now + MEMBER_MS_MAX;
    const areAll = this.#members.length >= this.#membersBefore;
    const isWaiting = this.#state !== "starting" && !areAll && now < this.#returningUntilMs;
    this.#state = isWaiting ? "returning" : "leasing";
    this.#show();
    if (isWaiting) return;
    this.#isTold = false;
    this.#options.bus.emit("shared_limits.shared", { members: this.#members.length });
  }

  #failed(error: unknown): void {
    this.#store?.close();
    this.#store = undefined;
    const { bus } = this.#options;
    const fault = error instanceof LimitStoreError ? error.fault : "connection";
    bus.emit("shared_limits.failed", { fault });
    if (this.#state === "leasing") this.#membersBefore = this.#members.length;
    if (this.#state !== "starting") this.#state = "away";
    this.#show();
    if (this.#isTold) return;
    this.#isTold = true;
    const members = this.#members.length;
    const reason = errorMessage(error);
    const cure =
      this.#state === "starting"
        ? "until the store of shared_limits answers, each instance passes all that a limit allows"
        : "until the store of shared_limits answers, each instance passes its share of each limit";
    bus.emit("shared_limits.away", { fault, reason, members, cure });
  }

  /** Tells the limiters of all threads. */
  #show(): void {
    const { leasing, clock, member, bus } = this.#options;
    const isReturning = this.#state === "away" || this.#state === "returning";
    // Those that are not back yet have their shares.
    const others = isReturning ? this.#membersBefore : 0;
    leasing.control.show({
      offsetMs: clock.offsetMs,
      members: Math.max(1, others, this.#members.length),
      rank: Math.max(0, this.#members.indexOf(member)),
      isLeasing: this.#state === "leasing",
    });
    const isConnected = this.#state === "leasing";
    const members = this.#members.length;
    if (isConnected === this.#shown.isConnected && members === this.#shown.members) return;
    this.#shown = { isConnected, members };
    bus.emit("shared_limits.stands", { isConnected, members });
  }

  #tellWindows(): void {
    for (const [i, windows] of this.#options.leasing.control.takeBeginnings().entries()) {
      const tokens = WINDOW_BEGINNINGS[i];
      if (windows === 0 || tokens === undefined) continue;
      this.#options.bus.emit("shared_limits.windows", { tokens, windows });
    }
  }

  #lookIntervalMs(): number {
    let shortestMs = Number.POSITIVE_INFINITY;
    for (const { limit } of this.#options.leasing.supplied) {
      shortestMs = Math.min(shortestMs, limit.windowMs);
    }
    const intervalMs = shortestMs / LEASE_LOOKS_PER_WINDOW;
    return Math.max(LEASE_LOOK_MS, Math.min(LEASE_LOOK_MS_MAX, intervalMs));
  }

  #storeMs(): number {
    return this.#options.nowMs() + this.#options.clock.offsetMs;
  }
}
