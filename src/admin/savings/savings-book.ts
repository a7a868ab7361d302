// What policies saved since the start and in the last hour, by signal, service and policy. It is
// fed with the outcome of bodies and, whenever somebody looks or a minute ends, with the engine's
// totals and the threads' counts by service. Holds only counts and names.

import {
  SAVINGS_MINUTE_ROWS_MAX,
  SAVINGS_MINUTES_MAX,
  SAVINGS_ROWS_MAX,
  SERVICES_MAX,
} from "../../core/limits.ts";
import type { EventBus } from "../../o11y/event-bus.ts";
import type { Events } from "../../o11y/events.ts";
import { signalOf } from "../../o11y/labels.ts";
import {
  BYTE_COUNTS,
  fillRow,
  FLOWS,
  type PolicyCount,
  type PolicyTotals,
  type ServiceKey,
  type ServiceLedgers,
  type Signal,
} from "../../policy/index.ts";
import { OTHERS, Timeline } from "./timeline.ts";

const MINUTE_MS = 60_000;
const CUT_RECORDS = ["dropped", "sampled", "limited", "budgeted"] as const;

/** What is told of a policy. */
export const SAVED_COUNTS = [
  ...CUT_RECORDS,
  ...BYTE_COUNTS,
] as const satisfies readonly PolicyCount[];

export interface SavingsBookOptions {
  readonly bus: EventBus;
  /** Totals since the start of every policy that is remembered, and the sum of those forgotten. */
  readonly policyTotals: () => readonly PolicyTotals[];
  /** What was counted by service. */
  readonly services: Pick<ServiceLedgers, "drain">;
  /** Wall clock in milliseconds. */
  readonly nowMs?: () => number;
}

/** A row of what came and left, of records that name no service. No service is called so. */
export const NO_SERVICE = "\0";

export class SavingsBook {
  readonly sinceMs: number;
  readonly #options: SavingsBookOptions;
  readonly #nowMs: () => number;
  readonly #signals = timelineOf(FLOWS);
  readonly #services: Readonly<Record<Signal, Timeline>> = {
    log: servicesTimeline(),
    metric: servicesTimeline(),
    trace: servicesTimeline(),
  };
  readonly #policies = timelineOf(SAVED_COUNTS.length);
  readonly #row = new Float64Array(FLOWS);
  /** The engine's totals at the last look. */
  #seen: ReadonlyMap<string, Float64Array> = new Map();
  /** The minutes that run: of the signals, and of what is brought up to now by looks. */
  #minute: number;
  #lookMinute: number;

  constructor(options: SavingsBookOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    this.sinceMs = this.#nowMs();
    this.#minute = this.#lookMinute = Math.floor(this.sinceMs / MINUTE_MS);
    options.bus.on("records.evaluated", (event) => this.#evaluated(event));
  }

  /** By signal, brought up to now. */
  signals(): Timeline {
    this.#look();
    return this.#signals;
  }

  /** Of a signal by service, brought up to now; services beyond the bound under OTHERS. */
  services(signal: Signal): Timeline {
    this.#look();
    return this.#services[signal];
  }

  /** By policy, brought up to now; those that are forgotten under OTHERS. */
  policies(): Timeline {
    this.#look();
    return this.#policies;
  }

  /** When the minutes of the timelines began, oldest first, as far as the program was there. */
  minuteStarts(): readonly number[] {
    this.#look();
    const first = Math.floor(this.sinceMs / MINUTE_MS);
    const count = Math.min(SAVINGS_MINUTES_MAX, this.#minute - first) + 1;
    return Array.from({ length: count }, (_, i) => (this.#minute - count + 1 + i) * MINUTE_MS);
  }

  #evaluated(event: Events["records.evaluated"]): void {
    const minute = this.#minuteNow();
    if (minute > this.#minute) {
      this.#turn(minute);
      // Later, because asking for the totals may bring further events.
      queueMicrotask(() => this.#look());
    }
    this.#signals.add(signalOf(event.telemetry), fillRow(this.#row, event));
  }

  #minuteNow(): number {
    return Math.floor(this.#nowMs() / MINUTE_MS);
  }

  #turn(minute: number): void {
    this.#signals.advance(minute - this.#minute);
    this.#minute = minute;
  }

  /** What policies did since the last look, and services sent, was in the minute of that look. */
  #look(): void {
    const all = this.#options.policyTotals();
    const minute = this.#minuteNow();
    this.#readPolicies(all);
    this.#options.services.drain((signal, service, counts) => {
      this.#services[signal].add(keyOf(service), counts);
    });
    if (minute > this.#minute) this.#turn(minute);
    const minutes = minute - this.#lookMinute;
    if (minutes > 0) for (const one of this.#lookedAt()) one.advance(minutes);
    this.#lookMinute = minute;
  }

  /** What is brought up to now by looks. */
  #lookedAt(): readonly Timeline[] {
    return [this.#policies, ...Object.values(this.#services)];
  }

  #readPolicies(all: readonly PolicyTotals[]): void {
    const before = this.#seen;
    const now = new Map<string, Float64Array>();
    for (const totals of all) {
      const key = totals.isForgotten === true ? OTHERS : totals.id;
      now.set(
        key,
        Float64Array.from(SAVED_COUNTS, (name) => totals[name]),
      );
    }
    this.#seen = now;
    // What of the forgotten was told under their own names.
    const told = new Float64Array(SAVED_COUNTS.length);
    for (const [id, row] of before) {
      if (id === OTHERS || !now.has(id))
        row.forEach((count, i) => (told[i] = (told[i] ?? 0) + count));
    }
    const more: [id: string, row: Float64Array][] = [];
    for (const [id, row] of now) {
      const known = id === OTHERS ? told : before.get(id);
      const added = row.map((count, i) => Math.max(0, count - (known?.[i] ?? 0)));
      if (added.some((count) => count > 0)) more.push([id, added]);
    }
    // Where there are more than have room, those that saved most are told by name.
    more.sort((a, b) => savedBytes(b[1]) - savedBytes(a[1]));
    for (const [id, row] of more) this.#policies.add(id, row);
  }
}

/** Bytes that did not leave: those taken away, less those added. */
function savedBytes(row: Float64Array): number {
  let saved = 0;
  for (const name of BYTE_COUNTS) {
    const count = row[SAVED_COUNTS.indexOf(name)] ?? 0;
    saved += name === "addedBytes" ? -count : count;
  }
  return saved;
}

function keyOf(service: ServiceKey): string {
  if (service.kind === "named") return service.name;
  return service.kind === "none" ? NO_SERVICE : OTHERS;
}

function servicesTimeline(): Timeline {
  const keysMax = SERVICES_MAX + 1;
  return new Timeline({ width: FLOWS, keysMax, minuteKeysMax: keysMax });
}

function timelineOf(width: number): Timeline {
  return new Timeline({ width, keysMax: SAVINGS_ROWS_MAX, minuteKeysMax: SAVINGS_MINUTE_ROWS_MAX });
}
