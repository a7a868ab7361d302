// Lines over a number: how something grows. Each line is named at its end.

import { type Axis, scaleOf, tickText } from "./scale.ts";
import { type Drawing, HEIGHT, KINDS, line, MARGIN, rounded, svg, text, WIDTH } from "./svg.ts";

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface LinePlot extends Drawing {
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
}

const LABEL_PX = 15;

export function linePlot(plot: LinePlot): string {
  const [left, right] = [MARGIN.left, WIDTH - MARGIN.right];
  const [top, bottom] = [MARGIN.top, HEIGHT - MARGIN.bottom];
  const points = plot.lines.flatMap((one) => one.points);
  const xs = points.map(([x]) => x);
  const x = scaleOf(xs, plot.x, left, right);
  const y = scaleOf(
    points.map(([, value]) => value),
    plot.y,
    bottom,
    top,
  );
  const parts = [
    ...y.ticks.flatMap((tick) => [
      line(left, y.at(tick), right, y.at(tick), "grid"),
      text(left - 6, y.at(tick) + 4, tickText(tick), "end"),
    ]),
    ...x.ticks.map((tick) => text(x.at(tick), bottom + 18, tickText(tick), "middle")),
    line(left, bottom, right, bottom, "axis"),
    text((left + right) / 2, HEIGHT - 10, plot.x.label, "middle"),
    text(left, MARGIN.top - 4, plot.y.label),
  ];
  const ends = apart(plot.lines.map((one) => y.at(one.points.at(-1)?.[1] ?? 0)));
  for (const [i, { name, points: own }] of plot.lines.entries()) {
    const path = own.map(([a, b]) => `${rounded(x.at(a))} ${rounded(y.at(b))}`).join("L");
    parts.push(`<path d="M${path}" class="k${i % KINDS}"/>`);
    parts.push(text(right + 8, (ends[i] ?? 0) + 4, name, "start", `f${i % KINDS}`));
  }
  return svg(plot, parts);
}

/** The same heights, moved so that no two labels cover each other. */
function apart(heights: readonly number[]): number[] {
  const order = [...heights.keys()].sort((a, b) => (heights[a] ?? 0) - (heights[b] ?? 0));
  const moved = [...heights];
  let last = -Infinity;
  for (const i of order) {
    last = Math.max(moved[i] ?? 0, last + LABEL_PX);
    moved[i] = last;
  }
  return moved;
}
