// What Edge is asked to reach, and the figure of a benchmark that shows it. A red row says why:
// `why` is shown as long as the figure is not met.

/** The worst of the rows of a table whose names match counts; one row, if it is a text. */
export interface Where {
  readonly table: string;
  readonly row: string | RegExp;
  readonly column: string;
}

export interface Target {
  readonly subject: string;
  readonly asked: string;
  readonly where: Where;
  /** The figure divided by this one. */
  readonly over?: Where;
  readonly bound: { readonly most: number } | { readonly least: number };
  readonly why?: string;
}

export const at = (table: string, row: string | RegExp, column: string): Where => ({
  table,
  row,
  column,
});

/** Of the program at rest, or at its most. */
export const memory = (row: string, column = "resident"): Where =>
  at("resident memory", row, column);
