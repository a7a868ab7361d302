// The known name that somebody most likely meant.

/**
 * The candidate with the fewest edits from `name` (case and `_` do not count); when more than a
 * third of its characters would be wrong, the first candidate that contains it; else undefined.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = folded(name);
  if (wanted.length > NAME_CHARS_MAX) return undefined;
  let best: string | undefined;
  let containing: string | undefined;
  let fewest = Math.floor(wanted.length / 3) + 1;
  for (const candidate of candidates) {
    const known = folded(candidate);
    const edits = editDistance(wanted, known);
    if (edits < fewest) {
      fewest = edits;
      best = candidate;
    }
    if (wanted.length >= PART_CHARS_MIN && known.includes(wanted)) containing ??= candidate;
  }
  return best ?? containing;
}

/** Shorter parts are in too many names to be a hint. */
const PART_CHARS_MIN = 4;
const NAME_CHARS_MAX = 64;

function folded(name: string): string {
  return name.toLowerCase().replaceAll(/[_\s-]/g, "");
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let edits = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) edits = Math.min(edits, (before[j - 2] ?? 0) + 1);
      next.push(edits);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
