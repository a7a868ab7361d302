// From values to places on a plot, and the values that an axis names.

export interface Axis {
  readonly label: string;
  readonly isLogarithmic?: boolean;
}

export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

const TICKS = 5;

/** `from` and `to` are the ends of the axis on the plot. */
export function scaleOf(values: readonly number[], axis: Axis, from: number, to: number): Scale {
  const most = Math.max(...values);
  if (axis.isLogarithmic !== true) {
    const ticks = linearTicks(most);
    const end = ticks.at(-1) ?? 1;
    return { at: (value) => from + (value / end) * (to - from), ticks };
  }
  const positive = values.filter((value) => value > 0);
  const first = Math.floor(Math.log10(Math.min(...positive)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(most)));
  const at = (value: number): number =>
    from + ((Math.log10(Math.max(value, 10 ** first)) - first) / (last - first)) * (to - from);
  return { at, ticks: Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i)) };
}

/** From 0 to at least `most`, by 1, 2 or 5 times a power of ten. */
function linearTicks(most: number): number[] {
  if (!(most > 0)) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(most / TICKS));
  const step = ([1, 2, 5, 10].find((times) => most / (times * power) <= TICKS) ?? 10) * power;
  const count = Math.ceil(most / step);
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

export function tickText(value: number): string {
  if (value >= 1_000_000) return `${value / 1_000_000} M`;
  return value >= 1000 ? value.toLocaleString("en") : String(value);
}
