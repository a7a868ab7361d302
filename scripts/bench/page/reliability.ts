// docs/reliability.md from results: what every door does under every fault, what honest clients
// notice of hostile ones, and what minutes of mixed traffic came to.

import { FAULT_TABLE } from "../../chaos/at-doors.ts";
import { FAULTS } from "../../chaos/faults.ts";
import { CLIENT_FAULTS, CLIENT_TABLE } from "../../chaos/of-clients.ts";
import type { Figures } from "../report/figures.ts";
import type { BenchResult, Results } from "../report/results.ts";
import { circumstances, figuresTable, notWhole } from "./figures-text.ts";
import { plotsOf } from "./plots.ts";

const HEAD = `# Reliability

<!-- Printed by scripts/chaos.ts and scripts/soak.ts, or scripts/docs-figures.ts, from bench/results. -->

What was seen when things failed, measured. [What happens when something fails](faults.md) says what
is promised, and tests hold it; here every door is put under every fault, with records that have
numbers, so that what was lost or came twice can be told.

<!-- not run: they take minutes, and load the machine -->

\`\`\`sh
npx bun run chaos            # faults at every door, and hostile clients: three minutes
npx bun run soak             # mixed traffic for ten minutes; --minutes=60 for longer
\`\`\`

**Lost** are records that the client was told to be taken (2xx) and that the backend has not, though
policies keep them; **twice** those that the backend has more than once though the client sent them
once. Counters are those of [\`/_edge/metrics\`](metrics.md) without \`edge_\` and \`_total\`, with the
label that tells most.
`;

export function reliabilityPage(results: Results): string {
  const bench = (name: string): BenchResult | undefined =>
    results.benches.find((one) => one.name === name);
  const [chaos, soak] = [bench("chaos"), bench("soak")];
  const plot = plotsOf(results).find(({ name }) => name === "soak");
  return [
    HEAD,
    "## Faults at every door\n",
    ...(chaos === undefined
      ? [NOT_RUN]
      : [lead(chaos), ...faultSections(chaos, FAULT_TABLE, FAULTS)]),
    "## Faults of clients\n",
    "What is sent is not as it should be. Over gRPC: [another page](faults.md#grpc).\n",
    ...(chaos === undefined ? [NOT_RUN] : faultSections(chaos, CLIENT_TABLE, CLIENT_FAULTS)),
    "## Hostile clients\n",
    "Clients that send small requests, one after the other, beside those that stall, bomb, pipeline, reset and send noise, each kind alone and then all. [How it is bounded](faults.md#hostile-input).\n",
    ...(chaos === undefined
      ? [NOT_RUN]
      : tables(chaos, (title) => ![FAULT_TABLE, CLIENT_TABLE].includes(title))),
    "## Soak\n",
    "All doors at once, at half of what they bear, with two workers: policies are replaced every second, the backend fails for one request in twenty, and workers end now and then.\n",
    ...(plot === undefined ? [] : [`![${plot.title}](plots/${plot.name}.svg)\n`]),
    ...(soak === undefined ? [NOT_RUN] : [lead(soak), ...tables(soak, () => true)]),
  ].join("\n");
}

const NOT_RUN = "No run is kept.\n";

function lead(bench: BenchResult): string {
  return `${notWhole(bench)}${circumstances(bench)}\n`;
}

function tables({ tables: all }: BenchResult, isShown: (title: string) => boolean): string[] {
  const shown = all.filter(({ title }) => isShown(title) && title !== "the soak, by time");
  return shown.map((table) => `${figuresTable(table)}\n`);
}

function faultSections(
  { tables: all }: BenchResult,
  title: string,
  faults: readonly { readonly name: string; readonly about: string }[],
): string[] {
  const table = all.find((one) => one.title === title);
  if (table === undefined) return [];
  return faults.flatMap(({ name, about }) => {
    const rows = table.rows.filter((row) => row.name.startsWith(`${name} · `));
    if (rows.length === 0) return [];
    const own: Figures = {
      title: "door",
      columns: table.columns,
      rows: rows.map((row) => ({ ...row, name: row.name.slice(name.length + 3) })),
    };
    const heading = name === "none" ? "Nothing fails" : name.replace(/^./, (c) => c.toUpperCase());
    return [`### ${heading}\n`, `${about}\n`, `${figuresTable(own)}\n`];
  });
}
