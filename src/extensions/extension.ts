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
  /** What can be done with the bytes of records, by what their formats call them. */
  readonly encodings: Encodings;
  /** Reads the targets that control planes broadcast; given, so that no worker loads schemas. */
  readonly readDumpTarget: typeof broadcastDumpTarget;
  /**
   * Starts a thread of this program, which knows by its data what it is for, for work beside that
   * of requests. Default: there is none, and such work is done in this thread.
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

/** One row of the table: everything that is known before it is made. */
export interface ExtensionKind {
  /** Reverse-domain name, e.g. `com.usetero/s3-dump`. */
  readonly type: string;
  /** The lowest version of a use that it understands (semver); told to control planes. */
  readonly minVersion: string;
  readonly create: (context: ExtensionContext) => Extension;
}

/** Does something with copies of records that policies name it for. */
export interface Extension extends ExtensionHandler {
  /**
   * Opaque descriptors of what it can do now, for control planes; undefined: it is switched off and
   * not told of.
   */
  capability(): readonly Uint8Array[] | undefined;
  /**
   * Takes what a provider broadcasts for this type; it replaces what that provider gave before.
   * Whether uses may have faults now that they had not, or the other way round.
   */
  configure(provider: string, configs: readonly Uint8Array[]): boolean;
  /** In the ring of another thread there are records; it looks for them until they are few. */
  called(call: RecordCall): void;
  /** Starts its own work. Called once; records are offered when it has resolved. */
  start(): Promise<void>;
  /**
   * Does now what waits for its time. `force`: also what is not due yet. Resolves when it is done,
   * well or not, or after `deadlineMs`. Never rejects.
   */
  flush(deadlineMs: number, force: boolean): Promise<void>;
  /** Ends, after a last flush. Nothing is offered any more. Never rejects. */
  stop(deadlineMs: number): Promise<void>;
}
