// Prints what is derived: docs/configuration.md and schema/config.schema.json from the schema of
// the configuration, docs/cli.md from the table of commands, schema/policies.schema.json from the
// decoder's tables. `--check` writes nothing and exits with 1 when a committed file differs.

import { resolve } from "node:path";
import { DISTRIBUTIONS } from "../src/distributions.ts";
import { type KeyEntry, type KeyGroup, keyGroups } from "../src/config/keys.ts";
import { configFileSchema } from "../src/config/json-schema.ts";
import { configSchema } from "../src/config/schema.ts";
import { policyFileSchema } from "../src/policy/decode/json-schema.ts";
import { commandLinePage } from "./docs-cli.ts";

const ROOT = resolve(import.meta.dir, "..");

/** The derived files by path from the root of the project. */
export function generate(): ReadonlyMap<string, string> {
  return new Map([
    ["docs/configuration.md", configurationPage()],
    ["docs/cli.md", commandLinePage()],
    ["schema/config.schema.json", jsonText(configFileSchema())],
    ["schema/policies.schema.json", jsonText(policyFileSchema())],
  ]);
}

const LIST_OF_SCALARS = /\n( *)(.*)\[\s+((?:"[^"\n]*"|\d+)(?:,\s+(?:"[^"\n]*"|\d+))*)\s+\](,?)/g;
const COLUMNS_MAX = 100;

/** As the formatter of this project prints it: short lists of texts and numbers on one line. */
function jsonText(value: object): string {
  const text = JSON.stringify(value, undefined, 2);
  const inlined = text.replaceAll(
    LIST_OF_SCALARS,
    (whole: string, blanks: string, before: string, items: string, comma: string) => {
      const line = `${blanks}${before}[${items.replaceAll(/\s*\n\s*/g, " ")}]${comma}`;
      return line.length > COLUMNS_MAX ? whole : `\n${line}`;
    },
  );
  return `${inlined}\n`;
}

/** The distributions that read another file by default than `edge` does. */
const OTHER_PATHS = Object.values(DISTRIBUTIONS)
  .filter(({ defaultConfigPath }) => defaultConfigPath !== DISTRIBUTIONS.edge.defaultConfigPath)
  .map(({ program, defaultConfigPath }) => `${program}: \`./${defaultConfigPath}\``)
  .join(", ");

const INTRODUCTION = `# Configuration

<!-- Printed by scripts/docs.ts from src/config/schema.ts; do not edit by hand. -->

\`edge [config.json]\` reads one file, in JSON or YAML. Without a path it reads the one that
the variable \`EDGE_CONFIG\` names, else \`./config.json\` if it is there, else it runs on defaults and
environment variables. Other distributions look for a file of their own before that:
${OTHER_PATHS}. \`edge validate [config.json]\` checks the file, and the policy
files and certificates that it names, and exits with 0 or 78.

- An unknown key is an error, at every level. A key set to \`null\` counts as left out.
- A file called \`.yaml\` or \`.yml\` is YAML 1.2, one called \`.json\` is JSON; any other is JSON when it begins with a
  brace. In YAML, write \`"stdout:"\` and other texts with a colon at their end in quotes.
- A key twice in one object is an error. The file is UTF-8, at most 1 MiB; in YAML 64 KiB.
- Paths of files that are not absolute begin at the folder of the configuration file, also when
  they come from a variable; without a file, at the working directory.
- For editors: \`"$schema": "./schema/config.schema.json"\`.

\`\`\`json
{
  "listen_address": "0.0.0.0",
  "upstream_url": "https://otlp.example.com",
  "policy_providers": [
    {
      "id": "control-plane",
      "type": "http",
      "url": "https://sync.example.com/v1/policy/sync",
      "headers": [{ "name": "Authorization", "value": "Bearer \${TERO_API_KEY}" }]
    },
    { "id": "local", "type": "file", "path": "policies.yaml" }
  ]
}
\`\`\`

## Variables

Every key, but those within the items of a list, can be overridden by the variable that its
section names. Numbers are decimal; true and false may also be 1 and 0. An empty variable takes away
a key that has no default, and is ignored for any other. A \`TERO_\` variable that nothing reads gives
a warning.

A list of texts is separated by commas: \`TERO_CORS_ALLOWED_ORIGINS=https://a.example,https://b.example\`.
Blanks around an item do not count; \`\\,\` is a comma that separates nothing, and \`\\\\\` a backslash. A
list of objects, and an object of paths, are JSON, and take the place of the whole list:
\`TERO_POLICY_PROVIDERS='[{"type":"file","path":"policies.yaml"}]'\`.

In every string, also those of variables, \`\${NAME}\` is replaced by the variable \`NAME\`. An
unset variable is an error unless a default is given: \`\${NAME:-default}\`, which is also used when
the variable is empty. \`$\${\` stands for a literal \`\${\`. What was put in is not looked into again.

Order: defaults, file, \`TERO_\` variables, \`\${NAME}\`, checks. Messages about a wrong value name
the file, the line and the column, or the variable; values of headers, tokens, and userinfo and
query of URLs are never printed.
`;

function configurationPage(): string {
  const sections = keyGroups(configSchema).map(sectionOf);
  return [INTRODUCTION, ...sections].join("\n");
}

function sectionOf(group: KeyGroup): string {
  const name = group.path.join(".");
  const title = name === "" ? "## Keys" : `## \`${name}\``;
  const about = group.about === "" ? "" : `\n${group.about}\n`;
  const blocks = group.keys.map((entry) => keyBlock(entry));
  return `${title}\n${about}\n${blocks.join("\n")}`;
}

function keyBlock(entry: KeyEntry): string {
  const facts = [`Allowed: ${entry.hint.allowed}.`, defaultText(entry)];
  if (entry.variable !== undefined) facts.push(`Variable: \`${entry.variable}\`.${formOf(entry)}`);
  const heading = `### \`${entry.name}\``;
  return `${heading}\n\n${entry.about}\n\n${facts.filter((fact) => fact !== "").join("  \n")}\n`;
}

/** How a variable holds what is more than one value. */
function formOf({ hint, items }: KeyEntry): string {
  if (hint.kind !== "list" && hint.kind !== "map") return "";
  return items === undefined ? " It holds JSON." : " Items are separated by commas.";
}

function defaultText(entry: KeyEntry): string {
  if (entry.required) return "Required.";
  if (entry.fallback === undefined) return "";
  if (entry.hint.kind === "list" || entry.hint.kind === "map") return "Default: empty.";
  const unit = entry.hint.unit === undefined ? "" : ` ${entry.hint.unit}`;
  return `Default: \`${literal(entry.fallback)}\`${unit}${binaryText(entry)}.`;
}

function literal(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** " (20 MiB)" for a number of bytes that is a whole number of MiB. */
function binaryText({ hint, fallback }: KeyEntry): string {
  const mib = Number(fallback) / (1024 * 1024);
  return hint.unit === "bytes" && mib >= 1 && Number.isInteger(mib) ? ` (${mib} MiB)` : "";
}

async function main(args: readonly string[]): Promise<number> {
  const check = args.includes("--check");
  let stale = 0;
  for (const [path, text] of generate()) {
    const file = Bun.file(resolve(ROOT, path));
    if ((await file.exists()) && (await file.text()) === text) continue;
    if (!check) await Bun.write(file, text);
    else stale++;
    console.log(check ? `${path} is stale; run "bun scripts/docs.ts".` : `${path} written`);
  }
  return stale === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main(Bun.argv.slice(2));
