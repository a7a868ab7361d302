// What a pattern costs, in steps (meter.ts) per byte, on texts that are made to keep it busy, after
// its state cache has seen such texts. A pattern whose states fit the cache costs a few steps; one
// whose states do not fit costs as many steps as instructions wait at once.

import { compileFind, compileSearch } from "./compile.ts";
import { hostileText, hostileTextBackwards } from "./hostile-text.ts";
import { Meter } from "./meter.ts";
import { parseRegex } from "./syntax/parse.ts";
import { CompiledRegex } from "./regex.ts";
import { ReverseStepper } from "./reverse.ts";
import { createRegexSet } from "./set.ts";
import { simplify } from "./syntax/simplify.ts";
import { Stepper } from "./stepper.ts";

/**
 * The lengths of the text for a first look at a pattern, and of the text for one that looks costly.
 */
const GLANCE_BYTES = 256;
const TEXT_BYTES = 4096;
/** Steps per byte up to which the first look is enough: such a pattern needs no warning. */
const GLANCE_STEPS = 32;
/** How many patterns of a set provide texts for measuring it, and how these are cut. */
const SET_TEXTS_MAX = 32;
const SET_PIECE_BYTES = 64;

/** How much measuring may take; a higher price is reported as what it amounted to by then. */
const STEPS_MAX = 50_000_000;

/** Adds up everything that is spent. */
class Spent extends Meter {
  steps = 0;

  constructor() {
    super(() => 0, 1);
  }
  override spend(steps: number): boolean {
    this.steps += steps;
    if (this.steps > STEPS_MAX) this.giveUp();
    return super.spend(steps);
  }
  override begin(): void {
    super.begin();
    this.steps = 0;
  }
}

/** Steps per byte of testing whether the pattern matches. */
export function priceOfTest(pattern: string, caseInsensitive: boolean): number {
  const regex = new CompiledRegex(pattern, { caseInsensitive });
  const stepper = new Stepper(compileSearch([regex.existence()]));
  const glance = hostileText(stepper, GLANCE_BYTES);
  if (stepper.work < glance.length * GLANCE_STEPS) return 0;
  const text = hostileText(stepper, TEXT_BYTES);
  const half = text.length >> 1;
  const spent = new Spent();
  regex.test(text, 0, half, spent);
  spent.begin();
  regex.test(text, half, text.length, spent);
  return spent.steps / Math.max(1, text.length - half);
}

/** Steps per byte of finding all matches. */
export function priceOfWalk(pattern: string, caseInsensitive: boolean): number {
  const { root } = parseRegex(pattern, caseInsensitive);
  const regex = new CompiledRegex(pattern, { caseInsensitive });
  const stepper = new ReverseStepper(compileFind(simplify(root)));
  hostileTextBackwards(stepper, GLANCE_BYTES);
  if (stepper.work < GLANCE_BYTES * GLANCE_STEPS) return priceOfTest(pattern, caseInsensitive);
  const text = hostileTextBackwards(stepper, TEXT_BYTES);
  const half = text.length >> 1;
  const captures = new Int32Array((regex.groupCount + 1) * 2);
  const spent = new Spent();
  for (const [from, end] of [
    [half, text.length],
    [0, half],
  ] as const) {
    spent.begin();
    const walk = regex.walk(text, from, end, from, spent);
    while (walk.next(captures));
  }
  return Math.max(spent.steps / Math.max(1, half), priceOfTest(pattern, caseInsensitive));
}

/** Steps per byte of testing which of the patterns match. */
export function priceOfSet(
  patterns: readonly { readonly pattern: string; readonly caseInsensitive: boolean }[],
  cacheBytesMax: number,
): number {
  const regexes = patterns.map(
    ({ pattern, caseInsensitive }) => new CompiledRegex(pattern, { caseInsensitive }),
  );
  const set = createRegexSet(regexes, { cacheBytesMax });
  const every = Math.max(1, Math.ceil(regexes.length / SET_TEXTS_MAX));
  const texts = regexes
    .filter((_, i) => i % every === 0)
    .map((regex) => hostileText(new Stepper(compileSearch([regex.existence()])), TEXT_BYTES >> 3));
  const hits = new Int32Array(regexes.length);
  const spent = new Spent();
  let bytes = 0;
  // The last of these has the pieces of the texts in an order that did not occur before.
  for (const stride of [1, 3, 5]) {
    const text = mixed(texts, stride);
    bytes = text.length;
    spent.begin();
    set.search(text, 0, bytes, hits, spent);
  }
  return spent.steps / Math.max(1, bytes);
}

function mixed(texts: readonly Uint8Array[], stride: number): Uint8Array {
  const out = new Uint8Array(texts.reduce((sum, { length }) => sum + length, 0));
  let length = 0;
  for (let at = 0; at < TEXT_BYTES; at += SET_PIECE_BYTES) {
    for (let i = 0; i < texts.length; i++) {
      const text = texts[(i * stride + at) % texts.length];
      const piece = text?.subarray(at, at + SET_PIECE_BYTES) ?? out.subarray(0, 0);
      if (length + piece.length > out.length) return out;
      out.set(piece, length);
      length += piece.length;
    }
  }
  return out.subarray(0, length);
}
