// The extensions of a running program, in its main thread: one of each kind in the table. The
// engine sees them as handlers, control planes as capabilities; other threads send them their
// records.

import type { ExtensionHandler } from "../policy/index.ts";
import type { ExtensionCapability, ExtensionConfig } from "../policy/wire/index.ts";
import type { Extension, ExtensionContext, ExtensionKind } from "./extension.ts";
import type { RecordCall } from "./record-forwarder.ts";

/** The extensions of a program, started, configured and stopped as one. */
export class Extensions {
  /** Handlers for the engine of this thread, by type. */
  readonly handlers: ReadonlyMap<string, ExtensionHandler>;
  readonly #context: ExtensionContext;
  readonly #kinds: readonly ExtensionKind[];
  readonly #all: ReadonlyMap<string, Extension>;

  constructor(kinds: readonly ExtensionKind[], context: ExtensionContext) {
    this.#kinds = kinds;
    this.#context = context;
    this.#all = new Map(kinds.map((kind) => [kind.type, kind.create(context)]));
    this.handlers = this.#all;
  }

  /** What control planes are told at this moment. */
  capabilities(): readonly ExtensionCapability[] {
    return this.#kinds.flatMap(({ type, minVersion }) => {
      const config = this.#all.get(type)?.capability();
      return config === undefined ? [] : [{ type, minVersion, config }];
    });
  }

  /**
   * Takes everything that a provider currently broadcasts. Returns whether what policies may ask
   * for has changed, so that their faults must be checked again.
   */
  configure(provider: string, configs: readonly ExtensionConfig[]): boolean {
    let changed = false;
    for (const [type, extension] of this.#all) {
      const own = configs.filter((one) => one.type === type).flatMap(({ config }) => config);
      if (extension.configure(provider, own)) changed = true;
    }
    return changed;
  }

  async start(): Promise<void> {
    await Promise.all([...this.#all.values()].map((one) => one.start()));
  }

  /** Another thread has records for one of the extensions. */
  called(call: RecordCall): void {
    try {
      this.#all.get(call.type)?.called(call);
    } catch (reason) {
      this.failed("", call.type, reason);
    }
  }

  /** A handler has thrown. */
  failed(policy: string, extension: string, reason: unknown): void {
    this.#context.bus.emit("extension.failed", { policy, extension, reason: String(reason) });
  }

  /** To be called after the last record has been offered. */
  drain(deadlineMs: number): Promise<void> {
    return this.flush(deadlineMs, true);
  }

  async flush(deadlineMs: number, force: boolean): Promise<void> {
    await Promise.all([...this.#all.values()].map((one) => one.flush(deadlineMs, force)));
  }

  async stop(deadlineMs: number): Promise<void> {
    await Promise.all([...this.#all.values()].map((one) => one.stop(deadlineMs)));
  }
}
