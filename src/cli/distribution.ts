// What a command line needs to know about its program.

import type { Environment } from "../config/index.ts";

/** Names the configuration file where the command line does not; images set it. */
export const CONFIG_VARIABLE = "EDGE_CONFIG";

/** The file that the variable names; an empty one is none. */
export function namedConfig(env: Environment): string | undefined {
  return env[CONFIG_VARIABLE] || undefined;
}

/** What a command line needs to know about its distribution: name, protocols and defaults. */
export interface Distribution {
  /** The `distribution` label of metrics and build information. */
  readonly label: string;
  /** The executable's name. */
  readonly program: string;
  /** One line for `--help`. */
  readonly purpose: string;
  /** Read when no file is named, if it is there; relative to the working directory. */
  readonly defaultConfigPath: string;
}
