// Reads policy files that commands are given: a file, or a folder of files. Tells whether a file
// holds policies, in any form that providers read: a set, a list, a single policy, or a set in
// protobuf.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ReadFile } from "../config/index.ts";
import { POLICY_FILE_BYTES_MAX } from "../core/limits.ts";
import { isPolicySetFile } from "../providers/index.ts";

/** Files of policies end so when they are found in a folder. */
const EXTENSIONS = /\.(?:json|ya?ml|binpb|pb)$/i;
/** A key as JSON and YAML write it, at the beginning of a line or behind a bracket or a comma. */
const POLICIES_KEY = /(?:^|[{,\n])\s*["']?policies["']?\s*:/;
/** Keys that a policy has which is not in a set: the dialects' kinds, and what it is called. */
const KIND_KEY =
  /(?:^|[{,\n])\s*(?:-\s+)?["']?(?:log|metric|trace|(?:log|metric)_?filter|log_?transform|trace_?sampling)["']?\s*:/i;
const ID_KEY = /(?:^|[{,\n])\s*(?:-\s+)?["']?id["']?\s*:/;
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

/** Whether a file is meant as one of policies, be it a broken one. */
export function isPolicyFile(path: string, readFile: ReadFile): boolean {
  try {
    const bytes = readFile(path, POLICY_FILE_BYTES_MAX);
    if (isPolicySetFile(bytes, path)) return true;
  } catch {
    return false;
  }
  return looksLikePolicies(textOf(path, readFile) ?? "");
}

/** Whether a text is meant as a policy file. */
export function looksLikePolicies(text: string): boolean {
  if (CONFIG_KEY.test(text)) return false;
  return POLICIES_KEY.test(text) || (KIND_KEY.test(text) && ID_KEY.test(text));
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
