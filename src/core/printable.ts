// Makes foreign text safe for a terminal: it escapes control characters, and invisible characters
// that reverse, hide or join others. The escapes are those of JSON, so that nothing is lost inside
// JSON strings.

// Control characters except tab and line feed, separators of lines and paragraphs, and format
// characters: direction marks, zero-width characters, soft hyphens, tags. And fillers, which look
// like blanks.
const UNSAFE = /(?![\t\n])[\p{Cc}\p{Cf}\u2028\u2029\u115f\u1160\u3164\uffa0]/gu;

/** `text` with unsafe characters replaced by `\u001b` and the like; tabs and line feeds stay. */
export function printable(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** `text`, or its beginning and an ellipsis if it is longer. */
export function shortened(text: string, charsMax: number): string {
  return text.length > charsMax ? `${text.slice(0, charsMax).toWellFormed()}…` : text;
}

/** A document in JSON for printing; its meaning is unchanged. */
export function printableJson(document: unknown, space = 2): string {
  return `${printable(JSON.stringify(document, null, space))}\n`;
}

function escaped(char: string): string {
  return Array.from({ length: char.length }, (_, i) => escapedUnit(char.charCodeAt(i))).join("");
}

function escapedUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}
