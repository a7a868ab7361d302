// The project's own files as text: what they import, what they export in vain, and how long their
// functions are. For the tests of the tree itself.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize, resolve } from "node:path";

export const ROOT = resolve(import.meta.dir, "../..");

export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
}

export function walk(folder: string, skip: readonly string[], out: string[]): string[] {
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (skip.includes(entry.name)) continue;
    if (entry.isDirectory()) walk(path, skip, out);
    else if (entry.isFile()) out.push(path);
  }
  return out;
}

export function read(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), "utf8");
  return { path, text, lines: text.split("\n") };
}

/** Generated code lives in folders called gen, or says in its first line which script wrote it. */
export function isGenerated(path: string): boolean {
  if (path.split("/").includes("gen")) return true;
  const [first = ""] = read(path).lines;
  return /^\/\/ .*\b(?:Written|Generated) by scripts\/[a-z-]+\.ts; not to be edited\.$/.test(first);
}

/** The text with comments blanked out, so that prose may name what code must not. */
export function withoutComments(text: string): string {
  const blank = (comment: string): string => comment.replace(/[^\n]/g, " ");
  return text.replace(/"(?:[^"\\\n]|\\.)*"|\/\*[\s\S]*?\*\/|(?<![:\\])\/\/[^\n]*/g, (found) =>
    found.startsWith('"') ? found : blank(found),
  );
}

export interface Import {
  readonly specifier: string;
  readonly typesOnly: boolean;
}

/** Import and export-from declarations, and dynamic imports, of a formatted file. */
export function importsOf(text: string): Import[] {
  const code = withoutComments(text);
  const found: Import[] = [];
  const declaration = /^(?:import|export)\s+(type\s)?(?:[^;"']*?\sfrom\s+)?"([^"]+)"/gm;
  for (const [, type, specifier] of code.matchAll(declaration)) {
    found.push({ specifier: specifier!, typesOnly: type !== undefined });
  }
  for (const [, specifier] of code.matchAll(/\bimport\(\s*"([^"]+)"/g)) {
    found.push({ specifier: specifier!, typesOnly: false });
  }
  return found;
}

/** Files that import themselves through others, each with the way back to it. */
export function circlesOf(files: readonly Pick<SourceFile, "path" | "text">[]): string[] {
  const imports = new Map(
    files.map(({ path, text }) => {
      const own = importsOf(text).filter(({ specifier }) => specifier.startsWith("."));
      return [path, own.map(({ specifier }) => normalize(join(dirname(path), specifier)))];
    }),
  );
  const circle = (start: string): string | undefined => {
    const ways = new Map([[start, start]]);
    for (const [at, way] of ways) {
      for (const next of imports.get(at) ?? []) {
        if (next === start) return `${way} → ${start}`;
        if (!ways.has(next)) ways.set(next, `${way} → ${next}`);
      }
    }
    return undefined;
  };
  return [...imports.keys()].flatMap((path) => circle(path) ?? []);
}

/** Functions over the limit, as the linter's parser measures them: from first to last line. */
export function longFunctions(paths: readonly string[], linesMax: number): string[] {
  const folder = mkdtempSync(join(tmpdir(), "tidy-"));
  const config = join(folder, "lines.json");
  const limit = { max: linesMax, skipBlankLines: false, skipComments: false };
  const rules = { "max-lines-per-function": ["error", limit] };
  writeFileSync(
    config,
    JSON.stringify({
      plugins: [],
      categories: { correctness: "off" },
      rules,
      ignorePatterns: ["**/gen/**"],
    }),
  );
  const linter = join(ROOT, "node_modules/oxlint/bin/oxlint");
  const run = Bun.spawnSync(
    [process.execPath, linter, "-c", config, "--format", "json", ...paths],
    { cwd: ROOT },
  );
  rmSync(folder, { recursive: true });
  const { diagnostics, number_of_files: files } = JSON.parse(run.stdout.toString()) as {
    diagnostics: { message: string; filename: string; labels: { span: { line: number } }[] }[];
    number_of_files: number;
  };
  if (files === 0) throw new Error("the linter found no files to measure");
  return diagnostics.map(
    ({ message, filename, labels }) => `${filename}:${labels[0]!.span.line} ${message}`,
  );
}

interface Exports {
  /** Names that are declared here, and whether each is a value. */
  readonly own: Map<string, boolean>;
  /** Names that are handed on: from which file, and their name there. */
  readonly passed: Map<string, readonly [path: string, name: string]>;
  /** Files of which everything is handed on. */
  readonly all: string[];
}

type Files = ReadonlyMap<string, Exports>;

const DECLARED = /^export (?:async |abstract )?(function\*?|const|class|interface|type) (\w+)/gm;
const LISTED = /^export (?:type )?\{([^}]*)\}(?: from "([^"]+)")?/gm;
const STAR = /^export (?:type )?\* from "([^"]+)"/gm;
const IMPORTED = /^import (?:type )?(?:\w+, )?\{([^}]*)\} from "([^"]+)"/gm;
const NAMESPACE = /^import (?:type )?\* as \w+ from "([^"]+)"/gm;
const DYNAMIC = /\bimport\(\s*"([^"]+)"/g;

/** The pairs of a list such as `a, type b as c`: the name there, and the name here. */
function namesOf(list: string): (readonly [string, string])[] {
  const items = list.split(",").map((item) => item.trim().replace(/^type /, ""));
  return items
    .filter((item) => item !== "")
    .map((item) => {
      const [there = "", here = there] = item.split(" as ");
      return [there, here] as const;
    });
}

function exportsOf(path: string, code: string): Exports {
  const found: Exports = { own: new Map(), passed: new Map(), all: [] };
  const target = (specifier: string): string => normalize(join(dirname(path), specifier));
  for (const [, kind = "", name = ""] of code.matchAll(DECLARED)) {
    found.own.set(name, kind !== "interface" && kind !== "type");
  }
  for (const [, list = "", from] of code.matchAll(LISTED)) {
    for (const [there, here] of namesOf(list)) {
      if (from?.startsWith(".") === true) found.passed.set(here, [target(from), there]);
    }
  }
  for (const [, from = ""] of code.matchAll(STAR)) found.all.push(target(from));
  return found;
}

/** The file that declares the name that `path` exports, as `path#name`. */
function originOf(files: Files, path: string, name: string): string | undefined {
  const found = files.get(path);
  if (found === undefined) return undefined;
  if (found.own.has(name)) return `${path}#${name}`;
  const passed = found.passed.get(name);
  if (passed !== undefined) return originOf(files, ...passed);
  for (const from of found.all) {
    const origin = originOf(files, from, name);
    if (origin !== undefined) return origin;
  }
  return undefined;
}

/** All names that a file exports, those that it hands on included. */
function allNames(files: Files, path: string): string[] {
  const found = files.get(path);
  if (found === undefined) return [];
  const passed = found.all.flatMap((from) => allNames(files, from));
  return [...found.own.keys(), ...found.passed.keys(), ...passed];
}

/**
 * What is exported in vain, a line each. Everything that `doors` export is used: other programs
 * import them. Types may be exported for the signatures of their own file.
 */
export function unusedExports(
  sources: readonly Pick<SourceFile, "path" | "text">[],
  doors: readonly string[],
): string[] {
  const codes = new Map(sources.map(({ path, text }) => [path, withoutComments(text)]));
  const files = new Map([...codes].map(([path, code]) => [path, exportsOf(path, code)]));
  const users = new Map<string, Set<string>>();
  const use = (by: string, path: string, name: string): void => {
    const origin = originOf(files, path, name);
    if (origin !== undefined) users.set(origin, (users.get(origin) ?? new Set()).add(by));
  };
  for (const [by, code] of codes) {
    const target = (specifier: string): string => normalize(join(dirname(by), specifier));
    for (const [, list = "", from = ""] of code.matchAll(IMPORTED)) {
      for (const [there] of namesOf(list)) use(by, target(from), there);
    }
    // What is taken of a whole module is named somewhere in the file.
    for (const [, from = ""] of [...code.matchAll(NAMESPACE), ...code.matchAll(DYNAMIC)]) {
      for (const name of allNames(files, target(from))) {
        if (new RegExp(`\\b${name}\\b`).test(code)) use(by, target(from), name);
      }
    }
  }
  for (const door of doors) for (const name of allNames(files, door)) use(door, door, name);
  return [...files]
    .filter(([path]) => path.startsWith("src/"))
    .flatMap(([path, { own }]) => {
      const code = codes.get(path) ?? "";
      return [...own].flatMap(([name, isValue]) => {
        const isUsedHere = (code.match(new RegExp(`\\b${name}\\b`, "g")) ?? []).length > 1;
        const by = [...(users.get(`${path}#${name}`) ?? [])];
        if (by.length === 0 && (isValue || !isUsedHere)) return [`${path}: nobody imports ${name}`];
        const isTested = by.length > 0 && by.every((one) => one.startsWith("test/"));
        return isTested && !isUsedHere ? [`${path}: only tests use ${name}`] : [];
      });
    });
}

/** The package of an import; `node:` and `bun` for what the runtime brings. */
export function packageOf(specifier: string): string {
  if (specifier.startsWith("node:")) return "node:";
  if (specifier === "bun" || specifier.startsWith("bun:")) return "bun";
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
