// What a benchmark is given to say what it measured: tables that are printed row by row, because
// some rows take minutes, and kept as data beside, in the file that `--json=FILE` names. Also what
// it was asked: words, `--name=value`, and `--quick`, a check that all of it runs, not a
// measurement.

import { writeFileSync } from "node:fs";
import { type Cell, type Figures, figureText, type Row, type Unit } from "./figures.ts";

/** The columns of figures are as wide as those that there are. */
const FIGURE_CHARS = 10;
const NAME_CHARS = 44;

export class Report {
  readonly tables: Figures[] = [];
  readonly faults: string[] = [];
  readonly isQuick: boolean;
  /** What is named to be measured, if not all. */
  readonly words: readonly string[];
  readonly #options: ReadonlyMap<string, string>;

  constructor(args: readonly string[]) {
    this.words = args.filter((arg) => !arg.startsWith("--"));
    const options = args.filter((arg) => arg.startsWith("--"));
    this.#options = new Map(
      options.map((arg) => {
        const [name = "", ...value] = arg.slice(2).split("=");
        return [name, value.join("=")];
      }),
    );
    this.isQuick = this.#options.has("quick");
  }

  option(name: string): string | undefined {
    return this.#options.get(name);
  }

  /**
   * Of rounds, seconds or bytes: as much as a figure needs, which an option may change, or what
   * shows that it runs.
   */
  amount(full: number, quick: number, option?: string): number {
    if (this.isQuick) return quick;
    return Number((option === undefined ? undefined : this.option(option)) ?? full);
  }

  /** Whether a part of the benchmark is asked for. */
  wants(part: string): boolean {
    return this.words.length === 0 || this.words.includes(part);
  }

  /** A table; its columns with their units. */
  table<K extends string>(title: string, columns: Readonly<Record<K, Unit>>): Table<K> {
    const rows: Row[] = [];
    this.tables.push({ title, columns, rows });
    return new Table(title, columns, (row) => {
      const all = Object.entries(row.cells);
      const cells = all.filter(([, cell]) => typeof cell !== "number" || Number.isFinite(cell));
      rows.push({ name: row.name, cells: Object.fromEntries(cells) });
      // Too short a load may get no answer at all.
      if (cells.length < all.length && !this.isQuick) this.fault(`${row.name}: no figure`);
      this.#keep();
    });
  }

  /** What must not be: the benchmark fails, and goes on. */
  fault(text: string): void {
    console.log(`FAULT: ${text}`);
    this.faults.push(text);
    process.exitCode = 1;
    this.#keep();
  }

  /** Whenever there is something new, so that a benchmark that is ended leaves what it has. */
  #keep(): void {
    const file = this.option("json");
    if (file === undefined) return;
    writeFileSync(file, JSON.stringify({ tables: this.tables, faults: this.faults }));
  }
}

export class Table<K extends string> {
  readonly #columns: Readonly<Record<K, Unit>>;
  readonly #keep: (row: Row) => void;

  constructor(title: string, columns: Readonly<Record<K, Unit>>, keep: (row: Row) => void) {
    this.#columns = columns;
    this.#keep = keep;
    const names = this.#names();
    console.log(`\n| ${[title.padEnd(NAME_CHARS), ...names.map(padded)].join(" | ")} |`);
    const lines = [Math.max(title.length, NAME_CHARS), ...names.map((name) => padded(name).length)];
    console.log(`|${lines.map((width) => "-".repeat(width + 2)).join("|")}|`);
  }

  row(name: string, cells: Readonly<Partial<Record<K, Cell>>>): void {
    const texts = this.#names().map((column) =>
      figureText(cells[column], this.#columns[column]).padStart(padded(column).length),
    );
    console.log(`| ${[name.padEnd(NAME_CHARS), ...texts].join(" | ")} |`);
    this.#keep({ name, cells });
  }

  #names(): K[] {
    // The keys of a record are its columns.
    return Object.keys(this.#columns) as K[];
  }
}

function padded(name: string): string {
  return name.padStart(FIGURE_CHARS);
}
