// RE2's verdict on patterns, behind the port of the policy engine. It only validates: nothing is
// matched here.

import type { RegexValidator } from "../regex/port.ts";
import { explainRejection } from "./explain-rejection.ts";
import { isCommonPattern } from "./common-pattern.ts";
import { startRe2, type NativeRe2 } from "./runtime.ts";
import { PARENTHESES_MAX, RE2_IDLE_MS, VERDICTS_MAX } from "../core/limits.ts";

/** Longer patterns are validated but not remembered, in UTF-16 units. */
const REMEMBERED_PATTERN_LENGTH_MAX = 4_096;
/** RE2's own message for a pattern that does not fit its memory. */
const TOO_LARGE = "pattern too large - compile failed";

/** How RE2 is started and released. */
export interface RegexValidatorDeps {
  readonly start?: () => NativeRe2;
  /** Runs `run` once after `delayMs`; must not keep the process alive. */
  readonly schedule?: (delayMs: number, run: () => void) => unknown;
}

/**
 * Creates a validator with its own instance of RE2. It accepts `(?<name>…)`, as newer versions of
 * RE2 do; a pattern that exhausts the instance's heap is "pattern too large". Never throws for a
 * pattern.
 *
 * Policies change rarely, and an instance takes more memory than everything else together: the
 * garbage collector lets a heap grow in proportion. So an instance that has not been used for a
 * while is released.
 *
 * @example
 * const validateRegex = createRegexValidator();
 * validateRegex("(unclosed"); // what RE2 says against it; undefined: it is a valid pattern
 */
export function createRegexValidator({
  start = startRe2,
  schedule = (delayMs, run) => setTimeout(run, delayMs).unref(),
}: RegexValidatorDeps = {}): RegexValidator {
  let re2: NativeRe2 | undefined;
  let isIdle = true;
  let verdicts = new Map<string, string | undefined>();
  let older = new Map<string, string | undefined>();

  function ask(pattern: string): string | undefined {
    if (re2 === undefined) {
      re2 = start();
      letGoWhenIdle(re2);
    }
    isIdle = false;
    const native = new re2.Pattern(pattern, false, false, false);
    const reason = native.ok() ? undefined : explainRejection(native.error());
    native.delete();
    return reason;
  }

  function letGoWhenIdle(instance: NativeRe2): void {
    isIdle = true;
    schedule(RE2_IDLE_MS, () => {
      if (re2 !== instance) return;
      if (isIdle) re2 = undefined;
      else letGoWhenIdle(instance);
    });
  }

  function askTwice(pattern: string): string | undefined {
    try {
      return ask(pattern);
    } catch {
      // Earlier patterns may have fragmented the heap, so a fresh one decides.
      re2 = undefined;
    }
    try {
      return ask(pattern);
    } catch {
      re2 = undefined;
      return TOO_LARGE;
    }
  }

  function validateAnew(pattern: string): string | undefined {
    const parentheses = pattern.split("(").length - 1;
    if (parentheses > PARENTHESES_MAX) return `more than ${PARENTHESES_MAX} parentheses`;
    return askTwice(toRe2Syntax(pattern));
  }

  return (pattern) => {
    if (isCommonPattern(pattern)) return undefined;
    if (verdicts.has(pattern)) return verdicts.get(pattern);
    const known = older.has(pattern);
    const verdict = known ? older.get(pattern) : validateAnew(pattern);
    if (pattern.length > REMEMBERED_PATTERN_LENGTH_MAX) return verdict;
    if (verdicts.size >= VERDICTS_MAX / 2) {
      older = verdicts;
      verdicts = new Map();
    }
    verdicts.set(pattern, verdict);
    return verdict;
  };
}

/**
 * Rewrites `(?<name>` to `(?P<name>`, which the embedded version of RE2 supports; nothing else
 * changes.
 */
export function toRe2Syntax(pattern: string): string {
  const text = pattern.toWellFormed();
  if (!text.includes("(?<")) return text;
  let out = "";
  let at = 0;
  while (at < text.length) {
    const next = tokenEnd(text, at);
    const isName = text.startsWith("(?<", at);
    out += isName ? "(?P<" : text.slice(at, next);
    at = isName ? at + 3 : next;
  }
  return out;
}

/** End of the escape, quotation, class or character that starts at `at`. */
function tokenEnd(text: string, at: number): number {
  if (text[at] === "\\") {
    if (text[at + 1] !== "Q") return at + 2;
    const end = text.indexOf("\\E", at + 2);
    return end < 0 ? text.length : end + 2;
  }
  return text[at] === "[" ? classEnd(text, at) : at + 1;
}

function classEnd(text: string, start: number): number {
  let at = start + 1;
  if (text[at] === "^") at++;
  if (text[at] === "]") at++;
  while (at < text.length && text[at] !== "]") {
    if (text[at] === "\\") at += 2;
    else if (text.startsWith("[:", at)) {
      const end = text.indexOf(":]", at + 2);
      at = end < 0 ? at + 1 : end + 2;
    } else at++;
  }
  return at + 1;
}
