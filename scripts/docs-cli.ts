// The page about the command line, printed from the table of commands.

import {
  commandHelp,
  commandsOf,
  ExitCode,
  POLICY_COMMANDS,
  proxySpec,
  REMOTE_COMMANDS,
} from "../src/cli/index.ts";
import { DISTRIBUTIONS } from "../src/distributions.ts";

/** As the formatter of this project prints tables. */
function exitCodes(): string {
  const rows = [
    ["exit code", "means"],
    [String(ExitCode.ok), "the command did its work and found nothing wrong"],
    [String(ExitCode.failed), "the command found something, or could not go on"],
    [String(ExitCode.usage), "the command line is wrong"],
    [String(ExitCode.fault), "a fault of the program itself; the report is on standard error"],
    [String(ExitCode.config), "the configuration, or a policy file, is wrong"],
  ] as const;
  const widths = [0, 1].map((i) => Math.max(...rows.map((row) => (row[i] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  const [head, ...rest] = rows;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(head), rule, ...rest.map(line)].join("\n");
}

const INTRODUCTION = `# Command line

<!-- Printed by scripts/docs.ts from the table of commands; do not edit by hand. -->

\`edge [config.json]\` runs the proxy. If the first word that is not an option is the name of a
command, Edge runs that command. To name a file instead, write \`edge ./validate\` or
\`edge -- validate\`. Other distributions have the same commands under their own names. In a
checkout, use \`npx bun run src/edge.ts\` instead of \`edge\`.

Results go to standard output, and mistakes in the command line to standard error. Output has
colours on terminals; to change that, use \`NO_COLOR\`, \`FORCE_COLOR\` or \`--color\`. With \`--json\`, a
command prints one document, and \`tap\` and \`top\` print one per line. \`edge schema output COMMAND\`
prints its JSON Schema. A command ends when nobody reads its output any more.

In GitHub workflows, use [\`deploy/github-action\`](../deploy/github-action/action.yml) to run \`validate\`, \`lint\` and
\`test\`. For pre-commit, use the hooks in [\`.pre-commit-hooks.yaml\`](../.pre-commit-hooks.yaml).

${exitCodes()}
`;

export function commandLinePage(): string {
  const distribution = DISTRIBUTIONS.edge;
  const nobody = (): Promise<never> => Promise.reject(new Error("nothing is run here"));
  const commands = commandsOf(proxySpec(distribution, nobody), {
    distribution,
    version: "",
    checkPolicyFiles: nobody,
    commands: [...POLICY_COMMANDS, ...REMOTE_COMMANDS],
  });
  const sections = commands.map((command) => {
    const title = command.name === "" ? "Without a command" : `\`${command.name}\``;
    return `## ${title}\n\n\`\`\`text\n${commandHelp(distribution, command)}\`\`\`\n`;
  });
  return [INTRODUCTION, ...sections].join("\n");
}
