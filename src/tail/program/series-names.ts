// Chooses which files have metric series of their own: a bounded number, each for as long as it is
// followed. A file that was once counted among the others stays there, so that no counter ever
// decreases.

const OTHER = "other";

export class SeriesNames {
  readonly #max: number;
  readonly #own = new Set<string>();
  readonly #others = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  /** The label of each path, in their order. */
  of(paths: readonly string[]): readonly string[] {
    const present = new Set(paths);
    for (const names of [this.#own, this.#others]) {
      for (const name of names) if (!present.has(name)) names.delete(name);
    }
    return paths.map((path) => this.#labelOf(path));
  }

  #labelOf(path: string): string {
    if (this.#own.has(path)) return path;
    if (path === OTHER || this.#others.has(path) || this.#own.size >= this.#max) {
      this.#others.add(path);
      return OTHER;
    }
    this.#own.add(path);
    return path;
  }
}
