// Texts that keep a program busy: each byte is chosen so that as many instructions as possible stay
// alive and no match ends. They measure the worst cost of a pattern; the same program always gives
// the same texts.

import { Context, Op, type RegexProgram } from "./program.ts";
import type { ReverseStepper } from "./reverse.ts";
import { conditions, type Stepper } from "./stepper.ts";

/** How many byte classes are tried for each byte. */
const TRIES_MAX = 6;
/** A byte that leaves at least this share of the best byte's instructions may be taken, too. */
const NEARLY = 0.9;

/** A text that is read forwards. */
export function hostileText(stepper: Stepper, length: number): Uint8Array {
  const { program } = stepper;
  const { ops, classCount, sampleOf, contextAfter } = program;
  const text = new Uint8Array(length);
  const choice = new Choice(program);
  let waiting = new Int32Array(0);
  let context: number = program.beginContext;
  for (let at = 0; at < length; at++) {
    const byteClass = choice.next((tried) => {
      stepper.step(waiting, 0, waiting.length, context, tried);
      for (let i = 0; i < stepper.length; i++) {
        if (ops[stepper.list[i] as number] === Op.match) return -1;
      }
      return stepper.length;
    });
    // Every byte makes a match, so nothing can keep the program busy.
    if (byteClass === classCount) return text.subarray(0, at);
    stepper.step(waiting, 0, waiting.length, context, byteClass);
    waiting = stepper.list.slice(0, stepper.length);
    context = contextAfter[byteClass] as number;
    text[at] = sampleOf[byteClass] as number;
  }
  return text;
}

/** A text that is read backwards. */
export function hostileTextBackwards(stepper: ReverseStepper, length: number): Uint8Array {
  const { program, words } = stepper;
  const { sampleOf } = program;
  const text = new Uint8Array(length);
  const choice = new Choice(program);
  let set = new Int32Array(words);
  const next = new Int32Array(words);
  let ahead = -1;
  for (let at = length - 1; at >= 0; at--) {
    const step = (tried: number): void => {
      const behind = program.contextAfter[tried] ?? Context.other;
      stepper.step(set, 0, conditions(behind, ahead), tried, next, 0);
    };
    const byteClass = choice.next((tried) => {
      step(tried);
      return countBits(next);
    });
    step(byteClass);
    set = next.slice();
    ahead = sampleOf[byteClass] as number;
    text[at] = ahead;
  }
  return text;
}

/** Chooses among byte classes, but not always the same one. */
class Choice {
  private readonly count: number;
  private seed = 1;

  constructor({ classCount }: RegexProgram) {
    this.count = classCount;
  }

  /** One of the best classes by `weigh`, which returns -1 for classes that must not be chosen. */
  next(weigh: (byteClass: number) => number): number {
    const tries = Math.min(TRIES_MAX, this.count);
    const first = this.random();
    let best = this.count;
    let bestWeight = -1;
    for (let i = 0; i < tries; i++) {
      const byteClass = (first + i) % this.count;
      const weight = weigh(byteClass);
      if (weight < 0 || weight < bestWeight * NEARLY) continue;
      const isNearly = weight <= bestWeight;
      if (isNearly && this.random() % 2 === 0) continue;
      best = byteClass;
      bestWeight = Math.max(weight, bestWeight);
    }
    return best;
  }

  private random(): number {
    this.seed = (Math.imul(this.seed, 1103515245) + 12345) >>> 0;
    return this.seed >>> 8;
  }
}

function countBits(set: Int32Array): number {
  let count = 0;
  for (let i = 0; i < set.length; i++) {
    for (let bits = set[i] as number; bits !== 0; bits &= bits - 1) count++;
  }
  return count;
}
