// RE2 itself as the oracle of the regex tests, and texts with invalid bytes as it would read them.

import { startRe2 } from "../../src/re2/runtime.ts";

let re2 = startRe2();

/** What RE2 finds: the whole match and its groups, or null. `index` counts code points. */
export interface OracleMatch {
  readonly index: number;
  readonly texts: readonly (string | undefined)[];
}

/**
 * What oracleReason says of patterns that are too large for RE2, by its own verdict or for its
 * heap.
 */
export const TOO_LARGE = "pattern too large - compile failed";

/** RE2's reason to reject `pattern`, or undefined. */
export function oracleReason(pattern: string): string | undefined {
  try {
    const native = new re2.Pattern(pattern, false, false, false);
    const reason = native.ok() ? undefined : native.error();
    native.delete();
    return reason;
  } catch {
    re2 = startRe2();
    return TOO_LARGE;
  }
}

/**
 * Finds `pattern` in each text. A pattern that exhausts RE2's heap gets undefined, and RE2 starts
 * anew.
 */
export function oracleFind(
  pattern: string,
  caseInsensitive: boolean,
  texts: readonly string[],
  from = 0,
): (OracleMatch | null)[] | undefined {
  try {
    const native = new re2.Pattern(pattern, caseInsensitive, false, false);
    const found = texts.map((text) => {
      const { index, match, groups } = native.match(text, from, true);
      return index < 0 ? null : { index, texts: [match, ...groups] };
    });
    native.delete();
    return found;
  } catch {
    re2 = startRe2();
    return undefined;
  }
}

/**
 * The text of `bytes` with each invalid byte as U+FFFD: written anew, not with the code under test.
 */
export function decodeByteWise(bytes: Uint8Array): string {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let text = "";
  for (let at = 0; at < bytes.length;) {
    let length = 0;
    for (let size = 1; size <= 4 && at + size <= bytes.length && length === 0; size++) {
      try {
        text += strict.decode(bytes.subarray(at, at + size));
        length = size;
      } catch {
        // Not a whole sequence of this size.
      }
    }
    if (length === 0) text += "\uFFFD";
    at += Math.max(1, length);
  }
  return text;
}
