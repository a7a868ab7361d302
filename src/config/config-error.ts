// The error that is thrown when a configuration cannot be used.

import { CONFIG_PROBLEMS_SHOWN_MAX } from "../core/limits.ts";

/**
 * A configuration that cannot be used. The message has one line for each problem; it never holds a
 * secret.
 */
export class ConfigError extends Error {
  readonly code = "config";
  /** At most 50. */
  readonly problems: readonly string[];
  /** The number of all problems, including those that have no line. */
  readonly problemCount: number;
  constructor(problems: readonly string[], problemCount = problems.length) {
    const lines = problems.slice(0, CONFIG_PROBLEMS_SHOWN_MAX);
    const more = problemCount - lines.length;
    super([...lines, ...(more > 0 ? [`and ${more} more problems.`] : [])].join("\n"));
    this.name = "ConfigError";
    this.problems = lines;
    this.problemCount = problemCount;
  }
}
