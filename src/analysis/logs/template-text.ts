// Writes templates for people and for policies: as text with `<*>` in place of values, and as an
// anchored RE2 regular expression that matches the lines of the template.

import { MASK, QUOTED_MASK } from "./masked-tokens.ts";

type Words = readonly (string | undefined)[];

const MARKS = new RegExp(`[${String.fromCharCode(MASK, QUOTED_MASK)}]`);
const ALL_MARKS = new RegExp(MARKS, "g");
const VALUE = "<*>";
/** A token is what has no spaces but between quotes. */
const ANY_TOKEN = String.raw`(?:"[^"\n]*"|'[^'\n]*'|\S)+`;
const ANY_VALUE = String.raw`\S*`;
const SPECIAL = /[\\^$.*+?()[\]{}|]/g;

export function templateText(words: Words, isCut: boolean): string {
  const tokens = words.map((word) => word?.replace(ALL_MARKS, VALUE) ?? VALUE);
  return [...tokens, ...(isCut ? ["…"] : [])].join(" ");
}

/** Words that say what a line is about. */
export function literalsIn(words: Words): number {
  return words.filter((word) => word !== undefined && /\p{L}{2}/u.test(word)).length;
}

export function templateRegex(words: Words, isCut: boolean): string {
  const tokens = words.map((word) => (word === undefined ? ANY_TOKEN : tokenRegex(word)));
  return `^\\s*${tokens.join("\\s+")}${isCut ? "(?:\\s|$)" : "\\s*$"}`;
}

/** Of a token as it is masked. */
function tokenRegex(word: string): string {
  let regex = "";
  for (let rest = word; rest !== "";) {
    const at = rest.search(MARKS);
    const literal = at < 0 ? rest : rest.slice(0, at);
    regex += literal.replace(SPECIAL, "\\$&");
    if (at < 0) break;
    regex += rest.charCodeAt(at) === MASK ? ANY_VALUE : quoted(rest.charAt(at + 1));
    rest = rest.slice(at + 1);
  }
  return regex;
}

/** What is between quotes, with its escapes. */
function quoted(quote: string): string {
  // Escaped quotes, in a text that is quoted itself.
  if (quote === "\\") return String.raw`[^"\\]*`;
  return String.raw`(?:[^\\${quote}]|\\.)*`;
}
