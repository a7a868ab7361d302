// Follows the events that Lambda sends the extension, one after the other, until it is told to shut
// down. When the API fails, it is asked again after a pause; when it says that it cannot go on, the
// loop ends.

import { LAMBDA_NEXT_PAUSE_MS_MAX, LAMBDA_NEXT_PAUSE_MS_MIN } from "../core/limits.ts";
import { errorMessage } from "../core/errors.ts";
import type { EventBus } from "../o11y/index.ts";
import { ExtensionsApi, ExtensionsApiError, type LambdaEvent } from "./extensions-api.ts";

type ShutdownEvent = Extract<LambdaEvent, { kind: "shutdown" }>;

export interface EventLoopOptions {
  readonly api: Pick<ExtensionsApi, "next">;
  readonly bus: EventBus;
  /** Resolves when the next event may be asked for. */
  readonly invoked: (deadlineMs: number | undefined) => Promise<void>;
  readonly pause: (ms: number) => Promise<void>;
}

/** Statuses after which the extension must end: it is not known, or the sandbox is broken. */
const FINAL_STATUSES = [403, 500];

/** Resolves to the event of the end. Rejects with an ExtensionsApiError after which to exit. */
export async function followEvents(options: EventLoopOptions): Promise<ShutdownEvent> {
  const { bus, invoked } = options;
  for (;;) {
    const event = await nextEvent(options);
    if (event.kind === "shutdown") {
      bus.emit("lambda.shutdown", { reason: event.reason });
      return event;
    }
    bus.emit("lambda.invoked", { requestId: event.requestId });
    await invoked(event.deadlineMs);
  }
}

async function nextEvent({ api, bus, pause }: EventLoopOptions): Promise<LambdaEvent> {
  for (let failures = 0; ; failures++) {
    try {
      return await api.next();
    } catch (error) {
      if (error instanceof ExtensionsApiError && FINAL_STATUSES.includes(error.status)) throw error;
      const pauseMs = Math.min(
        LAMBDA_NEXT_PAUSE_MS_MAX,
        LAMBDA_NEXT_PAUSE_MS_MIN * 2 ** Math.min(failures, 16),
      );
      bus.emit("lambda.api_failed", { reason: errorMessage(error), pauseMs });
      await pause(pauseMs);
    }
  }
}
