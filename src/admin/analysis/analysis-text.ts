// The result of an analysis as lines for people.

import type { AnalysisDocument } from "./analysis-document.ts";

interface Row {
  readonly records_per_second: number;
  readonly bytes_per_second: number;
  readonly share_bytes: number;
}

export function analysisText(document: AnalysisDocument): string {
  const { on, since, until, seconds, sample, logs, metrics, traces } = document;
  const state = on ? `on until ${until ?? "the program ends"}` : "off";
  const head = `# analysis=${state} since=${since ?? "never"} seconds=${seconds} requests=${sample.requests}`;
  const lines = [head];
  for (const row of logs?.patterns ?? []) {
    lines.push(`log ${amounts(row)} ${row.severity || "-"} ${row.service || "-"} ${row.template}`);
  }
  for (const { name, series, ...row } of metrics?.names ?? []) {
    lines.push(`metric ${amounts(row)} series=${series} ${name}`);
  }
  for (const row of traces?.spans ?? []) {
    const errors = `errors=${percent(row.error_share)}`;
    lines.push(`span ${amounts(row)} ${errors} ${row.service || "-"} ${row.name}`);
  }
  return `${lines.join("\n")}\n`;
}

function amounts({ share_bytes, records_per_second, bytes_per_second }: Row): string {
  return `${percent(share_bytes)} ${records_per_second}/s ${bytes_per_second}B/s`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}
