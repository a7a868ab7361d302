// The project's own files as text, and what they import, for the tests of the tree itself.

import { readdirSync, readFileSync } from "node:fs";
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
