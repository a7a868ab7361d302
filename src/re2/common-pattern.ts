// Patterns that RE2 is known to accept. Starting RE2 costs tens of milliseconds and more memory
// than everything else together, so only other patterns are passed to it.

const QUANTIFIER = String.raw`(?:[*+?]|\{(?<least>[0-9]{1,2})(?:,(?<most>[0-9]{0,2}))?\})\??`;
const PUNCTUATION = String.raw`\\[\\.^$|?*+()[\]{}\-/:,;=@#%&~'"<>!]`;
const SHORTHAND = String.raw`\\[dDwWsS]`;
const LITERAL = String.raw`[A-Za-z0-9 _\-:;,=@#%&~'"<>/!]`;
/** A `-` is a literal only at the end; elsewhere it is part of one of these ranges. */
const CLASS_ITEM = `a-z|A-Z|0-9|a-f|A-F|[A-Za-z0-9 _:;,=@#%&~'"<>/!.+*?()|{}$]|${PUNCTUATION}|${SHORTHAND}`;
const CLASS = String.raw`\[\^?(?:${CLASS_ITEM})+-?\]`;
const ATOM = `(?:${LITERAL}|${PUNCTUATION}|${SHORTHAND}|${CLASS}|[.])`;
const TOKEN = new RegExp(
  `(?:${ATOM}|(?<close>[)]))(?:${QUANTIFIER})?|[|^$]|(?<open>[(](?:[?]:)?)`,
  "y",
);

const LENGTH_MAX = 200;
const NESTING_MAX = 10;
/** For all counted repetitions together, nested or not: RE2 expands them within its memory. */
const REPETITIONS_MAX = 64;

/**
 * Whether RE2 is certain to accept a pattern: ASCII literals, escaped punctuation, `.`, `\d` and
 * the like, plain classes, groups, alternatives and repetitions, none of them long, deep or
 * doubled. False proves nothing.
 */
export function isCommonPattern(pattern: string): boolean {
  if (pattern.length > LENGTH_MAX) return false;
  let depth = 0;
  let repetitions = 1;
  TOKEN.lastIndex = pattern.startsWith("(?i)") ? 4 : 0;
  while (TOKEN.lastIndex < pattern.length) {
    const { open, close, least, most } = TOKEN.exec(pattern)?.groups ?? {};
    // A failed match resets lastIndex to 0, where no successful match leaves it.
    if (TOKEN.lastIndex === 0) return false;
    if (open !== undefined && ++depth > NESTING_MAX) return false;
    if (close !== undefined && --depth < 0) return false;
    if (least === undefined) continue;
    const [from, to] = [Number(least), Number(most === undefined || most === "" ? least : most)];
    if (to < from) return false;
    repetitions *= Math.max(1, to);
    if (repetitions > REPETITIONS_MAX) return false;
  }
  return depth === 0;
}
