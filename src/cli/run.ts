// The command without a name: loads the configuration and hands it to the program's own start.

import { ConfigError, type ConfigSource, type ProxyConfig, loadConfig } from "../config/index.ts";
import { nearest } from "../core/nearest.ts";
import { type CliIo, type Command, ExitCode } from "./command.ts";
import type { Distribution } from "./distribution.ts";

export interface StartContext {
  readonly distribution: Distribution;
  readonly source: ConfigSource;
  readonly io: CliIo;
}

/** Runs the program until it is told to stop; resolves to the exit code. */
export type Start = (config: ProxyConfig, context: StartContext) => Promise<number>;

/** `otherCommands` are the words that somebody may have misspelt when the file is not there. */
export function runCommand(
  start: Start,
  { defaultConfigPath: defaultFile }: Distribution,
  otherCommands: readonly string[],
): Command {
  return {
    name: "",
    operands: "[config.json]",
    operandsMax: 1,
    summary: "Run the proxy.",
    flags: [],
    notes: [
      `When no file is named, ./${defaultFile} is used if it is there, else defaults.`,
      "TERO_* variables override single keys: TERO_LISTEN_PORT=9000 is listen_port.",
    ],
    async run({ operands: [path] }, { distribution, env, io, readFile }) {
      const { program, defaultConfigPath: defaultPath } = distribution;
      try {
        const { config, warnings, source } = loadConfig({ path, defaultPath, env, readFile });
        for (const warning of warnings) io.err(`${program}: warning: ${warning}\n`);
        return await start(config, { distribution, source, io });
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        io.err(`${error.message}\n`);
        const near = path === undefined ? undefined : nearest(path, otherCommands);
        if (near !== undefined) io.err(`Did you mean the command "${program} ${near}"?\n`);
        return ExitCode.config;
      }
    },
  };
}
