// The extension com.usetero/s3-dump: policies have copies of their records kept in object storage.
// It knows the targets and the uses; a keeper works with the records, in another thread where there
// is one. It never changes a record or delays one.

import type { S3DumpConfig } from "../../config/index.ts";
import type { EventBus } from "../../o11y/index.ts";
import type { ExtensionUse, OfferedRecords } from "../../policy/index.ts";
import type { Encodings } from "../../protocols/index.ts";
import type { Schedule } from "../../system/index.ts";
import type { Extension, ExtensionContext, ExtensionKind } from "../extension.ts";
import { MAIN_RING, type RecordCall, RecordForwarder } from "../record-forwarder.ts";
import { Keeper, type KeeperOptions, TYPE } from "./keeper.ts";
import type { DumpKeeper } from "./keeper-port.ts";
import { ThreadKeeper } from "./keeper-thread.ts";
import { encodeTargetRef, targetOfUse } from "./target-ref.ts";
import { Targets } from "./targets.ts";

const MAJOR_VERSION = "1";

export const s3Dump: ExtensionKind = {
  type: TYPE,
  minVersion: "1.0.0",
  create: ({ config, bus, encodings, readDumpTarget: readTarget, startThread }) =>
    new S3Dump({
      config: config.s3Dump,
      instanceId: config.service.instanceId,
      bus,
      encodings,
      readTarget,
      startThread,
    }),
};

export interface S3DumpOptions extends KeeperOptions {
  readonly config: S3DumpConfig;
  readonly bus: EventBus;
  readonly encodings: Encodings;
  readonly readTarget: ExtensionContext["readDumpTarget"];
  /** Default: this thread keeps the records. */
  readonly startThread?: ExtensionContext["startThread"];
  readonly schedule?: Schedule;
}

export class S3Dump implements Extension {
  readonly type = TYPE;
  readonly #config: S3DumpConfig;
  readonly #targets: Targets;
  readonly #keeper: DumpKeeper;
  readonly #forwarder: RecordForwarder;

  constructor(options: S3DumpOptions) {
    const { config, bus, readTarget, startThread, schedule } = options;
    this.#config = config;
    this.#targets = new Targets(config.targets, bus, readTarget);
    this.#keeper =
      startThread === undefined
        ? new Keeper(options)
        : new ThreadKeeper({ ...options, startThread });
    this.#keeper.showTargets(this.#targets.all);
    this.#forwarder = new RecordForwarder({
      kinds: [{ type: TYPE }],
      bus,
      ring: MAIN_RING,
      call: (call) => this.#keeper.called(call),
      schedule,
    });
  }

  faultOf({ version, config }: ExtensionUse): string | undefined {
    if (!this.#config.isEnabled) return `${TYPE}: s3_dump.enabled is false; nothing is kept`;
    const [major = ""] = version.split(".");
    if (major !== "" && major !== MAJOR_VERSION) {
      return `${TYPE}: version ${JSON.stringify(version)} is not supported; use 1.0.0`;
    }
    const ref = targetOfUse(config);
    if (ref === undefined) {
      return `${TYPE}: no target; give one, such as {"kind": "s3", "name": "archive"}`;
    }
    if (this.#targets.find(ref) !== undefined) return undefined;
    const known = this.#targets.all.map(({ kind, name }) => `${kind} ${JSON.stringify(name)}`);
    const list = known.length === 0 ? "there are none" : `there are ${known.join(", ")}`;
    return `${TYPE}: no target ${ref.kind} ${JSON.stringify(ref.name)}; ${list}`;
  }

  offer(records: OfferedRecords): void {
    this.#forwarder.handlers.get(TYPE)?.offer(records);
  }

  called(call: RecordCall): void {
    this.#keeper.called(call);
  }

  capability(): readonly Uint8Array[] | undefined {
    return this.#config.isEnabled ? this.#targets.all.map(encodeTargetRef) : undefined;
  }

  configure(provider: string, configs: readonly Uint8Array[]): boolean {
    if (!this.#config.isEnabled) return false;
    const isChanged = this.#targets.configure(provider, configs);
    if (isChanged) this.#keeper.showTargets(this.#targets.all);
    return isChanged;
  }

  async start(): Promise<void> {
    if (this.#config.isEnabled) await this.#keeper.start();
  }

  async flush(deadlineMs: number, force: boolean): Promise<void> {
    if (!this.#config.isEnabled) return;
    this.#forwarder.tellLosses();
    await this.#keeper.flush(deadlineMs, force);
  }

  async stop(deadlineMs: number): Promise<void> {
    if (!this.#config.isEnabled) return;
    this.#forwarder.tellLosses();
    await this.#keeper.stop(deadlineMs);
  }
}
