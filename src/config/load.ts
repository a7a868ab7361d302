// Loads the configuration: file, then TERO_* variables, then `${VAR}` in strings, then validation.
// Does no I/O but reading that one file, which is passed in; prints nothing.

import { readSync, openSync, closeSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import { Draft, type Problem, type SourceFile, isObject } from "./draft.ts";
import { applyEnvironment, unknownVariables } from "./environment.ts";
import { explainIssue } from "./explain.ts";
import { JsonSyntaxError, parseJsonTree, positionOf } from "./json-tree.ts";
import type { ProxyConfig } from "./model.ts";
import type { Machine } from "./own-address.ts";
import { resolveConfig } from "./resolve.ts";
import { type ConfigFile, configSchema } from "./schema.ts";
import type { Environment } from "./substitute.ts";
import { parseYamlTree } from "./yaml-tree.ts";
import { unverifiedWarnings } from "./unverified.ts";
import { CONFIG_FILE_BYTES_MAX } from "../core/limits.ts";

const PROBLEMS_SHOWN_MAX = 50;
/** Problems that are looked at closely, so that a file full of them is refused without delay. */
const PROBLEMS_EXPLAINED_MAX = 200;

/**
 * A configuration that cannot be used. The message has one line for each problem; it never holds a
 * secret.
 */
export class ConfigError extends Error {
  readonly code = "config";
  /** At most 50. */
  readonly problems: readonly string[];
  /** Of all problems, also those that have no line. */
  readonly problemCount: number;
  constructor(problems: readonly string[], problemCount = problems.length) {
    const lines = problems.slice(0, PROBLEMS_SHOWN_MAX);
    const more = problemCount - lines.length;
    super([...lines, ...(more > 0 ? [`and ${more} more problems.`] : [])].join("\n"));
    this.name = "ConfigError";
    this.problems = lines;
    this.problemCount = problemCount;
  }
}

/**
 * The bytes of a file, at most `bytesMax` + 1 of them.
 * @throws an error whose `code` is "ENOENT" when there is no such file
 */
export type ReadFile = (path: string, bytesMax: number) => Uint8Array;

export interface LoadOptions {
  /** The file that was asked for; it must be there. */
  readonly path?: string | undefined;
  /** The file that is used when none was asked for; it may be absent. */
  readonly defaultPath: string;
  readonly env: Environment;
  readonly readFile?: ReadFile;
  /** TERO_ variables that other parts of the program read; they give no warning. */
  readonly otherVariables?: readonly string[];
  /** Whose addresses are the program's own; default: the one that it runs on. */
  readonly machine?: Machine;
  /** For `service.instance_id`; default: `edge-` and a random UUID. */
  readonly instanceId?: string;
}

export type ConfigSource =
  { readonly kind: "file"; readonly path: string } | { readonly kind: "defaults" };

export interface LoadedConfig {
  readonly config: ProxyConfig;
  readonly warnings: readonly string[];
  readonly source: ConfigSource;
}

/** @throws {ConfigError} with every problem that was found */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const { env, instanceId = `edge-${crypto.randomUUID()}` } = options;
  const file = readSource(options);
  const draft = new Draft(file);
  const wrongVariables = applyEnvironment(configSchema, env, draft);
  const { problems: wrongTexts, names } = draft.substitute(env);
  const upstreamSet = isObject(draft.root) && draft.root["upstream_url"] !== undefined;
  const early = [...wrongVariables, ...wrongTexts];
  const parsed = validate(draft, early);
  const folder = resolve(file === undefined ? "." : dirname(file.name));
  const { machine } = options;
  const resolved = resolveConfig(parsed, { folder, instanceId, machine });
  if (!resolved.ok) throw errorOf(draft, resolved.problems);
  const read = new Set([...names, ...(options.otherVariables ?? [])]);
  const warnings = [
    ...ownWarnings(parsed, upstreamSet),
    ...exposureWarnings(resolved.config),
    ...unverifiedWarnings(resolved.config, env),
    ...unknownVariables(configSchema, env, read),
  ];
  const source: ConfigSource =
    file === undefined ? { kind: "defaults" } : { kind: "file", path: file.name };
  return { config: resolved.config, warnings, source };
}

function validate(draft: Draft, early: readonly Problem[]): ConfigFile {
  const result = configSchema.safeParse(draft.root);
  if (result.success && early.length === 0) return result.data;
  const told = new Set(early.map(({ path }) => path.join("\u0000")));
  const issues = result.success ? [] : result.error.issues;
  const late = issues
    .slice(0, PROBLEMS_EXPLAINED_MAX)
    .flatMap((issue) => explainIssue(issue, configSchema, draft, PROBLEMS_EXPLAINED_MAX))
    // One problem a value is enough, and of one that could not be substituted it has been told.
    .filter(({ path }) => {
      const key = path.join("\u0000");
      const isNew = !told.has(key);
      told.add(key);
      return isNew;
    });
  const unexplained = issues.reduce((sum, issue, index) => {
    const most = index < PROBLEMS_EXPLAINED_MAX ? PROBLEMS_EXPLAINED_MAX : 0;
    const count = issue.code === "unrecognized_keys" ? issue.keys.length : 1;
    return sum + Math.max(0, count - most);
  }, 0);
  throw errorOf(draft, [...early, ...late], unexplained);
}

/** `more`: further problems, of which nothing but their number is told. */
function errorOf(draft: Draft, problems: readonly Problem[], more = 0): ConfigError {
  const located = problems
    .slice(0, PROBLEMS_EXPLAINED_MAX)
    .map((problem) => ({ problem, at: draft.offsetOf(problem) }))
    .sort((a, b) => a.at - b.at);
  const lines = located.map(({ problem }) => draft.describe(problem));
  return new ConfigError(lines, problems.length + more);
}

function ownWarnings(file: ConfigFile, upstreamSet: boolean): readonly string[] {
  const warnings: string[] = [];
  if (file.thread_pool_count !== undefined) {
    warnings.push("thread_pool_count: has no effect; set worker_count to use more cores.");
  }
  if (!upstreamSet) {
    warnings.push(`upstream_url: not set; telemetry goes to ${file.upstream_url}.`);
  }
  return warnings;
}

/** Payloads that anybody who reaches the port may read. */
function exposureWarnings({ admin, listen }: ProxyConfig): readonly string[] {
  const target = admin.listen ?? listen;
  if (!admin.showPayloads || admin.token !== undefined || target.kind === "unix") return [];
  if (/^(?:127\.|::1$|localhost$)/.test(target.host)) return [];
  return [
    `admin.show_payloads: telemetry can be read by whoever reaches ${target.host}; set admin.token, or admin.listen to a loopback address.`,
  ];
}

function readSource(options: LoadOptions): SourceFile | undefined {
  const { path, defaultPath, readFile = readFileBounded } = options;
  const name = path ?? defaultPath;
  let bytes: Uint8Array;
  try {
    bytes = readFile(name, CONFIG_FILE_BYTES_MAX);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    if (code !== "ENOENT") {
      throw new ConfigError([`${name}: cannot be read (${code}); check the path and its rights.`]);
    }
    if (path === undefined) return undefined;
    throw new ConfigError([
      `${name}: no such file; give the path of a configuration file, or none to run on ${defaultPath}, defaults and TERO_ variables.`,
    ]);
  }
  if (bytes.length > CONFIG_FILE_BYTES_MAX) {
    throw new ConfigError([`${name}: is too large; allowed: ${CONFIG_FILE_BYTES_MAX} bytes.`]);
  }
  return parseSource(name, bytes);
}

function parseSource(name: string, bytes: Uint8Array): SourceFile {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ConfigError([`${name}: is not UTF-8 text; save it as UTF-8.`]);
  }
  const isJson = isJsonFile(name, text);
  try {
    return { name, text, root: isJson ? parseJsonTree(text) : parseYamlTree(text) };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const { line, column } = positionOf(text, error.at);
    const hint = isJson && looksLikeYaml(text) ? " This looks like YAML: name the file .yaml." : "";
    throw new ConfigError([`${name}:${line}:${column} ${error.message}.${hint}`]);
  }
}

/** By the file's extension; without one of these, JSON begins with a brace. */
function isJsonFile(name: string, text: string): boolean {
  const extension = extname(name).toLowerCase();
  if (extension === ".json") return true;
  if (extension === ".yaml" || extension === ".yml") return false;
  return /^\uFEFF?\s*(?:[{[]|$)/.test(text);
}

function looksLikeYaml(text: string): boolean {
  return /^(?:\s*#.*\n|\s*\n|---\s*\n)*[A-Za-z_$]+:(?:\s|$)/.test(text);
}

/** Reads a file from the disk; never more than `bytesMax` + 1 bytes of it. */
export function readFileBounded(path: string, bytesMax: number): Uint8Array {
  const descriptor = openSync(path, "r");
  try {
    const buffer = new Uint8Array(bytesMax + 1);
    let length = 0;
    while (length < buffer.length) {
      const read = readSync(descriptor, buffer, length, buffer.length - length, null);
      if (read === 0) break;
      length += read;
    }
    return buffer.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}
