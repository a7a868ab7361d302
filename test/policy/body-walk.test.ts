// What a walk over a body does behind its end.

import { expect, test } from "bun:test";
import { BodyWalk, walkingFormat } from "../../src/policy/body-walk.ts";
import type { Evaluation, FilterOutcome, Pauses } from "../../src/policy/index.ts";

const MIB = 1024 * 1024;
const BODY = Buffer.alloc(9 * MIB, "abcdefgh");
const ALWAYS: Pauses = { everyBytes: 0, isDue: () => true };

/** Ends at once, having put `prefix` before the body. */
class Prefixing extends BodyWalk {
  private readonly prefix: Uint8Array;

  constructor(prefix: string) {
    super();
    this.prefix = Buffer.from(prefix);
    this.rewriter.open(BODY);
  }
  protected override get isRewritten(): boolean {
    return this.prefix.length > 0;
  }
  override walk(): boolean {
    this.rewriter.replace(0, 0, this.prefix, 0, this.prefix.length);
    return true;
  }
  override outcome(): FilterOutcome {
    const counts = { records: 1, dropped: 0, unreadable: 0, edited: 0 };
    return this.isRewritten ? { ...counts, body: this.rewriter.finish() } : counts;
  }
  override release(): void {
    this.rewriter.release();
  }
}

// Nothing is evaluated.
const evaluation = { begin() {}, abort() {}, commit: () => undefined } as unknown as Evaluation;

function pausesAndBody(prefix: string): [pauses: number, body: Uint8Array | undefined] {
  const format = walkingFormat(() => new Prefixing(prefix));
  const steps = format.filterSteps!(BODY, evaluation, ALWAYS);
  for (let pauses = 0; ; pauses++) {
    const step = steps.next();
    if (step.done === true) return [pauses, step.value.body];
  }
}

test("a large body that changed is put together in steps", () => {
  const [pauses, body] = pausesAndBody(">");
  expect(pauses).toBe(8);
  expect(Buffer.compare(body ?? Buffer.alloc(0), Buffer.concat([Buffer.from(">"), BODY]))).toBe(0);
});

test("one that did not is not put together", () => {
  expect(pausesAndBody("")).toEqual([0, undefined]);
});
