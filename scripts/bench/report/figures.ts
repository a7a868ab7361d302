// Figures of benchmarks as data: tables of rows with a name, and of columns with a unit. What a
// benchmark prints, what a run leaves as JSON and what pages show are these.

/** `text` is for words beside figures; "" counts. */
export type Unit =
  | ""
  | "ns"
  | "µs"
  | "ms"
  | "s"
  | "B"
  | "KiB"
  | "MiB"
  | "MB"
  | "MB/s"
  | "million/s"
  | "/s"
  | "%"
  | "×"
  | "text";

export type Cell = number | string | undefined;

export interface Row {
  readonly name: string;
  /** By column; what is not measured is left out. */
  readonly cells: Readonly<Record<string, Cell>>;
}

export interface Figures {
  readonly title: string;
  /** The unit of each column, in the order in which they are shown. */
  readonly columns: Readonly<Record<string, Unit>>;
  readonly rows: readonly Row[];
}

/** As people read it: three digits that count, and the unit. */
export function figureText(value: Cell, unit: Unit): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  const text = significant(value);
  return unit === "" || unit === "text" ? text : `${text} ${unit}`;
}

function significant(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 99.95) return Math.round(value).toLocaleString("en");
  if (size >= 9.995) return value.toFixed(1);
  return size >= 0.995 ? value.toFixed(2) : String(Number(value.toPrecision(2)));
}
