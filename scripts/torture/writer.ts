// A program that writes a log, as far as a tailer can tell: whole lines, lines in two pieces, and
// every way in which logs are rotated. It remembers each line that it finished.

import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";

/** Random numbers that a seed repeats (xorshift32). */
export class Chance {
  #state: number;
  constructor(seed: number) {
    this.#state = seed | 1;
  }
  /** A whole number from 0 to below `below`. */
  below(below: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) % below;
  }
  /** True once in so many times. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }
}

export interface WriterOptions {
  /** Names its lines; no spaces. */
  readonly name: string;
  readonly path: string;
  readonly chance: Chance;
  /**
   * Whether the tailer has put out all that this writer has finished: what is truncated before that
   * nobody can read.
   */
  readonly isCaughtUp: (writer: Writer) => boolean;
}

const ROTATED_MAX = 4;

export class Writer {
  readonly name: string;
  /** Lines that are finished: from 0 to below this. */
  finished = 0;
  /** Contents so far; part of each line, because order holds within one of them. */
  content = 0;
  rotations = 0;
  truncations = 0;
  readonly #options: WriterOptions;
  /** The end of a line of which the beginning is written. */
  #rest = "";

  constructor(options: WriterOptions) {
    this.#options = options;
    this.name = options.name;
  }

  /** Does one thing or another. */
  act(): void {
    const { chance } = this.#options;
    const choice = chance.below(120);
    if (choice < 3) this.#rotate();
    else if (choice < 5) this.#copyTruncate();
    else if (choice < 7) this.#rewrite();
    else if (choice < 27) this.#begin();
    else this.#append(1 + chance.below(30));
  }

  /** Finishes what it has begun. */
  end(): void {
    if (this.#rest !== "") this.#append(0);
  }

  #line(): string {
    const { chance } = this.#options;
    const filler = "abcdefghij".repeat(1 + chance.below(20));
    return `${this.name} ${this.content} ${this.finished} ${filler}`;
  }

  #takeLine(): string {
    const line = `${this.#line()} .\n`;
    this.finished++;
    return line;
  }

  #append(lines: number): void {
    let text = this.#takeRest();
    for (let i = 0; i < lines; i++) text += this.#takeLine();
    appendFileSync(this.#options.path, text);
  }

  #takeRest(): string {
    const rest = this.#rest;
    if (rest !== "") this.finished++;
    this.#rest = "";
    return rest;
  }

  #begin(): void {
    if (this.#rest !== "") return;
    const line = `${this.#line()} .\n`;
    const cut = 1 + this.#options.chance.below(line.length - 1);
    appendFileSync(this.#options.path, line.slice(0, cut));
    this.#rest = line.slice(cut);
  }

  /** Renames the file; its writer goes on in it for a moment. */
  #rotate(): void {
    const { path, chance } = this.#options;
    if (!existsSync(path)) return;
    // The oldest would be gone for good.
    if (existsSync(`${path}.${ROTATED_MAX + 1}`) && !this.#options.isCaughtUp(this)) return;
    const fd = openSync(path, "a");
    for (let i = ROTATED_MAX; i > 0; i--) {
      if (existsSync(`${path}.${i}`)) renameSync(`${path}.${i}`, `${path}.${i + 1}`);
    }
    renameSync(path, `${path}.1`);
    writeSync(fd, this.#takeRest());
    for (let i = chance.below(3); i > 0; i--) writeSync(fd, this.#takeLine());
    closeSync(fd);
    this.content++;
    this.rotations++;
    // The oldest goes as soon as nobody needs it.
    const oldest = `${path}.${ROTATED_MAX + 1}`;
    if (existsSync(oldest) && this.#options.isCaughtUp(this)) rmSync(oldest);
  }

  #copyTruncate(): void {
    if (!this.#mayDestroy()) return;
    truncateSync(this.#options.path);
    this.content++;
    this.truncations++;
  }

  /** Another content in place of the one before, shorter, as long or longer. */
  #rewrite(): void {
    if (!this.#mayDestroy()) return;
    const { path, chance } = this.#options;
    const before = statSync(path).size;
    this.content++;
    this.truncations++;
    let text = "";
    const enough = chance.below(2 * before + 1);
    do text += this.#takeLine();
    while (text.length < enough);
    // Truncated first, as a shell does; `writeFileSync` would write over what is there.
    const fd = openSync(path, "w");
    writeSync(fd, text);
    closeSync(fd);
  }

  #mayDestroy(): boolean {
    const { path, isCaughtUp } = this.#options;
    return this.#rest === "" && existsSync(path) && isCaughtUp(this);
  }
}
