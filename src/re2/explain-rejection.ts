// Adds to RE2's message about a rejected pattern what the construct is called elsewhere, and what
// to write instead. RE2's own words come first, so that they can be looked up.

const NO_LOOK_AROUND = "and RE2 has no look-around; match what must be there, and negate a matcher";

/** By the end of RE2's message; the first row that matches counts. */
const KNOWN: readonly (readonly [reason: RegExp, explanation: string])[] = [
  [/perl operator: \(\?[=!]/, `this is look-ahead, ${NO_LOOK_AROUND}`],
  [/perl operator: \(\?<[=!]/, `this is look-behind, ${NO_LOOK_AROUND}`],
  [/perl operator: \(\?>/, "this is an atomic group, which RE2 has not; write (?:…)"],
  [/repetition operator: .*[*+?}]\+$/, "this is a possessive repetition, which RE2 has not"],
  [/escape sequence: \\[1-9kg]/, "this is a back reference, which RE2 has not"],
  [/perl operator: \(\?P$/, "a group with a name is (?P<name>…); RE2 has no back references"],
  [/perl operator: \(\?'/, "a group with a name is (?P<name>…)"],
  [/perl operator: \(\?#/, "RE2 has no comments in patterns"],
  [/perl operator: \(\?[imsU-]*x/, "RE2 has no flag x; write the pattern without blanks"],
  [/perl operator: \(\?\(/, "this is a condition, which RE2 has not"],
  [/perl operator: \(\?[R&|0-9+]/, "this is recursion or a branch reset, which RE2 has not"],
  [/escape sequence: \\Z/, "write \\z for the end of the text"],
  [/escape sequence: \\h/, "write [ \\t] for a blank"],
  [/escape sequence: \\R/, "write (?:\\r\\n|\\n|\\r) for a line end"],
  [/escape sequence: \\u/, "write \\x{…} for a code point"],
  [/escape sequence: \\c/, "write \\x… for a control character"],
  [/escape sequence: \\e/, "write \\x1b for the escape character"],
];

/** `reason`: RE2's message. */
export function explainRejection(reason: string): string {
  // `(?<name>` was rewritten before RE2 saw it, and so was look-behind.
  const own = reason.replace(
    /^invalid named capture group: \(\?P<([=!]).*$/s,
    (_, sign: string) => {
      return `invalid perl operator: (?<${sign}`;
    },
  );
  const known = KNOWN.find(([pattern]) => pattern.test(own));
  return known === undefined ? own : `${own}: ${known[1]}`;
}
