// Settles what depends on the upstream's response to one request: the records that the request
// carries, the rate limit tokens that they took, and whether the request is kept as a failed one.
// This happens once, when the upstream has answered or is known not to.

import type { EventBus } from "../o11y/event-bus.ts";
import type { Events, FailOpenReason, LossReason, Telemetry } from "../o11y/events.ts";
import { BYTE_COUNTS, type Settlement } from "../policy/index.ts";
import type { FailedRequest, FailureKeeper } from "./failures/failed-request.ts";
import { NoRoomError } from "./room/room.ts";
import {
  BodyTooLargeError,
  ClientGoneError,
  isAbort,
  UploadCutError,
  UpstreamError,
} from "./upstream-error.ts";

/** A request as it is sent. */
type SentRequest = Pick<FailedRequest, "method" | "target" | "headers" | "body">;

export class Delivery {
  readonly #bus: EventBus;
  readonly #telemetry: Telemetry;
  /** The number of records that policies left; undefined: the body was not looked into. */
  #records: number | undefined;
  #settlement: Settlement | undefined;
  readonly #failures: FailureKeeper | undefined;
  #sent: SentRequest | undefined;
  #unread: FailOpenReason | undefined;

  /** Without `failures`, failed requests are not kept. */
  constructor(bus: EventBus, telemetry: Telemetry, failures?: FailureKeeper) {
    this.#bus = bus;
    this.#telemetry = telemetry;
    this.#failures = failures;
  }

  /** To be called if policies cannot read the body, or a part of it. */
  unread(reason: FailOpenReason): void {
    this.#unread = reason;
  }

  /**
   * To be called with the request as it is sent; until it is answered, its body does not change.
   */
  leaves(sent: SentRequest): void {
    if (this.#failures !== undefined) this.#sent = sent;
  }

  /** To be called when policies have judged the body: so many records are left. */
  judged(records: number, settlement: Settlement | undefined): void {
    this.#records = records;
    this.#settlement = settlement;
  }

  /** A response other than 2xx means that nothing was accepted. */
  answered({ ok, status }: Pick<Response, "ok" | "status">): void {
    this.#keepFailed(status);
    if (!ok) this.failed("refused");
  }

  /** No response at all means the same. */
  broke(error: unknown): void {
    this.#keepFailed(undefined);
    this.failed(lossReasonOf(error));
  }

  #keepFailed(status: number | undefined): void {
    const sent = this.#sent;
    if (sent === undefined) return;
    this.#sent = undefined;
    const [telemetry, unread] = [this.#telemetry, this.#unread];
    this.#failures?.take({ ...sent, telemetry, status, unread });
  }

  /** Nothing of the request was accepted. */
  failed(reason: LossReason): void {
    this.#settlement?.giveBack();
    if (this.#records === 0) return;
    const [telemetry, records] = [this.#telemetry, this.#records ?? 0];
    this.#bus.emit("records.lost", { telemetry, reason, records });
  }
}

type Evaluated = Events["records.evaluated"];

/**
 * What an event says about records that were dropped or not judged, and about the bytes that
 * policies removed from a body, without zeros. Closes the settlement.
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
  const { sampled, limited, budgeted, bytes } = settlement;
  if (sampled > 0) said.sampled = sampled;
  if (limited > 0) said.limited = limited;
  if (budgeted > 0) said.budgeted = budgeted;
  for (const name of BYTE_COUNTS) if (bytes[name] > 0) said[name] = bytes[name];
  return said;
}

function lossReasonOf(error: unknown): LossReason {
  if (error instanceof UpstreamError) return "upstream_failed";
  if (error instanceof BodyTooLargeError) return "too_large";
  if (error instanceof NoRoomError || error instanceof UploadCutError) return "no_room";
  return error instanceof ClientGoneError || isAbort(error) ? "client_gone" : "internal_error";
}
