// Shows what policies left of a body to an evaluation that only looks on. It does not see what it
// cannot read; the body is treated the same with and without it.

import type { Evaluation, FilterOutcome, RecordFormat, Signal } from "../policy/index.ts";
import type { ByteSink, StreamFilter, StreamFilterOptions } from "../protocols/scrape-format.ts";
import { leavesNothing } from "./body-judging.ts";

/** The evaluation that looks at the next body of the signal; undefined: nobody looks. */
export type Onlookers = (signal: Signal) => Evaluation | undefined;

/** `format`, which also shows what is left; `reading` is the plain format of the same bodies. */
export function shownTo(
  onlooker: Evaluation,
  format: RecordFormat,
  reading: RecordFormat,
): RecordFormat {
  const whole: RecordFormat = {
    filter(body, evaluation, options) {
      const outcome = format.filter(body, evaluation, options);
      const left = leftOf(body, outcome);
      if (left !== undefined) quietly(() => reading.filter(left, onlooker));
      return outcome;
    },
  };
  const steps = format.filterSteps?.bind(format);
  if (steps === undefined) return whole;
  return {
    ...whole,
    *filterSteps(body, evaluation, pauses, options) {
      const outcome = yield* steps(body, evaluation, pauses, options);
      const left = leftOf(body, outcome);
      const looking = left && reading.filterSteps?.(left, onlooker, pauses);
      if (looking !== undefined) while (quietly(() => looking.next().done) === false) yield;
      return outcome;
    },
  };
}

/**
 * A sink that also shows what is written to it; an incomplete line or message at the end is not
 * shown.
 */
export function shownSink(
  onlooker: Evaluation,
  sink: ByteSink,
  create: (options: StreamFilterOptions) => StreamFilter,
): ByteSink {
  const looking = create({ evaluation: onlooker, sink: NOWHERE });
  return {
    write(bytes, start, end) {
      sink.write(bytes, start, end);
      quietly(() => looking.push(bytes.subarray(start, end)));
    },
  };
}

const NOWHERE: ByteSink = { write: () => undefined };

function leftOf(body: Uint8Array, outcome: FilterOutcome): Uint8Array | undefined {
  return leavesNothing(outcome) ? undefined : (outcome.body ?? body);
}

/** Nothing that goes wrong in looking affects the request. */
function quietly<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
