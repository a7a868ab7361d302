// What can be switched while the program runs: taps, and whether pages show what records hold. The
// configuration sets both at the start.

import type { EventBus } from "../o11y/event-bus.ts";
import { realSchedule, type Schedule } from "../system/timer.ts";

export interface SwitchState {
  readonly taps: boolean;
  /** `admin.show_payloads`. */
  readonly payloads: boolean;
}

export interface SwitchesOptions {
  readonly configured: SwitchState;
  /** Only who shows `admin.token` may switch, so without one nobody may. */
  readonly isSwitchable: boolean;
  readonly bus: EventBus;
  readonly schedule?: Schedule;
  /** Wall clock in milliseconds. */
  readonly nowMs?: () => number;
}

export class Switches {
  readonly #options: SwitchesOptions;
  #state: SwitchState;
  #cancel: (() => void) | undefined;
  /** Unix milliseconds; undefined: they stay as they are. */
  untilMs: number | undefined;
  /** Told of every change, after it. */
  changed: (state: SwitchState) => void = () => undefined;

  constructor(options: SwitchesOptions) {
    this.#options = options;
    this.#state = options.configured;
  }

  get state(): SwitchState {
    return this.#state;
  }

  get configured(): SwitchState {
    return this.#options.configured;
  }

  get isSwitchable(): boolean {
    return this.#options.isSwitchable;
  }

  /** `seconds`: after that all stands as configured again; undefined: until the next change. */
  set(change: Partial<SwitchState>, seconds?: number): void {
    const { schedule = realSchedule, nowMs = Date.now, configured } = this.#options;
    this.#cancel?.();
    this.#cancel = undefined;
    this.untilMs = undefined;
    this.#become({ ...this.#state, ...change }, seconds);
    if (seconds === undefined) return;
    this.untilMs = nowMs() + seconds * 1000;
    this.#cancel = schedule(seconds * 1000, () => {
      this.untilMs = undefined;
      this.#become(configured);
    });
  }

  #become(state: SwitchState, seconds?: number): void {
    this.#state = state;
    this.#options.bus.emit("admin.switched", { ...state, ...(seconds && { seconds }) });
    this.changed(state);
  }
}
