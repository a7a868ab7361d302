// Templates for people: as text with `<*>` where values were.

import { MASK, QUOTED_MASK } from "./masked-line.ts";

type Words = readonly (string | undefined)[];

const MARKS = new RegExp(`[${String.fromCharCode(MASK, QUOTED_MASK)}]`, "g");
const VALUE = "<*>";

export function templateText(words: Words, isCut: boolean): string {
  const tokens = words.map((word) => word?.replace(MARKS, VALUE) ?? VALUE);
  return [...tokens, ...(isCut ? ["…"] : [])].join(" ");
}
