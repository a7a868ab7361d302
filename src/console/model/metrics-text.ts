// Reads the program's own metrics (/_edge/metrics): names, labels, values. Pure. It reads what Edge
// prints, not any exposition.

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Samples by the name of their metric. */
export type MetricSamples = ReadonlyMap<string, readonly Sample[]>;

const LINE = /^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>.*)\})? (?<value>\S+)$/;
const LABEL = /(?<key>[a-zA-Z_]\w*)="(?<text>(?:[^"\\]|\\.)*)"/g;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n" };

export function readMetrics(text: string): MetricSamples {
  const samples = new Map<string, Sample[]>();
  for (const line of text.split("\n")) {
    const { name, labels = "", value } = LINE.exec(line)?.groups ?? {};
    if (name === undefined) continue;
    const list = samples.get(name) ?? [];
    list.push({ labels: labelsOf(labels), value: Number(value) });
    samples.set(name, list);
  }
  return samples;
}

function labelsOf(text: string): Record<string, string> {
  const found = [...text.matchAll(LABEL)].map(({ groups }) => [
    groups?.["key"] ?? "",
    (groups?.["text"] ?? "").replace(/\\(.)/g, (_, char: string) => ESCAPES[char] ?? char),
  ]);
  return Object.fromEntries(found);
}

/** The sum of a metric's samples; of those that `where` picks. */
export function sumOf(
  metrics: MetricSamples,
  name: string,
  where: (labels: Sample["labels"]) => boolean = () => true,
): number {
  const samples = metrics.get(name) ?? [];
  return samples.reduce((sum, { labels, value }) => (where(labels) ? sum + value : sum), 0);
}
