// A small chart over time. A canvas says nothing to a screen reader: a sentence stands for it.

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";

export interface Line {
  readonly label: string;
  /** Of the swatches in style.css. */
  readonly colour: string;
}

interface ChartProps {
  readonly title: string;
  /** What it shows, in a sentence. */
  readonly summary: string;
  readonly lines: readonly Line[];
  /** Times in seconds, and the values of each line. */
  readonly data: readonly (readonly number[])[];
  readonly write: (value: number) => string;
  /** Steps between marks of the axis; default: round decimal ones. */
  readonly steps?: readonly number[];
}

/** Marks at whole KiB, MiB and GiB. */
export const BYTE_STEPS = Array.from({ length: 50 }, (_, power) => 2 ** power);

const HEIGHT_PX = 140;
const AXIS_PX = 74;

export function Chart({ title, summary, lines, data, write, steps }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const values = useRef(data);
  values.current = data;

  useEffect(() => {
    const { current: at } = box;
    if (at === null) return undefined;
    const draw = (): void => {
      chart.current?.destroy();
      chart.current = new uPlot(optionsOf(at, lines, write, steps), aligned(values.current), at);
    };
    draw();
    const resized = new ResizeObserver(() => {
      if (at.clientWidth > 0) chart.current?.setSize({ width: at.clientWidth, height: HEIGHT_PX });
    });
    resized.observe(at);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", draw);
    window.addEventListener("schemechange", draw);
    return () => {
      resized.disconnect();
      dark.removeEventListener("change", draw);
      window.removeEventListener("schemechange", draw);
      chart.current?.destroy();
    };
  }, []);

  useEffect(() => chart.current?.setData(aligned(data)), [data]);

  const isEmpty = (data[0]?.length ?? 0) < 2;
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{title}</span>
        {lines.map(({ label, colour }) => (
          <span class="key" key={label}>
            <i class={`swatch ${colour}`} /> {label}
          </span>
        ))}
      </figcaption>
      <div
        class={isEmpty ? "plot empty" : "plot"}
        ref={box}
        role="img"
        aria-label={`${title}: ${summary}`}
      />
      {isEmpty && <p class="plot-empty">Collecting the first seconds…</p>}
    </figure>
  );
}

/** uPlot takes lists that it may change. */
function aligned(data: readonly (readonly number[])[]): uPlot.AlignedData {
  const [times = [], ...lines] = data;
  return [[...times], ...lines.map((line) => [...line])];
}

function optionsOf(
  box: HTMLElement,
  lines: readonly Line[],
  write: (value: number) => string,
  steps: readonly number[] | undefined,
): uPlot.Options {
  const style = getComputedStyle(box);
  const grid = { stroke: colourOf(box, "grid"), width: 1 };
  const axis = { stroke: colourOf(box, "muted"), font: `11px ${style.fontFamily}`, grid };
  return {
    width: Math.max(200, box.clientWidth),
    height: HEIGHT_PX,
    cursor: { show: false },
    legend: { show: false },
    padding: [8, 8, 0, 0],
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [
      {
        ...axis,
        ticks: { show: false },
        size: 24,
        space: 70,
        values: (_plot, times) => times.map(clock),
      },
      {
        ...axis,
        ticks: { show: false },
        size: AXIS_PX,
        space: 30,
        ...(steps === undefined ? {} : { incrs: [...steps] }),
        values: (_plot, values) => values.map(write),
      },
    ],
    series: [
      {},
      ...lines.map(({ label, colour }) => ({
        label,
        stroke: colourOf(box, colour),
        width: 1.5,
        points: { show: false },
      })),
    ],
  };
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toTimeString().slice(0, 8);
}

/** As the scheme of colours has it now: a canvas reads no custom properties. */
function colourOf(box: HTMLElement, name: string): string {
  const probe = document.createElement("i");
  probe.className = `swatch ${name}`;
  box.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
