// An extension that notes what it is told.

import { type Extension, type ExtensionKind, type RecordCall } from "../../src/extensions/index.ts";
import { PacketReader } from "../../src/extensions/record-packet.ts";
import { RingReading } from "../../src/extensions/ring-reading.ts";
import type { OfferedRecord, OfferedRecords } from "../../src/policy/index.ts";
import { realSchedule } from "../../src/system/index.ts";

export class RecordingExtension implements Extension {
  readonly type: string;
  readonly offered: OfferedRecord[] = [];
  readonly configured: [provider: string, configs: readonly Uint8Array[]][] = [];
  readonly life: string[] = [];
  throws = false;
  readonly #packets = new PacketReader();
  readonly #rings = new RingReading({
    take: (packet) => void this.offered.push(...this.#packets.read(packet)),
    intervalMs: 1,
    schedule: realSchedule,
  });
  readonly #descriptors: readonly Uint8Array[] | undefined;

  constructor(type: string, descriptors: readonly Uint8Array[] | undefined) {
    this.type = type;
    this.#descriptors = descriptors;
  }

  offer(records: OfferedRecords): void {
    if (this.throws) throw new Error("thrown by a test");
    this.offered.push(...records.records().map((one) => ({ ...one, bytes: one.bytes.slice() })));
  }

  called(call: RecordCall): void {
    if (this.throws) throw new Error("thrown by a test");
    this.#rings.called(call);
  }

  capability(): readonly Uint8Array[] | undefined {
    return this.#descriptors;
  }

  configure(provider: string, configs: readonly Uint8Array[]): boolean {
    const before = this.configured.at(-1)?.[1] ?? [];
    this.configured.push([provider, configs]);
    return !Bun.deepEquals(before, configs);
  }

  start(): Promise<void> {
    this.life.push("start");
    return Promise.resolve();
  }

  flush(deadlineMs: number, force: boolean): Promise<void> {
    this.#rings.read();
    this.life.push(`flush ${deadlineMs} ${force}`);
    return Promise.resolve();
  }

  stop(deadlineMs: number): Promise<void> {
    this.#rings.stop();
    this.life.push(`stop ${deadlineMs}`);
    return Promise.resolve();
  }
}

/** A row of the table, and the extensions that were made of it. */
export function recordingKind(
  type: string,
  isOn = true,
): ExtensionKind & { readonly made: RecordingExtension[] } {
  const made: RecordingExtension[] = [];
  const create = (): Extension => {
    const extension = new RecordingExtension(type, isOn ? [new Uint8Array([1])] : undefined);
    made.push(extension);
    return extension;
  };
  return { type, minVersion: "1.0.0", create, made };
}
