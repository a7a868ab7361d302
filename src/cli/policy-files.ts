// Policy files as commands are given them: a file, or a folder of them; and whether a file is one.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ReadFile } from "../config/index.ts";
import { POLICY_FILE_BYTES_MAX } from "../core/limits.ts";

/** Files of policies end so when they are found in a folder. */
const EXTENSIONS = /\.(?:json|ya?ml)$/i;
/** A key as JSON and YAML write it, at the beginning of a line or behind a bracket or a comma. */
const POLICIES_KEY = /(?:^|[{,\n])\s*["']?policies["']?\s*:/;
/** Every configuration that does anything has one of these. */
const CONFIG_KEY =
  /(?:^|[{,\n])\s*["']?(?:policy_providers|(?:upstream|logs|metrics|traces)_url|listen_\w+|prometheus)["']?\s*:/;

/** The text of a file; undefined when it cannot be read as one. */
export function textOf(path: string, readFile: ReadFile): string | undefined {
  try {
    const bytes = readFile(path, POLICY_FILE_BYTES_MAX);
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Whether a text is meant as a policy file, be it a broken one. */
export function looksLikePolicies(text: string): boolean {
  return POLICIES_KEY.test(text) && !CONFIG_KEY.test(text);
}

/** Whether a text is meant as a configuration. */
export function looksLikeConfig(text: string): boolean {
  return CONFIG_KEY.test(text);
}

/** The policy files in a folder, by name; any other path as it is. */
export function expanded(path: string): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
  } catch {
    return [path];
  }
  return readdirSync(path)
    .filter((name) => EXTENSIONS.test(name))
    .sort()
    .map((name) => join(path, name));
}
