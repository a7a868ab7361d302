// Replacement templates of regex redaction: `$0`, `$1` to `$99`, `${1}`, `${name}` and `$$`; a
// group that is missing or did not take part is empty. Any other `$` stands for itself.

import { encodeUtf8 } from "../../core/utf8.ts";

/** A literal piece, or the number of the group to insert; -1 is a group that the regex lacks. */
export type TemplatePart = Uint8Array | number;

const REFERENCE = /\$(?:(\$)|([0-9]{1,2})|\{([0-9]{1,2})\}|\{([A-Za-z0-9_]+)\})/g;

export function parseTemplate(
  template: string,
  groupNames: readonly (string | undefined)[],
): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let literal = "";
  let last = 0;
  for (const match of template.matchAll(REFERENCE)) {
    literal += template.slice(last, match.index);
    last = match.index + match[0].length;
    if (match[1] !== undefined) {
      literal += "$";
      continue;
    }
    if (literal !== "") parts.push(encodeUtf8(literal));
    literal = "";
    parts.push(groupNumber(match[2] ?? match[3], match[4], groupNames));
  }
  literal += template.slice(last);
  if (literal !== "") parts.push(encodeUtf8(literal));
  return parts;
}

/** References to groups that the regex lacks, as written in the template, e.g. `$2`. */
export function unknownGroups(
  template: string,
  groupNames: readonly (string | undefined)[],
): string[] {
  return [...template.matchAll(REFERENCE)]
    .filter(([, dollar, digits, braced, name]) => {
      return dollar === undefined && groupNumber(digits ?? braced, name, groupNames) < 0;
    })
    .map(([whole]) => whole);
}

function groupNumber(
  digits: string | undefined,
  name: string | undefined,
  groupNames: readonly (string | undefined)[],
): number {
  if (digits !== undefined) {
    const number = Number(digits);
    return number <= groupNames.length ? number : -1;
  }
  const at = groupNames.indexOf(name);
  return at < 0 ? -1 : at + 1;
}
