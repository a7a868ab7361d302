// The command line: which command, which configuration, which exit code. It knows nothing about
// servers; a distribution passes in how its settings are loaded and how it starts.

export { type CliOptions, runCli, runCommandLine } from "./cli.ts";
export { commandsOf } from "./command-table.ts";
export { type CliIo, type Command, ExitCode, valueOf } from "./command.ts";
export { commandHelp } from "./help.ts";
export type { Distribution } from "./distribution.ts";
export { keyFlags, overridesOf } from "./key-flags.ts";
export { POLICY_COMMANDS } from "./policies/commands.ts";
export { REMOTE_COMMANDS } from "./remote/commands.ts";
export type { ProgramSpec, Start, StartContext } from "./program-spec.ts";
export { proxySpec } from "./proxy-spec.ts";
export type { PolicyFileReport } from "../providers/index.ts";
