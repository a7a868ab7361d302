// Formats rows of cells as lines with columns. Pure.

import { printable } from "../../core/printable.ts";

/**
 * The first line is the header. Cells stand to the left in columns whose number is in `left`, else
 * to the right; lines have no blanks at their ends.
 */
export function tableLines(
  rows: readonly (readonly string[])[],
  left: readonly number[] = [0],
): readonly string[] {
  const shown = rows.map((cells) => cells.map((cell) => printable(cell).replaceAll("\n", " ")));
  const columns = Math.max(0, ...shown.map((cells) => cells.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...shown.map((cells) => Bun.stringWidth(cells[i] ?? ""))),
  );
  return shown.map((cells) =>
    cells
      .map((cell, i) => padded(cell, widths[i] ?? 0, left.includes(i)))
      .join("  ")
      .trimEnd(),
  );
}

function padded(cell: string, width: number, isLeft: boolean): string {
  const blanks = " ".repeat(Math.max(0, width - Bun.stringWidth(cell)));
  return isLeft ? cell + blanks : blanks + cell;
}
