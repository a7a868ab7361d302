// Regular expressions: RE2 syntax and semantics on UTF-8 bytes, in time linear in the text whatever
// the pattern. Also the case folding that literals share with them. Pure, and independent of
// policies; whether a pattern is valid is decided by RE2 itself (RegexValidator), and the parser
// here agrees with it.

import { CompiledRegex, type RegexOptions } from "./regex.ts";
import type { Regex, RegexShape } from "./port.ts";

export { RegexSyntaxError } from "./syntax/ast.ts";
export type { CachePool } from "./dfa.ts";
export { foldCodePoint, foldUtf8 } from "./syntax/fold.ts";
export { Meter, unmetered } from "./meter.ts";
export type {
  LiteralTest,
  Regex,
  RegexValidator,
  RegexSet,
  RegexShape,
  RequiredLiteral,
} from "./port.ts";
export type { RegexOptions } from "./regex.ts";
export { buildRegexSet, createRegexSet } from "./set.ts";

/** Parses `pattern`; programs and state caches are made at first use. Throws RegexSyntaxError. */
export function compileRegex(pattern: string, options: RegexOptions): Regex {
  return new CompiledRegex(pattern, options);
}

/** What a search for `pattern` amounts to. Throws RegexSyntaxError. */
export function analyzeRegex(pattern: string, options: RegexOptions): RegexShape {
  return new CompiledRegex(pattern, options).shape();
}
