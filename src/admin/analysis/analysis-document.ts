// The result of an analysis as the page's JSON document.

import type { AnalysisControl, AnalysisReading } from "./analysis-control.ts";

export type AnalysisDocument = Awaited<ReturnType<typeof documentOf>>;

export async function documentOf(
  control: AnalysisControl,
  reading: AnalysisReading,
  rowsMax: number,
) {
  const { reportOf } = await import("../../analysis/index.ts");
  const { analyser, seconds, isOn, sinceMs, untilMs, asked, answered } = reading;
  const { sample, memoryBytesMax } = control.config;
  return {
    on: isOn,
    signals: analyser?.spec.signals ?? [],
    since: isoTime(sinceMs),
    until: isoTime(untilMs),
    seconds,
    threads: { asked, answered },
    sample: { share: sample, requests: analyser?.looks ?? 0, of: analyser?.requests ?? 0 },
    memory: { bytes: reading.memoryBytes, bytes_max: memoryBytesMax },
    ...reportOf(analyser, { seconds, rowsMax }),
  };
}

function isoTime(unixMs: number | undefined): string | null {
  return unixMs === undefined ? null : new Date(unixMs).toISOString();
}
