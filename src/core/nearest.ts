// "Did you mean": finds the known word that is closest to a mistyped one. For error messages only.

/**
 * The candidate with the fewest edits (insert, delete, replace, swap neighbours) from `word`, if
 * they are few for its length; otherwise the only candidate that contains the word, or that the
 * word contains. Case, `-` and `_` are ignored.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const plain = simplify(word.slice(0, WORD_CHARS_MAX));
  let best: string | undefined;
  let bestEdits = Math.max(1, Math.floor(plain.length / 3)) + 1;
  for (const candidate of candidates) {
    const edits = editsBetween(plain, simplify(candidate));
    if (edits >= bestEdits) continue;
    best = candidate;
    bestEdits = edits;
  }
  if (best !== undefined || plain.length < 4) return best;
  const related = candidates.filter((candidate) => {
    const other = simplify(candidate);
    return other.includes(plain) || (other.length >= 4 && plain.includes(other));
  });
  return related.length === 1 ? related[0] : undefined;
}

const WORD_CHARS_MAX = 100;

function simplify(word: string): string {
  return word.toLowerCase().replaceAll(/[-_.]/g, "");
}

/** Optimal string alignment distance. */
export function editsBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
