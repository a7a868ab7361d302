// docs/performance.md from results: what was asked and what was measured, plots, and every table.

import type { BenchResult, Results } from "../report/results.ts";
import { TARGETS } from "../targets.ts";
import { circumstances, figuresTable, notWhole } from "./figures-text.ts";
import { markdownTable } from "./markdown.ts";
import { plotsOf } from "./plots.ts";
import { verdictOf } from "./verdicts.ts";

/** Benches whose tables are on docs/reliability.md. */
const RELIABILITY = ["chaos", "soak"];

const ABOUT: Readonly<Record<string, string>> = {
  otlp: "OTLP logs end to end through the compiled proxy, its own CPU time, beside a bare Bun proxy and nginx.",
  proxy:
    "The proxy around the engine: passing on beside nginx and bare Bun, a slow upstream, the start, workers.",
  engine:
    "The engine alone, bytes in to decision out on one core, beside looking at every policy in turn, and JSON.parse + JSON.stringify.",
  datadog: "Datadog logs, the engine alone, beside JSON.parse + JSON.stringify.",
  edits:
    "What edits cost, the engine alone, beside parsing the body, making the same edit and printing it.",
  prometheus:
    "Scrapes through the proxy, beside a bare Bun proxy, and grep -v of the same patterns.",
  tail: "The tailer, compiled, beside cat, tail and grep on the same input.",
  memory: "Resident memory and the start, of the compiled program.",
  grpc: "OTLP over gRPC beside the same over HTTP, by turns; the proxy's CPU time.",
  idle: "The processor's time when there is little to do.",
  burst: "A fresh process whose clients come all at once.",
  costs: "Single records that are made to be costly.",
  files: "Policy files that are none, or hardly, read by `edge validate`.",
  dump: "Copies of what is dropped, beside the same without copies, by turns.",
  analysis: "What is in a stream: how well it is found, in what memory, at what cost.",
  sizing: "What a core takes of the requests that senders have.",
  steps:
    "How long the longest step of judging one large body is, of shapes that are hard to cut into steps.",
  peers:
    "Beside an OpenTelemetry Collector and nginx, by turns: the same rules, the same records forwarded.",
  listeners: "Ways to take a request, without a proxy behind.",
};

const HEAD = `# Performance

<!-- Printed by scripts/bench.ts, or scripts/docs-figures.ts, from bench/results; do not edit by hand. -->

What Edge is asked to reach, and what was measured. Figures of one benchmark are of one run on one
machine, and compare with each other only: with another machine, or another hour of a shared one,
compare the ratios. CPU time is the program's own; a core is one that it has for itself.

<!-- not run: they take minutes, and load the machine -->

\`\`\`sh
npx bun run bench                # all of it, within 20 minutes, and this page
npx bun run bench --quick        # whether all of it runs: five minutes, into dist/bench
npx bun run bench all peers      # beside a Collector and nginx, which are added to the page
npx bun run bench edits "logs json"   # one benchmark, or some of its rows: printed only
npx bun run soak                 # ten minutes: reliability.md
npx bun run chaos                # faults at every door: reliability.md
\`\`\`

Load comes from [wrk](https://github.com/wg/wrk) and h2load, on Debian the packages \`wrk\` and
\`nghttp2-client\`; nginx is the package \`nginx\`. The Collector is built with Go from a list of its
parts ([\`collector-manifest.yaml\`](../scripts/bench/peers/collector-manifest.yaml)):

<!-- not run: it fetches and builds another program -->

\`\`\`sh
sudo apt-get install wrk nghttp2-client nginx golang
go install go.opentelemetry.io/collector/cmd/builder@v0.161.0
~/go/bin/builder --config scripts/bench/peers/collector-manifest.yaml
cp dist/collector/otelcol-peer ~/go/bin/
\`\`\`
`;

export function performancePage(results: Results): string {
  const plots = plotsOf(results).filter(({ name }) => name !== "soak");
  const shown = results.benches.filter(({ name }) => !RELIABILITY.includes(name));
  const sections = [
    HEAD,
    `## Asked and measured\n\n${summary(results)}\n`,
    ...Object.entries(TARGETS).map(([title, targets]) => {
      const rows = targets.map((target) => {
        const { measured, isMet } = verdictOf(target, results);
        const reason = isMet === false ? (target.why ?? "not looked into yet") : "";
        const met = isMet === undefined ? "–" : isMet ? "yes" : "**no**";
        return [target.subject, target.asked, measured, met, reason];
      });
      return `### ${title}\n\n${markdownTable(["what", "asked", "measured", "met", "why not"], rows)}\n`;
    }),
    "## Plots\n",
    ...(plots.length === 0 ? [NOT_RUN] : []),
    ...plots.map(({ name, title }) => `![${title}](plots/${name}.svg)\n`),
    "## Figures\n",
    ...(shown.length === 0 ? [NOT_RUN] : shown.map(benchSection)),
  ];
  return sections.join("\n");
}

const NOT_RUN = "No run is kept.\n";

function summary(results: Results): string {
  const all = Object.values(TARGETS).flat();
  const verdicts = all.map((target) => verdictOf(target, results).isMet);
  const count = (of: boolean | undefined): number => verdicts.filter((one) => one === of).length;
  const left = count(undefined);
  const rest = left === 0 ? "" : `, ${left} not measured`;
  return `${all.length} figures: ${count(true)} met, ${count(false)} not met${rest}. Of several rows the worst counts.`;
}

function benchSection(bench: BenchResult): string {
  const { name, tables } = bench;
  const about = ABOUT[name] === undefined ? "" : `${ABOUT[name]}\n\n`;
  const figures = tables.map(figuresTable).join("\n\n");
  return `### ${name}\n\n${about}${notWhole(bench)}${circumstances(bench)}\n\n${figures}\n`;
}
