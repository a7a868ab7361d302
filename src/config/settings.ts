// Loads the settings of any program according to its schema: defaults, file, variables, command
// line, `${VAR}` in strings, checks. Its only I/O is reading that one file; it prints nothing.

import { CONFIG_PROBLEMS_EXPLAINED_MAX } from "../core/limits.ts";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { ConfigError } from "./config-error.ts";
import { Draft, type Problem, type SourceFile, isObject, valueAt } from "./draft.ts";
import { applyLayers, type Override, unknownVariables } from "./environment.ts";
import { explainIssue, pathOf } from "./explain.ts";
import { type KeyPath, PREFIX, schemaAt } from "./keys.ts";
import { bare } from "./leaf.ts";
import { type ReadFile, readSource } from "./source.ts";
import type { Environment } from "./substitute.ts";

/** Each pass takes something away, and what it was in with the next: no deeper than files are. */
const PASSES_MAX = 100;

/** A schema, and the layers that its settings are read from. */
export interface SettingsOptions<S extends z.ZodObject> {
  /** In lenient mode, `{}` must be valid by it. */
  readonly schema: S;
  /** The file that was asked for; it must be there. */
  readonly path?: string | undefined;
  /**
   * The file that is used when none was asked for, or of several the first that is there; it may be
   * absent. Left out: no file is.
   */
  readonly defaultPath?: string | readonly string[] | undefined;
  readonly env: Environment;
  /** The prefix of the variables that override keys. Default: `TERO_`. */
  readonly prefix?: string | undefined;
  /** Wins over file and variables. */
  readonly commandLine?: readonly Override[] | undefined;
  /** Default: the disk. */
  readonly readFile?: ReadFile | undefined;
  /** Variables with the prefix that other parts of the program read; they give no warning. */
  readonly otherVariables?: readonly string[] | undefined;
  /** What must hold between keys. Every single value is valid already. */
  readonly check?: ((values: z.output<S>) => readonly Problem[]) | undefined;
  /**
   * For programs that must run whatever they are given: what is wrong is a warning, in the same
   * words, and its default holds; an item of a list that cannot be mended is left out, as is a file
   * that cannot be read. Nothing is thrown.
   */
  readonly lenient?: boolean | undefined;
}

/** Which file a configuration was read from. */
export type ConfigSource =
  { readonly kind: "file"; readonly path: string } | { readonly kind: "defaults" };

/** The settings that were read, and what was noticed on the way. */
export interface Settings<T> {
  readonly values: T;
  readonly warnings: readonly string[];
  readonly source: ConfigSource;
  /** Absolute; where relative paths of the file begin. */
  readonly folder: string;
  /** Whether some layer gives the key a value. */
  readonly isSet: (key: string) => boolean;
}

/**
 * The settings of a program with a schema of its own: keys are snake_case, and a variable overrides
 * each.
 *
 * @throws {ConfigError} with every problem that was found, unless it is lenient
 *
 * @example
 * const { values } = loadSettings({ schema, path: "settings.json", env: process.env });
 */
export function loadSettings<S extends z.ZodObject>(
  options: SettingsOptions<S>,
): Settings<z.output<S>> {
  const { schema, env, prefix = PREFIX, commandLine = [], lenient = false } = options;
  const warnings: string[] = [];
  const file = lenient
    ? orWarn(() => readSource({ ...options, prefix }), warnings)
    : readSource({ ...options, prefix });
  const draft = new Draft(file);
  // What stands where keys belong would keep the other layers from their keys.
  if (lenient) removeNoGroups(schema, draft, warnings);
  const wrongLayers = applyLayers(schema, { env, prefix, commandLine }, draft);
  const { problems: wrongTexts, names } = draft.substitute(env);
  const early = [...wrongLayers, ...wrongTexts];
  const values = lenient ? mend(options, draft, early, warnings) : validate(options, draft, early);
  const read = new Set([...names, ...(options.otherVariables ?? [])]);
  warnings.push(...unknownVariables(schema, { env, prefix }, read));
  return {
    values,
    warnings,
    source: file === undefined ? { kind: "defaults" } : { kind: "file", path: file.name },
    folder: resolve(file === undefined ? "." : dirname(file.name)),
    isSet: (key) => valueAt(draft.root, key.split(".")) !== undefined,
  };
}

/**
 * Its own words are never used, and finding them fails on some values. Compiling a parser for each
 * object takes a multiple of what reading it once does.
 */
function parse<S extends z.ZodObject>(schema: S, value: unknown) {
  return schema.safeParse(value, { error: () => "is wrong", jitless: true });
}

function validate<S extends z.ZodObject>(
  { schema, check }: SettingsOptions<S>,
  draft: Draft,
  early: readonly Problem[],
): z.output<S> {
  const result = parse(schema, draft.root);
  if (!result.success || early.length > 0) {
    throw errorOf(schema, draft, early, result.success ? [] : result.error.issues);
  }
  const problems = check?.(result.data) ?? [];
  if (problems.length > 0) throw errorOf(schema, draft, problems, []);
  return result.data;
}

/** Takes away what is wrong until the rest is right. */
function mend<S extends z.ZodObject>(
  { schema, check }: SettingsOptions<S>,
  draft: Draft,
  early: readonly Problem[],
  warnings: string[],
): z.output<S> {
  const defaults = parse(schema, {});
  if (!defaults.success) throw new Error("a lenient schema needs a default for every key");
  if (early.length > 0) warnings.push(...errorOf(schema, draft, early, []).message.split("\n"));
  const left = early.filter(({ path }) => valueAt(draft.root, path) !== undefined);
  draft.remove(left.map(({ path }) => path));
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    const result = parse(schema, draft.root);
    const issues = result.success ? [] : result.error.issues;
    const problems = (result.success ? check?.(result.data) : undefined) ?? [];
    if (result.success && problems.length === 0) return result.data;
    warnings.push(...errorOf(schema, draft, problems, issues).message.split("\n"));
    const paths = [...problems.map(({ path }) => path), ...issues.flatMap(wrongPaths)];
    const given = paths.filter((path) => valueAt(draft.root, path.slice(0, 1)) !== undefined);
    if (given.length > 0) draft.remove(given);
    else if (!removeCulprit({ schema, check }, draft, warnings)) break;
  }
  warnings.push("the configuration: nothing else mends it; defaults are used for all of it.");
  return defaults.data;
}

/** A default is at odds with what was given: takes away the key without which it is not. */
function removeCulprit<S extends z.ZodObject>(
  { schema, check }: Pick<SettingsOptions<S>, "schema" | "check">,
  draft: Draft,
  warnings: string[],
): boolean {
  const root = isObject(draft.root) ? draft.root : {};
  for (const key of Object.keys(root)) {
    const { [key]: _, ...rest } = root;
    const result = parse(schema, rest);
    if (!result.success || (check?.(result.data) ?? []).length > 0) continue;
    const reason = "is at odds with the default named above; left out.";
    warnings.push(draft.describe({ path: [key], at: "key", reason }));
    draft.remove([[key]]);
    return true;
  }
  return false;
}

/** The values that an issue is about. */
function wrongPaths(issue: z.core.$ZodIssue): readonly KeyPath[] {
  const path = pathOf(issue);
  return issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...path, key]) : [path];
}

/** Takes away what is no object where the schema has an object of keys, the root as well. */
function removeNoGroups(schema: z.ZodObject, draft: Draft, warnings: string[]): void {
  const result = parse(schema, draft.root);
  const issues = result.success ? [] : result.error.issues;
  const wrong = issues.filter((issue) => {
    const path = pathOf(issue);
    const at = schemaAt(schema, path);
    const isGroup = at !== undefined && bare(at) instanceof z.ZodObject;
    const isThere = valueAt(draft.root, path) !== undefined;
    return issue.code === "invalid_type" && isGroup && isThere;
  });
  if (wrong.length === 0) return;
  warnings.push(...errorOf(schema, draft, [], wrong).message.split("\n"));
  draft.remove(wrong.map(pathOf));
}

function orWarn(read: () => SourceFile | undefined, warnings: string[]): SourceFile | undefined {
  try {
    return read();
  } catch (error) {
    const text = error instanceof ConfigError ? error.message : `the file: ${String(error)}`;
    warnings.push(...text.split("\n"));
    return undefined;
  }
}

/** What the schema refuses is told after what was found before it. */
function errorOf(
  schema: z.ZodObject,
  draft: Draft,
  early: readonly Problem[],
  issues: readonly z.core.$ZodIssue[],
): ConfigError {
  const told = new Set(early.map(({ path }) => path.join("\u0000")));
  const late = issues
    .slice(0, CONFIG_PROBLEMS_EXPLAINED_MAX)
    .flatMap((issue) => explainIssue(issue, schema, draft, CONFIG_PROBLEMS_EXPLAINED_MAX))
    // One problem a value is enough, and of one that could not be substituted it has been told.
    .filter(({ path }) => {
      const key = path.join("\u0000");
      const isNew = !told.has(key);
      told.add(key);
      return isNew;
    });
  const unexplained = issues.reduce((sum, issue, index) => {
    const most = index < CONFIG_PROBLEMS_EXPLAINED_MAX ? CONFIG_PROBLEMS_EXPLAINED_MAX : 0;
    const count = issue.code === "unrecognized_keys" ? issue.keys.length : 1;
    return sum + Math.max(0, count - most);
  }, 0);
  const problems = [...early, ...late];
  const lines = problems
    .slice(0, CONFIG_PROBLEMS_EXPLAINED_MAX)
    .map((problem) => ({ problem, at: draft.offsetOf(problem) }))
    .sort((a, b) => a.at - b.at)
    .map(({ problem }) => draft.describe(problem));
  return new ConfigError(lines, problems.length + unexplained);
}
