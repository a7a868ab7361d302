// Bars, each with its name and its figure.

import { scaleOf, tickText } from "./scale.ts";
import { type Drawing, KINDS, line, MARGIN, rounded, svg, text, WIDTH } from "./svg.ts";

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** Bars of one kind look alike. */
  readonly kind: number;
}

export interface BarPlot extends Drawing {
  readonly label: string;
  readonly bars: readonly Bar[];
}

const BAR_PX = 22;
const NAME_PX = 310;

export function barPlot(plot: BarPlot): string {
  const right = WIDTH - 60;
  const bottom = MARGIN.top + plot.bars.length * BAR_PX;
  const values = plot.bars.map(({ value }) => value);
  const x = scaleOf(values, { label: plot.label }, NAME_PX, right);
  const parts = x.ticks.flatMap((tick) => [
    line(x.at(tick), MARGIN.top - 4, x.at(tick), bottom, "grid"),
    text(x.at(tick), bottom + 16, tickText(tick), "middle"),
  ]);
  for (const [i, { name, value, kind }] of plot.bars.entries()) {
    const y = MARGIN.top + i * BAR_PX;
    const width = rounded(x.at(value) - NAME_PX);
    parts.push(
      text(NAME_PX - 8, y + 14, name, "end"),
      `<rect x="${NAME_PX}" y="${y + 3}" width="${width}" height="${BAR_PX - 7}" class="f${kind % KINDS}"/>`,
      text(x.at(value) + 6, y + 14, tickText(Math.round(value))),
    );
  }
  parts.push(text((NAME_PX + right) / 2, bottom + 38, plot.label, "middle"));
  return svg({ ...plot, height: bottom + 52 }, parts);
}
