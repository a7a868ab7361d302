// The interface of an extension: a kind in the table, created once, in the main thread, which
// announces it to control planes, configures it and stops it.

import type { broadcastDumpTarget, ProxyConfig } from "../config/index.ts";
import type { EventBus } from "../o11y/index.ts";
import type { ExtensionHandler } from "../policy/index.ts";
import type { Encodings } from "../protocols/index.ts";
import type { RecordCall } from "./record-forwarder.ts";

/** What an extension is given by the program. */
export interface ExtensionContext {
  readonly config: Pick<ProxyConfig, "s3Dump" | "service">;
  readonly bus: EventBus;
  /** What can be done with the bytes of records, by the names that their formats give them. */
  readonly encodings: Encodings;
  /**
   * Reads the targets that control planes broadcast; passed in, so that workers need not load
   * schemas.
   */
  readonly readDumpTarget: typeof broadcastDumpTarget;
  /**
   * Starts a thread of this program for work beside that of requests; the thread learns from its
   * data what it is for. Default: there is none, and such work is done in this thread.
   */
  readonly startThread?: ((workerData: object) => ExtensionThread) | undefined;
}

/** The part of a `Worker` of `node:worker_threads` that extensions use. */
export interface ExtensionThread {
  postMessage(message: unknown, transfer: readonly []): void;
  on(event: "message", listener: (message: unknown) => void): unknown;
  on(event: "error", listener: (error: unknown) => void): unknown;
  on(event: "exit", listener: (code: number) => void): unknown;
  terminate(): unknown;
}

/** One row of the table: everything that is known before the extension is made. */
export interface ExtensionKind {
  /** Reverse-domain name, e.g. `com.usetero/s3-dump`. */
  readonly type: string;
  /** The lowest version of a use that it understands (semver); reported to control planes. */
  readonly minVersion: string;
  readonly create: (context: ExtensionContext) => Extension;
}

/** Processes copies of records for the policies that name it. */
export interface Extension extends ExtensionHandler {
  /**
   * Opaque descriptors of what it can do now, for control planes; undefined: it is switched off and
   * not reported.
   */
  capability(): readonly Uint8Array[] | undefined;
  /**
   * Takes what a provider broadcasts for this type; it replaces what that provider sent before.
   * Returns whether the faults of uses may have changed.
   */
  configure(provider: string, configs: readonly Uint8Array[]): boolean;
  /** There are records in the ring of another thread; it checks that ring until there are few. */
  called(call: RecordCall): void;
  /** Starts its own work. Called once; records are offered once this has resolved. */
  start(): Promise<void>;
  /**
   * Does now what would otherwise wait. `force`: even what is not due yet. Resolves when it is
   * done, whether or not it succeeded, or after `deadlineMs`. Never rejects.
   */
  flush(deadlineMs: number, force: boolean): Promise<void>;
  /** Ends, after a last flush. Nothing is offered afterwards. Never rejects. */
  stop(deadlineMs: number): Promise<void>;
}
