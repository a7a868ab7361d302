// What an OpAMP server is told about this program, and which of it is new since the last message.
// Must not know how messages travel.

import {
  type AgentReport,
  type ConfigEntry,
  encodeReport,
  type Health,
  type RemoteStatus,
} from "./opamp-messages.ts";

type Told = Required<Pick<AgentReport, "description" | "health" | "effective" | "remoteStatus">>;
type Part = keyof Told;
const PARTS = ["description", "health", "effective", "remoteStatus"] as const;

export class AgentState {
  uid: Uint8Array;
  #sequence = 0n;
  readonly #state: Pick<Told, "description" | "health"> & Partial<Told>;
  readonly #news = new Set<Part>(PARTS);

  constructor(uid: Uint8Array, description: Told["description"], health: Health) {
    this.uid = uid;
    this.#state = { description, health };
  }

  /** Something is not told yet. */
  get hasNews(): boolean {
    return [...this.#news].some((part) => this.#state[part] !== undefined);
  }

  /** The next message tells everything. */
  get tellsAll(): boolean {
    return this.#news.size === PARTS.length;
  }

  setHealth(health: Health): void {
    const { atMs: _, ...now } = health;
    const { atMs: __, ...before } = this.#state.health;
    if (!Bun.deepEquals(now, before)) this.#set("health", health);
  }

  /** The entries in force. */
  setEffective(entries: readonly ConfigEntry[]): void {
    this.#set("effective", entries);
  }

  setRemoteStatus(status: RemoteStatus): void {
    if (!Bun.deepEquals(status, this.#state.remoteStatus)) this.#set("remoteStatus", status);
  }

  /** The next message tells everything: the server may know nothing, or not what was told last. */
  forget(): void {
    for (const part of PARTS) this.#news.add(part);
  }

  /** The next message, with what is news. */
  next(): Uint8Array<ArrayBuffer> {
    const news = Object.fromEntries(
      [...this.#news].map((part) => [part, this.#state[part]]),
    ) as Partial<Told>;
    this.#news.clear();
    return encodeReport({ uid: this.uid, sequence: ++this.#sequence, ...news });
  }

  /** The last message. */
  last(): Uint8Array<ArrayBuffer> {
    return encodeReport({ uid: this.uid, sequence: ++this.#sequence, isLast: true });
  }

  #set<P extends Part>(part: P, value: Told[P]): void {
    Object.assign(this.#state, { [part]: value });
    this.#news.add(part);
  }
}
