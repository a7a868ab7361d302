// The known targets: those of the configuration, overridden by those that control planes broadcast.

import type { DumpTarget } from "../../config/index.ts";
import type { EventBus } from "../../o11y/index.ts";
import type { ExtensionContext } from "../extension.ts";
import { describedTarget, keyOfTarget, type TargetRef } from "./target-ref.ts";

export class Targets {
  readonly #local: readonly DumpTarget[];
  readonly #bus: EventBus;
  readonly #read: ExtensionContext["readDumpTarget"];
  /** By provider, in the order in which each first appeared. */
  readonly #broadcast = new Map<string, readonly DumpTarget[]>();
  #all: ReadonlyMap<string, DumpTarget>;

  constructor(
    local: readonly DumpTarget[],
    bus: EventBus,
    read: ExtensionContext["readDumpTarget"],
  ) {
    this.#local = local;
    this.#bus = bus;
    this.#read = read;
    this.#all = this.#merged();
  }

  get all(): readonly DumpTarget[] {
    return [...this.#all.values()];
  }

  find(ref: TargetRef): DumpTarget | undefined {
    return this.#all.get(keyOfTarget(ref));
  }

  /** Takes what a provider broadcasts now. Returns whether anything has changed. */
  configure(provider: string, configs: readonly Uint8Array[]): boolean {
    if (configs.length === 0 && !this.#broadcast.has(provider)) return false;
    const targets = configs.flatMap((config, at) => this.#targetOf(provider, config, at));
    this.#broadcast.set(provider, targets);
    const before = this.#all;
    this.#all = this.#merged();
    return !Bun.deepEquals(before, this.#all);
  }

  #targetOf(provider: string, config: Uint8Array, at: number): readonly DumpTarget[] {
    const described = describedTarget(config);
    if (described === undefined) {
      this.#refuse(provider, `target ${at}`, "it is no ExtensionTarget with a name");
      return [];
    }
    const { kind, name, members } = described;
    const read = this.#read(kind, name, members);
    if ("target" in read) return [read.target];
    this.#refuse(provider, name, read.fault);
    return [];
  }

  #refuse(provider: string, target: string, reason: string): void {
    this.#bus.emit("dump.target_refused", { provider, target, reason });
  }

  /** If several equal targets are broadcast, the first one wins, as with policies. */
  #merged(): ReadonlyMap<string, DumpTarget> {
    const broadcast = [...this.#broadcast.values()].flat().toReversed();
    return new Map([...this.#local, ...broadcast].map((one) => [keyOfTarget(one), one]));
  }
}
