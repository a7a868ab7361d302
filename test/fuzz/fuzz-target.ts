// What a target of fuzzing is: a parser, with a promise that it keeps whatever its bytes are. The
// promise is checked on the inputs of test/fuzz/corpus in the suite, and on others by
// `bun run fuzz NAME`.

export interface FuzzTarget {
  /** Whole inputs to begin with, of each kind that the parser knows. */
  readonly seeds: readonly (string | Uint8Array)[];
  /** What inputs are made of beside the program's own words. */
  readonly words?: readonly string[];
  /** Throws when the promise is broken. */
  readonly check: (input: Uint8Array) => void | Promise<void>;
}

/** Bytes of a seed or a word; texts are UTF-8. */
export function inputOf(seed: string | Uint8Array): Uint8Array {
  // A copy: slices of a Buffer are none.
  return typeof seed === "string" ? new TextEncoder().encode(seed) : new Uint8Array(seed);
}

/** Inputs whose first byte is a choice, before each of these, for targets that begin with one. */
export function chosen(
  seeds: readonly (string | Uint8Array)[],
  choices: readonly number[] = [0, 1, 30, 50],
): Uint8Array[] {
  return seeds.flatMap((seed) =>
    choices.map((choice) => new Uint8Array([choice, ...inputOf(seed)])),
  );
}

/** Throws when two things that ought to be the same are not. */
export function expectSame(what: string, got: unknown, want: unknown): void {
  const [left, right] = [shown(got), shown(want)];
  if (left !== right) throw new Error(`${what}: ${left} is not ${right}`);
}

function shown(value: unknown): string {
  return JSON.stringify({ value }, function (this: Record<string, unknown>, key, before: unknown) {
    // Before a buffer made an object of itself.
    const one = this[key];
    if (typeof one === "bigint") return `${one}n`;
    if (one instanceof Uint8Array) return Buffer.from(one).toString("latin1");
    return one === undefined ? "undefined" : Object.is(one, -0) ? "-0" : before;
  });
}
