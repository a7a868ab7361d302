// One request's share of the room: what it holds, and how its body comes in.

import {
  UNREAD_BYTES_PER_BODY,
  UPLOAD_BYTES_PER_SECOND_MIN,
  UPLOAD_RATED_MS_MIN,
  UPLOAD_SILENT_MS_MAX,
} from "../../core/limits.ts";
import { UploadCutError } from "../upstream-error.ts";
import type { UploadWatch } from "../upstream.ts";

/** What a permit asks of the room that gave it. */
export interface PermitIssuer {
  /** Monotonic milliseconds. */
  readonly nowMs: number;
  /** Asks for a slot; undefined: the permit has one now. Rejects with NoRoomError. */
  enter(permit: Permit, isUpload: boolean): Promise<void> | undefined;
  /** Asks for more bytes; undefined: the permit holds them now. Rejects with NoRoomError. */
  hold(permit: Permit, bytes: number): Promise<void> | undefined;
  /** The permit holds so many bytes fewer. */
  release(permit: Permit, bytes: number): void;
  /** The body has arrived; its slot counts like any other from now on. */
  uploaded(permit: Permit): void;
  /** Whether the request is waiting for bytes from its client. */
  receiving(permit: Permit, isReceiving: boolean): void;
  /** The response is being sent. */
  answering(permit: Permit): void;
  /** The permit holds nothing any more. */
  leave(permit: Permit): void;
}

/** What one request holds of the room: a slot, and bytes of its body. */
export class Permit implements UploadWatch {
  /** Set by the room. */
  hasSlot = false;
  isUpload = false;
  isLarge = false;
  bytes = 0;
  /** Bytes of the body that have arrived. */
  receivedBytes = 0;
  readonly address: () => string;
  readonly #bodyBytes: number;
  readonly #room: PermitIssuer;
  readonly #client: Request | undefined;
  /** Since when bytes from the client have been awaited; undefined: they are not. */
  #askedMs: number | undefined;
  /** How long they had been awaited before that. */
  #waitedMs = 0;
  #cut: ((error: UploadCutError) => void) | undefined;

  /** `bodyBytes`: what its client announces; negative if that is unknown. */
  constructor(
    room: PermitIssuer,
    client: Request | undefined,
    address: () => string,
    bodyBytes: number,
  ) {
    this.#bodyBytes = bodyBytes;
    this.#room = room;
    this.#client = client;
    this.address = address;
  }

  /** Waits for a slot among the requests in flight. Rejects with NoRoomError. */
  enter(isUpload: boolean): Promise<void> | undefined {
    return this.#room.enter(this, isUpload);
  }

  /** Waits for room for more bytes. Rejects with NoRoomError. */
  hold(bytes: number): Promise<void> | undefined {
    return this.#room.hold(this, bytes);
  }

  /** Gives up what it holds beyond `bytes`. */
  keep(bytes: number): void {
    if (bytes < this.bytes) this.#room.release(this, this.bytes - bytes);
  }

  /** Gives up everything. A second call does nothing. */
  leave(): void {
    this.#room.leave(this);
  }

  /** The response is sent piece by piece; the request is not needed any more. */
  answering(): void {
    this.keep(0);
    this.#room.answering(this);
  }

  /** How much of the body the runtime may be holding because nobody has asked for it. */
  get unreadBytes(): number {
    return Math.min(UNREAD_BYTES_PER_BODY, Math.max(0, this.#bodyBytes - this.receivedBytes));
  }

  /** Whether the client is gone. */
  get isGone(): boolean {
    return this.#client?.signal.aborted === true;
  }

  /** Bytes from the client are awaited from now on; `cut` ends that with an error. */
  asked(cut: (error: UploadCutError) => void): void {
    this.#cut = cut;
    this.#askedMs = this.#room.nowMs;
    this.#room.receiving(this, true);
  }

  /** The bytes came, or will not come any more. */
  came(bytes: number): void {
    this.receivedBytes += bytes;
    if (this.#askedMs === undefined) return;
    this.#waitedMs += this.#room.nowMs - this.#askedMs;
    this.#askedMs = undefined;
    this.#room.receiving(this, false);
  }

  /** The whole body has been handed on. */
  uploaded(): void {
    if (this.isUpload) this.#room.uploaded(this);
  }

  /** For how long nothing has come; undefined: its client keeps up. */
  stalledMs(nowMs: number): number | undefined {
    if (this.#askedMs === undefined) return undefined;
    const silentMs = nowMs - this.#askedMs;
    const waitedMs = this.#waitedMs + silentMs;
    const isSlow =
      waitedMs >= UPLOAD_RATED_MS_MIN &&
      this.receivedBytes * 1000 < waitedMs * UPLOAD_BYTES_PER_SECOND_MIN;
    if (isSlow) return waitedMs;
    return silentMs >= UPLOAD_SILENT_MS_MAX ? silentMs : undefined;
  }

  cut(): void {
    this.#room.receiving(this, false);
    this.#cut?.(new UploadCutError());
  }
}
