// Reads what somebody named as an input: a path, or a pattern together with the folder in which the
// search begins. Pure, except for asking whether a file of exactly that name exists.

import { basename, resolve } from "node:path";
import { Glob } from "bun";

export type Input =
  | { readonly kind: "path"; readonly path: string }
  | {
      readonly kind: "pattern";
      readonly text: string;
      /** Where the search begins; as written, so that what is found is called as users know it. */
      readonly folder: string;
      /** The rest of the pattern, relative to the folder. */
      readonly rest: string;
    };

const WILDCARD = /[*?[{]/;

/** `exists`: a file whose name only looks like a pattern is a path. */
export function parseInput(text: string, exists: (path: string) => boolean): Input {
  if (!WILDCARD.test(text) || exists(text)) return { kind: "path", path: text };
  const parts = text.split("/");
  const first = parts.findIndex((part) => WILDCARD.test(part));
  const folder = parts.slice(0, first).join("/");
  const rest = parts.slice(first).join("/");
  const isFromRoot = text.startsWith("/");
  return { kind: "pattern", text, folder: folder || (isFromRoot ? "/" : "."), rest };
}

/** The path of something found below a folder, as the pattern wrote the folder. */
export function foundPath(folder: string, name: string, text: string): string {
  if (folder === "." && !text.startsWith("./")) return name;
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

/**
 * Whether a path is excluded. A pattern without a slash is held against the name alone, others
 * against the path, as it was written and in full.
 */
export function excluder(patterns: readonly string[]): (path: string) => boolean {
  const globs = patterns.map((text) => ({ glob: new Glob(text), byName: !text.includes("/") }));
  return (path) =>
    globs.some(({ glob, byName }) =>
      byName ? glob.match(basename(path)) : glob.match(path) || glob.match(resolve(path)),
    );
}
