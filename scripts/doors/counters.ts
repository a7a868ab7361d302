// What Edge counts, as `/_edge/metrics` tells it.

export type Counters = ReadonlyMap<string, number>;

export async function countersOf(url: string): Promise<Counters> {
  const text = await pageOf(`${url}/_edge/metrics`);
  const counters = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [, series = "", value = ""] = /^([a-z_]+(?:\{.*\})?) ([\d.e+-]+)$/.exec(line) ?? [];
    if (series !== "") counters.set(series, Number(value));
  }
  return counters;
}

/** Workers may all have ended; after several in a row the next ones take seconds to be there. */
async function pageOf(url: string, tries = 300): Promise<string> {
  try {
    const answer = await fetch(url, { keepalive: false });
    if (answer.ok) return await answer.text();
  } catch (error) {
    if (tries === 0) throw error;
  }
  if (tries === 0) throw new Error(`${url} does not answer`);
  await Bun.sleep(100);
  return pageOf(url, tries - 1);
}

/** The sum of a metric, of those of its series that have all of these in their labels. */
export function sumOf(counters: Counters, metric: string, ...labels: readonly string[]): number {
  let sum = 0;
  for (const [series, value] of counters) {
    const isOf = series === metric || series.startsWith(`${metric}{`);
    if (isOf && labels.every((label) => series.includes(label))) sum += value;
  }
  return sum;
}

/** What grew, by series, of the metrics whose names match. */
export function grown(before: Counters, after: Counters, metrics: RegExp): Map<string, number> {
  const more = new Map<string, number>();
  for (const [series, value] of after) {
    const by = value - (before.get(series) ?? 0);
    if (by > 0 && metrics.test(series)) more.set(series, by);
  }
  return more;
}
