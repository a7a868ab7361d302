// Finds where in a pattern an RE2 error points: such errors quote what they are about. Pure.

interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Span extends Place {
  readonly length: number;
}

/** Of an error of a pattern at or behind `place`; undefined when it is of none, or not found. */
export function refined(text: string, place: Place, message: string): Span | undefined {
  const said = /invalid regex "(.*?)": (.*)$/s.exec(message);
  if (said === null) return undefined;
  const [, pattern = "", reason = ""] = said;
  const span = spanIn(pattern, reason);
  if (span === undefined) return undefined;
  const [at, end] = span;
  const from = offsetOf(text, place);
  for (const spelling of SPELLINGS) {
    const found = text.indexOf(spelling(pattern), from);
    if (found < 0) continue;
    const start = found + spelling(pattern.slice(0, at)).length;
    return { ...placeOf(text, start), length: spelling(pattern.slice(at, end)).length };
  }
  return undefined;
}

/** How a pattern may stand in JSON and YAML. */
const SPELLINGS: readonly ((pattern: string) => string)[] = [
  (pattern) => JSON.stringify(pattern).slice(1, -1),
  (pattern) => pattern.replaceAll("'", "''"),
  (pattern) => pattern,
];

/** From where to where in the pattern what is wrong is. */
function spanIn(pattern: string, reason: string): readonly [number, number] | undefined {
  const at = bracketIn(pattern, reason);
  if (at !== undefined) return [at, at + 1];
  const words = reason.indexOf(": ");
  if (words < 0) return undefined;
  // What is quoted may be followed by an explanation.
  const rest = reason.slice(words + 2);
  for (let end = rest.length; end > 0; end = rest.lastIndexOf(": ", end - 1)) {
    const found = pattern.indexOf(rest.slice(0, end));
    if (found >= 0) return [found, found + end];
  }
  return undefined;
}

/** For what RE2 quotes the whole pattern. */
function bracketIn(pattern: string, reason: string): number | undefined {
  if (reason.startsWith("missing )")) return brackets(pattern).open;
  if (reason.startsWith("unexpected )")) return brackets(pattern).extra;
  return reason.startsWith("trailing \\") ? pattern.length - 1 : undefined;
}

/** The last group that is not closed, and the first bracket that closes none. */
function brackets(pattern: string): {
  readonly open: number | undefined;
  readonly extra: number | undefined;
} {
  const open: number[] = [];
  let extra: number | undefined;
  // Escapes and classes hold no groups.
  for (const { 0: token, index } of pattern.matchAll(/\\[^]|\[\^?\]?(?:\\[^]|[^\]\\])*\]|[()]/g)) {
    if (token === "(") open.push(index);
    else if (token === ")" && open.pop() === undefined) extra ??= index;
  }
  return { open: open.at(-1), extra };
}

function offsetOf(text: string, { line, column }: Place): number {
  let start = 0;
  for (let number = 1; number < line; number++) start = text.indexOf("\n", start) + 1;
  return start + column - 1;
}

function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - start + 1 };
}
