// What depends on the response to one request: the records that it carries, and what they took of
// rate limits. Settled once, when the upstream has answered or is known not to.

import type { EventBus } from "../o11y/event-bus.ts";
import type { Events, LossReason, Telemetry } from "../o11y/events.ts";
import { BYTE_COUNTS, type Settlement } from "../policy/index.ts";
import { NoRoomError } from "./room/room.ts";
import {
  BodyTooLargeError,
  ClientGoneError,
  isAbort,
  UploadCutError,
  UpstreamError,
} from "./upstream-error.ts";

export class Delivery {
  readonly #bus: EventBus;
  readonly #telemetry: Telemetry;
  /** Records that policies left; undefined: the body was not looked into. */
  #records: number | undefined;
  #settlement: Settlement | undefined;

  constructor(bus: EventBus, telemetry: Telemetry) {
    this.#bus = bus;
    this.#telemetry = telemetry;
  }

  /** Policies have left so many records. */
  judged(records: number, settlement: Settlement | undefined): void {
    this.#records = records;
    this.#settlement = settlement;
  }

  /** A response other than 2xx means that nothing was accepted. */
  answered({ ok }: Response): void {
    if (!ok) this.failed("refused");
  }

  /** So does no response at all. */
  broke(error: unknown): void {
    this.failed(lossReasonOf(error));
  }

  /** Nothing of it was accepted. */
  failed(reason: LossReason): void {
    this.#settlement?.giveBack();
    if (this.#records === 0) return;
    const [telemetry, records] = [this.#telemetry, this.#records ?? 0];
    this.#bus.emit("records.lost", { telemetry, reason, records });
  }
}

type Evaluated = Events["records.evaluated"];

/**
 * What an event says about records that were dropped or not judged, and about the bytes that a body
 * lost by policies, without zeros. Closes the settlement.
 */
export function leftOut(
  settlement: Settlement | undefined,
  unjudged: number,
  { bytesIn, bytesOut }: Pick<Evaluated, "bytesIn" | "bytesOut">,
): Partial<Evaluated> {
  const said: Partial<Evaluated> = {};
  if (unjudged > 0) said.unjudged = unjudged;
  if (settlement === undefined) return said;
  settlement.close(bytesIn - bytesOut);
  const { sampled, limited, bytes } = settlement;
  if (sampled > 0) said.sampled = sampled;
  if (limited > 0) said.limited = limited;
  for (const name of BYTE_COUNTS) if (bytes[name] > 0) said[name] = bytes[name];
  return said;
}

function lossReasonOf(error: unknown): LossReason {
  if (error instanceof UpstreamError) return "upstream_failed";
  if (error instanceof BodyTooLargeError) return "too_large";
  if (error instanceof NoRoomError || error instanceof UploadCutError) return "no_room";
  return error instanceof ClientGoneError || isAbort(error) ? "client_gone" : "internal_error";
}
