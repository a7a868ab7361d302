// The interface of the two ways to reach an OpAMP server: requests over HTTP, and messages over a
// WebSocket. A link knows when to send and when to wait, but not what is in messages.

import type { HeaderField } from "../../config/model.ts";
import type { Schedule } from "../../system/timer.ts";

/** Whose messages a link carries. */
export interface LinkUser {
  /** As UUIDs are written. */
  readonly uidText: string;
  /** The next message, with all that is news. */
  next(): Uint8Array<ArrayBuffer>;
  /** The last one. */
  last(): Uint8Array<ArrayBuffer>;
  /** Takes what the server says. Rejects when it is no good answer: the link begins anew then. */
  received(message: Uint8Array): Promise<void>;
  /** There was no good answer, or the connection is lost. Never rejects. */
  failed(error: unknown): Promise<void>;
}

export interface LinkOptions {
  readonly url: string;
  readonly headers: readonly HeaderField[];
  /** For a connection, and for an answer. */
  readonly timeoutMs: number;
  /** Between polls, or heartbeats, unless the server wants another. */
  readonly intervalMs: number;
  readonly messageBytesMax: number;
  readonly schedule: Schedule;
  /** Monotonic milliseconds. */
  readonly monotonicMs: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** A way to a server. */
export interface Link {
  start(): void;
  /** There is news: it is sent now, unless the server has to be waited for. */
  tell(): void;
  /** Asks now; resolves when that has ended, well or not. */
  look(): Promise<void>;
  /** What the server asked for in seconds; 0: no heartbeats. */
  setInterval(seconds: number): void;
  /** Says goodbye where it can. Never rejects. */
  stop(deadlineMs: number): Promise<void>;
}

/** The header that names an instance to what is before the server. */
export const UID_HEADER = "OpAMP-Instance-UID";
