// The extension between records that a test offers and a store that does what the test tells it.

import { broadcastDumpTarget, type DumpTarget } from "../../../src/config/index.ts";
import type { DumpObject, ObjectStore } from "../../../src/extensions/s3-dump/object-store.ts";
import { S3Dump } from "../../../src/extensions/s3-dump/s3-dump.ts";
import { EventBus, type EventName } from "../../../src/o11y/index.ts";
import type { OfferedRecord } from "../../../src/policy/index.ts";
import { DISTRIBUTIONS } from "../../../src/distributions.ts";
import { encodingsOfLines } from "../../../src/protocols/lines/index.ts";
import { encodingsOf, type ModuleRegistration } from "../../../src/protocols/index.ts";
import { PassthroughModule } from "../../../src/protocols/passthrough/index.ts";
import { ManualClock } from "../../o11y/manual-clock.ts";
import { OtherThread } from "../packed-records.ts";
import { configOf } from "../config-of.ts";

export const ARCHIVE = { name: "archive", bucket: "b" };
/** Plain lines, as programs without a protocol have them. */
export const LINES: ModuleRegistration = {
  name: "lines",
  encodings: Object.fromEntries(encodingsOfLines("auto")),
  create: () => new PassthroughModule(),
};
/** Loaded beforehand, so that nothing takes longer than the turns that tests wait. */
const ENCODINGS = encodingsOf([...DISTRIBUTIONS.edge.modules, LINES]);
for (const { document, alone } of ENCODINGS.values()) {
  await document?.();
  await alone?.();
}
await import("../../../src/extensions/s3-dump/redaction.ts");

const NOON = Date.UTC(2026, 0, 2, 3, 4, 5);

class FakeStore implements ObjectStore {
  readonly puts: { target: string; key: string; lines: string[] }[] = [];
  /** Of the next attempts; none: they succeed. */
  readonly failures: (string | Error)[] = [];
  isDead = false;
  attempts = 0;
  hang: Promise<void> | undefined;
  #arrived: (() => void) | undefined;

  async put(target: DumpTarget, { key, lines }: DumpObject): Promise<number> {
    this.attempts++;
    await this.hang;
    const failure = this.isDead ? "dead" : this.failures.shift();
    if (failure !== undefined) throw typeof failure === "string" ? new Error(failure) : failure;
    const text = new TextDecoder().decode(lines);
    this.puts.push({ target: target.name, key, lines: text.split("\n").slice(0, -1) });
    this.#arrived?.();
    return lines.length;
  }

  /** Resolves when so many lines have arrived, and what follows from it has happened. */
  async arrived(lines: number): Promise<void> {
    while (this.lines.length < lines) {
      await new Promise<void>((resolve) => (this.#arrived = resolve));
    }
    await settled();
  }

  /** All lines that arrived, in their order. */
  get lines(): string[] {
    return this.puts.flatMap(({ lines }) => lines);
  }
}

export class DumpSetup {
  readonly store = new FakeStore();
  readonly clock = new ManualClock(NOON);
  readonly events: [EventName, unknown][] = [];
  readonly dump: S3Dump;
  readonly #thread: OtherThread;

  constructor(block: object = {}) {
    const bus = new EventBus();
    bus.onAny((name, event) => void this.events.push([name, event]));
    const s3_dump = { enabled: true, targets: [ARCHIVE], ...block };
    const { s3Dump: config } = configOf({ upstream_url: "stdout:", s3_dump });
    this.dump = new S3Dump({
      config,
      encodings: ENCODINGS,
      bus,
      readTarget: broadcastDumpTarget,
      instanceId: "i-1",
      store: this.store,
      schedule: this.clock.schedule,
      nowMs: this.clock.now,
      monotonicMs: this.clock.now,
      random: () => 0,
    });
    void this.dump.start();
    this.#thread = new OtherThread(this.dump.type, 1, (call) => this.dump.called(call));
  }

  /** Offers, and waits until all are in batches and what was sealed was sent, if it could be. */
  async offer(...records: readonly OfferedRecord[]): Promise<void> {
    this.#thread.offer(records);
    await settled();
  }

  /** Moves on, and lets what became due happen. */
  async advance(ms: number): Promise<void> {
    this.clock.advance(ms);
    await settled();
  }

  eventsOf(name: EventName): unknown[] {
    return this.events.flatMap(([of, event]) => (of === name ? [event] : []));
  }

  lost(): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const event of this.eventsOf("extension.records_lost")) {
      const { reason, records } = event as { reason: string; records: number };
      sums[reason] = (sums[reason] ?? 0) + records;
    }
    return sums;
  }
}

/** Lets others have many turns, files of the spool among them. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 40; i++) await new Promise((resolve) => void setImmediate(resolve));
}
