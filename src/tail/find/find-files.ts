// Finds the files that inputs name. What cannot be read on the way is reported and skipped, so that
// it does not hide the rest.

import { existsSync } from "node:fs";
import { readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { Glob } from "bun";
import { type Input, excluder, foundPath, parseInput } from "./patterns.ts";

/** A path that is to be followed. */
export interface Found {
  readonly path: string;
  /** It was named itself: it is followed whether it exists or not. */
  readonly isNamed: boolean;
}

export interface FindOptions {
  readonly inputs: readonly string[];
  readonly excluded: readonly string[];
  /** A folder could not be looked into. */
  readonly onTrouble: (folder: string, reason: string) => void;
}

/** Folders deep; a tree that goes on for longer goes in a circle. */
const DEPTH_MAX = 64;

export class FileFinder {
  readonly #inputs: readonly Input[];
  readonly #isExcluded: (path: string) => boolean;
  readonly #onTrouble: FindOptions["onTrouble"];

  constructor({ inputs, excluded, onTrouble }: FindOptions) {
    this.#inputs = inputs.map((text) => parseInput(text, existsSync));
    this.#isExcluded = excluder(excluded);
    this.#onTrouble = onTrouble;
  }

  /** No input is a pattern. */
  get isAllNamed(): boolean {
    return this.#inputs.every(({ kind }) => kind === "path");
  }

  /** Folders in which new files may turn up. */
  folders(): readonly string[] {
    return this.#inputs.flatMap((input) => (input.kind === "pattern" ? [input.folder] : []));
  }

  /** Each path once, those that were named first. Never rejects. */
  async find(): Promise<readonly Found[]> {
    const found = new Map<string, Found>();
    for (const input of this.#inputs) {
      if (input.kind === "path") found.set(input.path, { path: input.path, isNamed: true });
    }
    for (const input of this.#inputs) {
      if (input.kind === "path") continue;
      for (const path of await this.#expand(input)) {
        if (!found.has(path) && !this.#isExcluded(path)) found.set(path, { path, isNamed: false });
      }
    }
    return [...found.values()];
  }

  async #expand({ folder, rest, text }: Input & { kind: "pattern" }): Promise<readonly string[]> {
    const glob = new Glob(rest);
    const names: string[] = [];
    try {
      for await (const name of glob.scan({ cwd: folder, dot: true, followSymlinks: true })) {
        names.push(name);
      }
    } catch (error) {
      const code = codeOf(error);
      if (code === "ENOENT" && !existsSync(folder)) return [];
      // A scan ends at the first folder that it may not read; a walk goes round it.
      names.length = 0;
      await this.#walk(folder, "", glob, depthOf(rest), new Set(), names);
    }
    return names.map((name) => foundPath(folder, name, text));
  }

  async #walk(
    folder: string,
    below: string,
    glob: Glob,
    depthLeft: number,
    seen: Set<string>,
    names: string[],
  ): Promise<void> {
    const path = below === "" ? folder : join(folder, below);
    try {
      const real = await realpath(path);
      if (seen.has(real)) return;
      seen.add(real);
      for (const entry of await readdir(path, { withFileTypes: true })) {
        const name = below === "" ? entry.name : `${below}/${entry.name}`;
        const isFolder = entry.isDirectory() || entry.isSymbolicLink();
        if (!entry.isDirectory() && glob.match(name)) names.push(name);
        if (isFolder && depthLeft > 1) {
          await this.#walk(folder, name, glob, depthLeft - 1, seen, names);
        }
      }
    } catch (error) {
      const code = codeOf(error);
      if (code !== "ENOENT" && code !== "ENOTDIR") this.#onTrouble(path, code);
    }
  }
}

/** How many folders deep a pattern can match. */
function depthOf(pattern: string): number {
  return pattern.includes("**") ? DEPTH_MAX : pattern.split("/").length;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
