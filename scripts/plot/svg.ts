// What plots are made of: one SVG file that needs nothing beside it, readable in light and in dark.

export const WIDTH = 720;
export const HEIGHT = 340;
export const MARGIN = { left: 64, right: 160, top: 48, bottom: 48 };
/** Kinds of lines and bars that the style below knows. */
export const KINDS = 6;

/** Told apart by people who see colours otherwise, too; lines also differ by dashes. */
const LIGHT = ["#0060a8", "#c04a00", "#007a59", "#a0447c", "#7a6000", "#444444"];
const DARK = ["#6cb8ff", "#ff9a5c", "#4fd1a5", "#f0a0cf", "#e5c94e", "#c8c8c8"];
const DASHES = ["none", "7 3", "2 3", "9 3 2 3", "4 4", "1 4"];

const rules = (colours: readonly string[]): string =>
  colours.map((colour, i) => `.k${i}{stroke:${colour}}.f${i}{fill:${colour}}`).join("");

const STYLE = `text{font:12px system-ui,sans-serif;fill:#222}.title{font-weight:600;font-size:14px}
.grid{stroke:#d8d8d8}.axis{stroke:#777}path{fill:none;stroke-width:2}
${DASHES.map((dash, i) => `.k${i}{stroke-dasharray:${dash}}`).join("")}
${rules(LIGHT)}
@media (prefers-color-scheme:dark){
text{fill:#ddd}.grid{stroke:#3a3f46}.axis{stroke:#999}${rules(DARK)}}`;

export interface Drawing {
  readonly title: string;
  /** What it shows, for those who do not see it. */
  readonly description: string;
  readonly height?: number;
}

export function svg({ title, description, height = HEIGHT }: Drawing, parts: string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="t d">
<title id="t">${escaped(title)}</title>
<desc id="d">${escaped(description)}</desc>
<style>${STYLE}</style>
${text(MARGIN.left, 20, title, "start", "title")}
${parts.join("\n")}
</svg>
`;
}

export function text(
  x: number,
  y: number,
  content: string,
  anchor: "start" | "middle" | "end" = "start",
  name = "",
): string {
  const shown = name === "" ? "" : ` class="${name}"`;
  return `<text x="${rounded(x)}" y="${rounded(y)}" text-anchor="${anchor}"${shown}>${escaped(content)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, name: string): string {
  const [a, b, c, d] = [x1, y1, x2, y2].map(rounded);
  return `<line x1="${a}" y1="${b}" x2="${c}" y2="${d}" class="${name}"/>`;
}

export function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
