// Limits what requests hold at once: slots for requests in flight, and bytes of their bodies. A
// request that finds no room waits for a bounded time, in the order of its kind; meanwhile, stalled
// uploads have to give up their room. Reads and sends nothing itself.

import type { EventBus } from "../../o11y/event-bus.ts";
import {
  LARGE_BYTES_SHARE,
  ROOM_LOOK_MS,
  SMALL_BODY_BYTES_MAX,
  STALLED_LOOK_MS,
  UPLOAD_PLACES_SHARE,
} from "../../core/limits.ts";
import { Permit, type PermitIssuer } from "./permit.ts";
import { stalledOnes } from "./stalled-uploads.ts";

export type RoomLimit = "max_connections" | "max_inflight_bytes";

/** The other threads that share the bound for requests in flight. */
export interface OtherThreads {
  /** Requests in flight in all other threads, and those of them whose bodies are still coming. */
  readonly inFlight: () => number;
  readonly uploading: () => number;
  /** Reports the same numbers of this thread, whenever they change. */
  readonly tell: (inFlight: number, uploading: number) => void;
}

/** How much requests may hold, and how long they wait. Sizes in bytes, times in milliseconds. */
export interface RoomOptions {
  readonly bus: EventBus;
  /** Requests in flight. */
  readonly requestsMax: number;
  /** Bytes of bodies in this thread, as received and decoded. */
  readonly bytesMax: number;
  /** How long a request waits for room. */
  readonly waitMs: number;
  /** Bytes of bodies that waiting requests may leave to the runtime. Default: any number. */
  readonly unreadBytesMax?: number;
  readonly others?: OtherThreads | undefined;
  /** Monotonic milliseconds. Default: the real clock. */
  readonly nowMs?: () => number;
}

/** There was no room within the time. */
export class NoRoomError extends Error {
  readonly code: "too_many_requests_in_flight" | "too_many_bytes_in_flight";
  constructor(limit: RoomLimit, max: number) {
    const unit = limit === "max_connections" ? "requests" : "bytes";
    super(`${limit}, ${max} ${unit} in flight, is reached`);
    this.name = "NoRoomError";
    this.code = `too_many_${unit}_in_flight`;
  }
}

/**
 * What is waited for. `upload`: a slot for a body that is sent on as it comes. `growing`: bytes for
 * a request that holds some already; `large`: for one that holds none.
 */
const KINDS = ["whole", "upload", "small", "growing", "large"] as const;
type Kind = (typeof KINDS)[number];

interface Waiter {
  readonly permit: Permit;
  readonly bytes: number;
  readonly unreadBytes: number;
  readonly untilMs: number;
  readonly resolve: () => void;
  readonly reject: (error: NoRoomError) => void;
}

/** What all requests together may hold; what does not fit waits or is refused. */
export class Room implements PermitIssuer {
  readonly #options: RoomOptions;
  readonly #nowMs: () => number;
  readonly #uploadsMax: number;
  readonly #largeBytesMax: number;
  readonly #waiting: Readonly<Record<Kind, Waiter[]>> = {
    whole: [],
    upload: [],
    small: [],
    growing: [],
    large: [],
  };
  readonly #held = { requests: 0, uploads: 0, smallBytes: 0, largeBytes: 0 };
  /** Permits that wait for bytes from their client. */
  readonly #receiving = new Set<Permit>();
  /** Permits whose responses are being sent. */
  readonly #answering = new Set<Permit>();
  /**
   * The one permit that may grow beyond the bound, so that permits which hold a part do not all
   * block.
   */
  #foremost: Permit | undefined;
  #timer: Timer | undefined;
  #lastStalledLookMs = 0;
  /** Unread bytes of the bodies of waiting requests. */
  #unreadBytes = 0;

  constructor(options: RoomOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#uploadsMax = Math.ceil(options.requestsMax * UPLOAD_PLACES_SHARE);
    this.#largeBytesMax = options.bytesMax * LARGE_BYTES_SHARE;
  }

  get nowMs(): number {
    return this.#nowMs();
  }

  /** Requests in flight in this thread. */
  get inFlight(): number {
    return this.#held.requests;
  }

  /** Bytes that requests of this thread hold. */
  get bytes(): number {
    return this.#held.smallBytes + this.#held.largeBytes;
  }

  /** A permit for one request, which must leave when its response has ended. */
  permit(client: Request | undefined, address: () => string, bodyBytes = 0): Permit {
    return new Permit(this, client, address, bodyBytes);
  }

  enter(permit: Permit, isUpload: boolean): Promise<void> | undefined {
    const kind = isUpload ? "upload" : "whole";
    if (this.#waiting[kind].length === 0 && this.#fits(kind, permit, 0)) {
      this.#give(kind, permit, 0);
      return undefined;
    }
    return this.#wait(kind, permit, 0);
  }

  hold(permit: Permit, bytes: number): Promise<void> | undefined {
    const kind = kindOf(permit, bytes);
    if (this.#waiting[kind].length === 0 && this.#fits(kind, permit, bytes)) {
      this.#give(kind, permit, bytes);
      return undefined;
    }
    return this.#wait(kind, permit, bytes);
  }

  release(permit: Permit, bytes: number): void {
    if (permit.isLarge) this.#held.largeBytes -= bytes;
    else this.#held.smallBytes -= bytes;
    permit.bytes -= bytes;
    this.#serve();
  }

  uploaded(permit: Permit): void {
    permit.isUpload = false;
    this.#held.uploads--;
    this.#tell();
    this.#serve();
  }

  receiving(permit: Permit, isReceiving: boolean): void {
    if (isReceiving) this.#receiving.add(permit);
    else this.#receiving.delete(permit);
  }

  answering(permit: Permit): void {
    this.#answering.add(permit);
  }

  leave(permit: Permit): void {
    this.#receiving.delete(permit);
    this.#answering.delete(permit);
    if (this.#foremost === permit) this.#foremost = undefined;
    if (permit.hasSlot) {
      permit.hasSlot = false;
      this.#held.requests--;
      if (permit.isUpload) this.#held.uploads--;
      permit.isUpload = false;
      this.#tell();
    }
    this.release(permit, permit.bytes);
  }

  #fits(kind: Kind, permit: Permit, bytes: number): boolean {
    const { requestsMax, bytesMax, others } = this.#options;
    const { requests, uploads, smallBytes, largeBytes } = this.#held;
    switch (kind) {
      case "whole":
        return requests + (others?.inFlight() ?? 0) < requestsMax;
      case "upload":
        if (this.#waiting.whole.length > 0 || !this.#fits("whole", permit, 0)) return false;
        return uploads + (others?.uploading() ?? 0) < this.#uploadsMax;
      case "small":
        if (smallBytes === 0 && largeBytes === 0) return true;
        return smallBytes + Math.min(largeBytes, this.#largeBytesMax) + bytes <= bytesMax;
      case "growing":
        if (this.#foremost === permit) return true;
        if (smallBytes + largeBytes + bytes <= this.#largeBytesMax) return true;
        if (this.#foremost !== undefined) return false;
        this.#foremost = permit;
        return true;
      case "large":
        if (this.#waiting.growing.length > 0) return false;
        if (smallBytes + largeBytes + bytes <= this.#largeBytesMax) return true;
        if (largeBytes > 0 || this.#foremost !== undefined) return false;
        this.#foremost = permit;
        return true;
    }
  }

  #give(kind: Kind, permit: Permit, bytes: number): void {
    const held = this.#held;
    if (kind === "whole" || kind === "upload") {
      permit.hasSlot = true;
      permit.isUpload = kind === "upload";
      held.requests++;
      if (permit.isUpload) held.uploads++;
      this.#tell();
      return;
    }
    if (kind !== "small" && !permit.isLarge) {
      permit.isLarge = true;
      held.smallBytes -= permit.bytes;
      held.largeBytes += permit.bytes;
    }
    if (permit.isLarge) held.largeBytes += bytes;
    else held.smallBytes += bytes;
    permit.bytes += bytes;
  }

  #wait(kind: Kind, permit: Permit, bytes: number): Promise<void> {
    const { waitMs, unreadBytesMax = Infinity } = this.#options;
    const { unreadBytes } = permit;
    if (unreadBytes > 0 && this.#unreadBytes + unreadBytes > unreadBytesMax) {
      return Promise.reject(this.#refusal(kind));
    }
    this.#unreadBytes += unreadBytes;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const untilMs = this.#nowMs() + waitMs;
    this.#waiting[kind].push({ permit, bytes, unreadBytes, untilMs, resolve, reject });
    this.#timer ??= setInterval(() => this.look(), ROOM_LOOK_MS);
    return promise;
  }

  /** Gives free room to the requests that wait for it. */
  #serve(): void {
    if (this.#timer === undefined) return;
    for (const kind of KINDS) this.#serveKind(kind);
  }

  #serveKind(kind: Kind): void {
    const waiting = this.#waiting[kind];
    for (let i = 0; i < waiting.length;) {
      const { permit, bytes, unreadBytes, resolve } = waiting[i] as Waiter;
      if (this.#fits(kind, permit, bytes)) {
        waiting.splice(i, 1);
        this.#unreadBytes -= unreadBytes;
        this.#give(kind, permit, bytes);
        resolve();
      } else if (kind === "growing") {
        // The foremost permit may stand anywhere in the queue.
        i++;
      } else {
        return;
      }
    }
  }

  /** A regular check while requests wait; called by the timer, and by tests. */
  look(): void {
    const nowMs = this.#nowMs();
    for (const permit of this.#answering) if (permit.isGone) permit.leave();
    this.#serve();
    if (nowMs - this.#lastStalledLookMs >= STALLED_LOOK_MS) {
      this.#lastStalledLookMs = nowMs;
      this.#cutStalled(nowMs);
    }
    for (const kind of KINDS) this.#expire(kind, nowMs);
    if (KINDS.some((kind) => this.#waiting[kind].length > 0)) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #expire(kind: Kind, nowMs: number): void {
    const waiting = this.#waiting[kind];
    for (let [first] = waiting; first !== undefined && first.untilMs <= nowMs; [first] = waiting) {
      waiting.shift();
      this.#unreadBytes -= first.unreadBytes;
      first.reject(this.#refusal(kind));
    }
  }

  #refusal(kind: Kind): NoRoomError {
    const { bus, requestsMax, bytesMax } = this.#options;
    const isSlot = kind === "whole" || kind === "upload";
    const limit = isSlot ? "max_connections" : "max_inflight_bytes";
    bus.emit("room.refused", { limit });
    return new NoRoomError(limit, isSlot ? requestsMax : bytesMax);
  }

  #cutStalled(nowMs: number): void {
    const { requestsMax, bytesMax, bus } = this.#options;
    const { whole, upload, small, growing, large } = this.#waiting;
    const wanted = {
      slots: whole.length + upload.length > 0,
      bytes: small.length + growing.length + large.length > 0,
    };
    for (const permit of stalledOnes(this.#receiving, wanted, { requestsMax, bytesMax }, nowMs)) {
      const client = permit.address();
      bus.emit("upload.cut", { client, receivedBytes: permit.receivedBytes });
      permit.cut();
    }
  }

  #tell(): void {
    const { requests, uploads } = this.#held;
    this.#options.others?.tell(requests, uploads);
  }
}

function kindOf(permit: Permit, bytes: number): Kind {
  if (!permit.isLarge && permit.bytes + bytes <= SMALL_BODY_BYTES_MAX) return "small";
  return permit.bytes > 0 ? "growing" : "large";
}
