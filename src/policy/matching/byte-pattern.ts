// Searches for bytes in other bytes, in linear time for any input: Knuth–Morris–Pratt.

export class BytePattern {
  readonly bytes: Uint8Array;
  private failures: Int32Array | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Whether bytes[start, end) contains the pattern. */
  isIn(bytes: Uint8Array, start: number, end: number): boolean {
    const own = this.bytes;
    const failures = (this.failures ??= failuresOf(own));
    let matched = 0;
    for (let i = start; i < end; i++) {
      while (matched > 0 && own[matched] !== bytes[i]) matched = failures[matched - 1] as number;
      if (own[matched] === bytes[i]) matched++;
      if (matched === own.length) return true;
    }
    return own.length === 0;
  }
}

function failuresOf(pattern: Uint8Array): Int32Array {
  const failures = new Int32Array(pattern.length);
  let matched = 0;
  for (let i = 1; i < pattern.length; i++) {
    while (matched > 0 && pattern[matched] !== pattern[i])
      matched = failures[matched - 1] as number;
    if (pattern[matched] === pattern[i]) matched++;
    failures[i] = matched;
  }
  return failures;
}
