// Tables of Markdown as the project's formatter leaves them, so that a page that is printed stays
// as it is.

export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const all = [header, ...rows].map((row) => row.map(cell));
  const widths = header.map((_, i) =>
    Math.max(3, ...all.map((row) => Bun.stringWidth(row[i] ?? ""))),
  );
  const padded = (text: string, i: number): string =>
    text + " ".repeat((widths[i] ?? 0) - Bun.stringWidth(text));
  const line = (row: readonly string[]): string => `| ${row.map(padded).join(" | ")} |`;
  const [head = [], ...body] = all;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(head), rule, ...body.map(line)].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
