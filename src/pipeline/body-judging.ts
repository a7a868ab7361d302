// Judges one decoded body and reports the outcome. If judging throws, it fails open: the body
// leaves as it was received, and is counted with a reason.

import { UndecodableError, errorMessage } from "../core/errors.ts";
import type { FilterPlan } from "../protocols/index.ts";
import type { EventBus } from "../o11y/event-bus.ts";
import type { FailOpenReason } from "../o11y/events.ts";
import type { RequestSpan } from "../o11y/spans.ts";
import type { Evaluation, FilterOutcome, Pauses, RecordFormat } from "../policy/index.ts";
import { type Delivery, leftOut } from "./delivery.ts";
import { emitTooCostly, NONE_TOO_COSTLY } from "./too-costly.ts";

export interface Judging {
  readonly bus: EventBus;
  readonly telemetry: FilterPlan["telemetry"];
  readonly format: RecordFormat;
  readonly evaluation: Evaluation;
  readonly bytes: Uint8Array;
  readonly delivery: Delivery;
  readonly span: RequestSpan | undefined;
}

/** Judges without pauses. Undefined: the body could not be judged. */
export function judgeWhole(judging: Judging): FilterOutcome | undefined {
  const { evaluation, format, bytes, telemetry } = judging;
  const evaluating = judging.span?.child("evaluate", { telemetry });
  let outcome: FilterOutcome;
  try {
    outcome = format.filter(bytes, evaluation);
  } catch (error) {
    evaluating?.end({}, reasonOf(error));
    return failed(judging, evaluation, error);
  }
  const { records, dropped, edited } = outcome;
  evaluating?.end({ records, dropped, edited });
  return judged(judging, evaluation, outcome);
}

/** The same with pauses, for formats that can pause. */
export function* judgeSteps(
  judging: Judging,
  pauses: Pauses,
): Generator<undefined, FilterOutcome | undefined> {
  const { format, bytes, telemetry } = judging;
  const evaluation = judging.evaluation.forSteps?.();
  const steps = evaluation && format.filterSteps?.(bytes, evaluation, pauses);
  if (evaluation === undefined || steps === undefined) return judgeWhole(judging);
  const evaluating = judging.span?.child("evaluate", { telemetry });
  let outcome: FilterOutcome | undefined;
  let fault: unknown;
  try {
    outcome = yield* steps;
  } catch (error) {
    fault = error;
  } finally {
    // Neither an outcome nor a fault: judging was given up.
    if (outcome === undefined && fault === undefined) {
      evaluation.takeTooCostly?.();
      evaluating?.end({}, "client_gone");
    }
  }
  if (outcome === undefined) {
    evaluating?.end({}, reasonOf(fault));
    return failed(judging, evaluation, fault);
  }
  const { records, dropped, edited } = outcome;
  evaluating?.end({ records, dropped, edited });
  return judged(judging, evaluation, outcome);
}

function failed(judging: Judging, evaluation: Evaluation, error: unknown): undefined {
  const { bus, telemetry, delivery } = judging;
  evaluation.takeTooCostly?.();
  const [reason, detail] = [reasonOf(error), errorMessage(error)];
  delivery.unread(reason);
  bus.emit("fail_open", { telemetry, reason, records: 0, detail });
}

function judged(
  { bus, telemetry, bytes, delivery }: Judging,
  evaluation: Evaluation,
  outcome: FilterOutcome,
): FilterOutcome {
  const { records, points, dropped, edited, unreadable, settlement, body } = outcome;
  const tooCostly = evaluation.takeTooCostly?.() ?? NONE_TOO_COSTLY;
  const bytesIn = bytes.length;
  const bytesOut = leavesNothing(outcome) ? 0 : (body?.length ?? bytesIn);
  const counts = {
    records,
    ...(points === undefined ? {} : { points }),
    dropped,
    ...leftOut(settlement, unreadable + tooCostly.records, { bytesIn, bytesOut }),
    edited,
    bytesIn,
    bytesOut,
  };
  evaluation.services?.settle(counts);
  bus.emit("records.evaluated", { telemetry, ...counts });
  for (const one of settlement?.undecided ?? []) bus.emit("sampling.undecided", one);
  if (unreadable > 0) {
    const detail = "records that cannot be read";
    delivery.unread("unreadable_record");
    bus.emit("fail_open", { telemetry, reason: "unreadable_record", records: unreadable, detail });
  }
  emitTooCostly(bus, telemetry, tooCostly);
  delivery.judged(records - dropped, settlement);
  return outcome;
}

/** Whether policies dropped every record, and nothing else has to be sent on. */
export function leavesNothing({ records, dropped, remains }: FilterOutcome): boolean {
  return records > 0 && dropped === records && remains !== true;
}

function reasonOf(error: unknown): FailOpenReason {
  return error instanceof UndecodableError ? "undecodable" : "internal_error";
}
