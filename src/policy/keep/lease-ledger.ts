// What one instance asks of the store that hands out the tokens of a shared limit, and what it does
// with the answer. Knows no network: the asks of a moment are collected, and answered at any time.
//
// Halfway through a window, an instance announces how many records it expects in the next one; at
// three quarters it leases its part of that. If this is not enough, it asks for more, and it gives
// up what it will not need when it hears that another instance lacks tokens.

import { Lease, type LeasedWindows } from "./leased-windows.ts";

/** The parts of a window after which the next one is announced, and leased. */
const ANNOUNCE_AT = 0.5;
const LEASE_AT = 0.75;
/** After this part, a window itself shows how busy it is; before that, earlier windows do. */
const TELLING_AT = 0.3;
/** The smallest part of a window that is used as a measure. */
const MEASURED_MIN = 0.05;

/** An ask about one window. `undefined`: nothing of the kind is asked. */
export interface LeaseAsk {
  readonly entry: number;
  /** The name of the key; the same in all instances. */
  readonly name: string;
  readonly window: number;
  /** Tokens that this instance has allowed itself. */
  readonly claim: number;
  /** Tokens in addition to those that it has. */
  readonly want: number;
  /** Records expected in the next window; if set, a lease for them is requested, too. */
  readonly announce: number | undefined;
  readonly lease: number | undefined;
}

/** The answer to an ask. */
export interface LeaseAnswer {
  /** How much of the claim was available. */
  readonly claimed: number;
  readonly granted: number;
  /** Tokens of the next window, if they were requested. */
  readonly next: number;
}

/** What may be asked for now. */
export interface CollectOptions {
  readonly storeMs: number;
  /** The most asks to collect; the next call continues where this one ended. */
  readonly asksMax: number;
  /** Whether more than the share may be requested. */
  readonly mayWant: boolean;
}

/** What is asked for, granted and given up in the windows of one limit. */
export class LeaseLedger {
  readonly windows: LeasedWindows;
  #at = 0;

  constructor(windows: LeasedWindows) {
    this.windows = windows;
  }

  collect(options: CollectOptions): LeaseAsk[] {
    const { windows } = this;
    const { keys } = windows;
    const asks: LeaseAsk[] = [];
    keys.lock();
    if (!windows.isKeyed) {
      keys.hashOf("");
      windows.entryAt(options.storeMs);
    }
    const size = keys.size;
    for (let looked = 0; looked < size && asks.length < options.asksMax; looked++) {
      const entry = this.#at < size ? this.#at : 0;
      this.#at = entry + 1;
      const ask = this.#ask(entry, options);
      if (ask !== undefined) asks.push(ask);
    }
    keys.unlock();
    return asks;
  }

  answer(ask: LeaseAsk, { claimed, granted, next }: LeaseAnswer): void {
    const { keys } = this.windows;
    const { numbers } = keys;
    keys.lock();
    const at = ask.entry * Lease.numbers;
    const later = (numbers[at + Lease.window] as number) - ask.window;
    if (ask.entry < keys.size && keys.nameOf(ask.entry) === ask.name) {
      if (later === 0) {
        if (ask.claim > 0) {
          this.#settle(at, claimed);
          numbers[at + Lease.hoped] = ask.claim - claimed;
        }
        numbers[at + Lease.left] = (numbers[at + Lease.left] as number) + granted;
        numbers[at + Lease.granted] = (numbers[at + Lease.granted] as number) + granted;
      }
      if (ask.lease !== undefined && later <= 1) {
        if (later === 1) this.#settle(at, next);
        numbers[at + Lease.nextWindow] = ask.window + 1;
        numbers[at + Lease.nextTokens] = next;
      }
    }
    keys.unlock();
  }

  /** Gives up the tokens that a window holds but will not need, and returns their number. */
  giveUp(name: string, window: number, storeMs: number): number {
    const { keys } = this.windows;
    keys.lock();
    keys.hashFrom(name);
    const entry = keys.find();
    const given = entry < 0 ? 0 : this.#giveUp(entry * Lease.numbers, window, storeMs);
    keys.unlock();
    return given;
  }

  /** Gives up everything, because this instance leaves. */
  giveUpAll(storeMs: number): readonly { name: string; window: number; tokens: number }[] {
    const { keys } = this.windows;
    const all: { name: string; window: number; tokens: number }[] = [];
    const lastWindow = Math.floor(storeMs / this.windows.limit.windowMs);
    keys.lock();
    for (let entry = 0; entry < keys.size; entry++) {
      const at = entry * Lease.numbers;
      const window = keys.numbers[at + Lease.window] as number;
      const tokens = keys.numbers[at + Lease.left] as number;
      if (window !== lastWindow || tokens === 0 || keys.numbers[at + Lease.isShare] === 1) continue;
      keys.numbers[at + Lease.left] = 0;
      keys.numbers[at + Lease.granted] = (keys.numbers[at + Lease.granted] as number) - tokens;
      all.push({ name: keys.nameOf(entry), window, tokens });
    }
    keys.unlock();
    return all;
  }

  #giveUp(at: number, window: number, storeMs: number): number {
    const { numbers } = this.windows.keys;
    if (numbers[at] !== window || numbers[at + Lease.isShare] === 1) return 0;
    const left = numbers[at + Lease.left] as number;
    const given = Math.max(0, left - this.#needed(at, this.#over(storeMs)));
    numbers[at + Lease.left] = left - given;
    numbers[at + Lease.granted] = (numbers[at + Lease.granted] as number) - given;
    return given;
  }

  /** To be called under the lock. Undefined: there is nothing to ask now. */
  #ask(entry: number, { storeMs, mayWant }: CollectOptions): LeaseAsk | undefined {
    const { windows } = this;
    const { numbers } = windows.keys;
    const at = entry * Lease.numbers;
    const { count, windowMs } = windows.limit;
    const window = Math.floor(storeMs / windowMs);
    if ((numbers[at] as number) < window) {
      // A key that no record has is left alone, unless there are tokens for it.
      if (windows.isKeyed && numbers[at + Lease.nextWindow] !== window) return undefined;
      windows.renew(entry, storeMs);
    }
    if (numbers[at] !== window) return undefined;
    const over = this.#over(storeMs);
    const isShare = numbers[at + Lease.isShare] === 1;
    const claim = isShare ? (numbers[at + Lease.granted] as number) : 0;
    const left = numbers[at + Lease.left] as number;
    const hoped = Math.floor((numbers[at + Lease.hoped] as number) * (1 - over));
    const expected = Math.max(hoped, this.#needed(at, over)) - left;
    const lacks = Math.max(0, expected, mayWant && !isShare ? this.#takePart(at) : 0);
    const announce = this.#announce(at, window, over);
    const isDue = over >= LEASE_AT && numbers[at + Lease.nextWindow] !== window + 1;
    const isAnnounced = numbers[at + Lease.announcedWindow] === window + 1;
    const lease = isDue && isAnnounced ? (numbers[at + Lease.announced] as number) : undefined;
    const want = isShare || !mayWant ? 0 : Math.min(count, lacks);
    if (claim + want === 0 && announce === undefined && lease === undefined) return undefined;
    return { entry, name: windows.keys.nameOf(entry), window, claim, want, announce, lease };
  }

  /** The missing rest of the instance's part; requested only once, because it may not be needed. */
  #takePart(at: number): number {
    const { numbers } = this.windows.keys;
    const part = numbers[at + Lease.part] as number;
    numbers[at + Lease.part] = 0;
    return Math.max(0, part - (numbers[at + Lease.granted] as number));
  }

  /** What is to be announced for the next window now. */
  #announce(at: number, window: number, over: number): number | undefined {
    const { windows } = this;
    const { numbers } = windows.keys;
    if (over < ANNOUNCE_AT || numbers[at + Lease.announcedWindow] === window + 1) return undefined;
    const asked = Math.max(windows.offered(at) / over, numbers[at + Lease.recent] as number);
    const records = Math.round(asked);
    if (windows.isKeyed && records === 0) return undefined;
    numbers[at + Lease.announcedWindow] = window + 1;
    numbers[at + Lease.announced] = records;
    return records;
  }

  /** How many records the rest of the window is expected to bring. */
  #needed(at: number, over: number): number {
    const { windows } = this;
    const weight = Math.min(1, over / TELLING_AT);
    const measured = windows.offered(at) / Math.max(over, MEASURED_MIN);
    const recent = windows.keys.numbers[at + Lease.recent] as number;
    return Math.ceil((weight * measured + (1 - weight) * recent) * (1 - over));
  }

  /** Replaces a share by the part of it that was available, and counts what is used already. */
  #settle(at: number, tokens: number): void {
    const { numbers } = this.windows.keys;
    if (numbers[at + Lease.isShare] !== 1) return;
    const used = (numbers[at + Lease.granted] as number) - (numbers[at + Lease.left] as number);
    const granted = Math.max(used, tokens);
    numbers[at + Lease.granted] = granted;
    numbers[at + Lease.left] = granted - used;
    numbers[at + Lease.isShare] = 0;
  }

  /** The part of the window that is over. */
  #over(storeMs: number): number {
    const { windowMs } = this.windows.limit;
    return storeMs / windowMs - Math.floor(storeMs / windowMs);
  }
}
