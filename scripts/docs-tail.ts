// Prints what is derived from the tailer's settings: docs/tail-options.md and
// schema/tail.schema.json. `--check` writes nothing and exits with 1 when a committed file differs.

import { resolve } from "node:path";
import { z } from "zod";
import { tailSpec } from "../src/cli/tail-spec.ts";
import { type KeyEntry, keyGroups } from "../src/config/keys.ts";
import type { MetricSpec } from "../src/o11y/index.ts";
import { TAIL_METRICS } from "../src/tail/program/tail-metrics.ts";
import { tailSchema } from "../src/tail/settings/schema.ts";

const ROOT = resolve(import.meta.dir, "..");

/** The derived files by path from the root of the project. */
export function generateTail(): ReadonlyMap<string, string> {
  return new Map([
    ["docs/tail-options.md", optionsPage()],
    ["schema/tail.schema.json", jsonText(jsonSchema())],
  ]);
}

function jsonSchema(): object {
  const schema = z.toJSONSchema(tailSchema, { io: "input" });
  return { ...schema, title: "edge-tail settings" };
}

/** As the formatter of this project prints it: lists of short texts on one line. */
function jsonText(value: object): string {
  const text = JSON.stringify(value, undefined, 2);
  const listOfTexts = /\[\s+("[^"\n]*"(?:,\s+"[^"\n]*")*)\s+\]/g;
  const inlined = text.replaceAll(listOfTexts, (_, items: string) => {
    return `[${items.replaceAll(/\s*\n\s*/g, " ")}]`;
  });
  return `${inlined}\n`;
}

const INTRODUCTION = `# Settings and metrics of edge-tail

<!-- Printed by scripts/docs-tail.ts from src/tail/settings/schema.ts; do not edit by hand. -->

What \`edge-tail\` does is told in [tail.md](tail.md). Each setting is an option, a variable and a key
of the file that \`-c\` names, in JSON or YAML. The command line wins over variables, these over the
file, and that over defaults. In every text \`\${NAME}\` is replaced by the variable \`NAME\`, as in the
[configuration of the proxy](configuration.md#variables). Paths begin at the working directory. An
unknown key is an error. For editors: \`"$schema": "./schema/tail.schema.json"\`.
`;

function optionsPage(): string {
  const sections = keyGroups(tailSchema).map(({ path, about, keys }) => {
    const name = path.join(".");
    const title = name === "" ? "## Keys" : `## \`${name}\``;
    const text = about === "" ? "" : `\n${about}\n`;
    return `${title}\n${text}\n${keys.map(keyBlock).join("\n")}`;
  });
  return [INTRODUCTION, ...sections, metricsSection()].join("\n");
}

const METRICS_INTRODUCTION = `## Metrics

What \`/_edge/metrics\` of \`--metrics-listen\` shows beside [the metrics of all programs](metrics.md).
`;

function metricsSection(): string {
  const specs: readonly MetricSpec[] = Object.values(TAIL_METRICS);
  const blocks = specs.map(({ name, help, type, unit, open, labels = [] }) => {
    const facts = [`- Type: ${type}`];
    if (unit !== "none") facts.push(`- Unit: ${unit}`);
    if (open !== undefined) {
      facts.push(`- Label \`${open.name}\`: up to ${open.valuesMax} values, one of them \`other\``);
    }
    for (const label of labels) {
      const values = label.values.map((value) => `\`${value}\``).join(", ");
      facts.push(`- Label \`${label.name}\`: ${values}`);
    }
    return `### \`${name}\`\n\n${help}\n\n${facts.join("\n")}\n`;
  });
  return [METRICS_INTRODUCTION, ...blocks].join("\n");
}

function keyBlock(entry: KeyEntry): string {
  const flag = tailSpec.flags.find(({ key }) => key === entry.name);
  const facts = [`Allowed: ${entry.hint.allowed}.`, defaultText(entry)];
  if (flag !== undefined) {
    const short = flag.short === undefined ? "" : `, \`${flag.short}\``;
    facts.push(`Option: \`${flag.name}\`${short}.`);
  }
  if (entry.variable !== undefined) facts.push(`Variable: \`${entry.variable}\`.`);
  return `### \`${entry.name}\`\n\n${entry.about}\n\n${facts.filter((fact) => fact !== "").join("  \n")}\n`;
}

function defaultText({ required, fallback, hint }: KeyEntry): string {
  if (required) return "Required.";
  if (fallback === undefined) return "";
  if (hint.kind === "list" || hint.kind === "map") return "Default: empty.";
  const unit = hint.unit === undefined ? "" : ` ${hint.unit}`;
  return `Default: \`${typeof fallback === "string" ? fallback : JSON.stringify(fallback)}\`${unit}.`;
}

async function main(args: readonly string[]): Promise<number> {
  let stale = 0;
  for (const [path, text] of generateTail()) {
    const file = Bun.file(resolve(ROOT, path));
    if ((await file.exists()) && (await file.text()) === text) continue;
    if (args.includes("--check")) stale++;
    else await Bun.write(file, text);
    console.log(
      args.includes("--check")
        ? `${path} is stale; run "bun scripts/docs-tail.ts".`
        : `${path} written`,
    );
  }
  return stale === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main(Bun.argv.slice(2));
