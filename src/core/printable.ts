// Makes text from elsewhere safe for a terminal: no control character, and no mark that reverses
// text, reaches it. The escapes are those of JSON, so that nothing is lost inside JSON strings.

// Control characters but tab and line feed, line and paragraph separators, and marks of direction.
const UNSAFE = /(?![\t\n])[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** `text` with `\u001b` and the like in place of what is unsafe; tabs and line feeds stay. */
export function printable(text: string): string {
  return text.replace(UNSAFE, escaped);
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
