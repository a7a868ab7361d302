// Finds test cases: folders in the layout of the conformance suite, and files that are suites.

import { errorMessage } from "../../core/errors.ts";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { POLICY_FILE_BYTES_MAX, SUITE_DEPTH_MAX } from "../../core/limits.ts";
import { isCaseFolder, readCase } from "./case-folder.ts";
import type { TestCase } from "./test-case.ts";
import { looksLikeSuite, readSuite } from "./yaml-suite.ts";

export interface Discovered {
  readonly cases: readonly TestCase[];
  /** What could not be read, a line each. */
  readonly faults: readonly string[];
}

export function discover(paths: readonly string[]): Discovered {
  const cases: TestCase[] = [];
  const faults: string[] = [];
  const attempt = (path: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      const reason = errorMessage(error);
      faults.push(reason.startsWith(path) ? reason : `${path}: ${reason}`);
    }
  };
  const visitFile = (path: string, isNamed: boolean): void =>
    attempt(path, () => {
      if (!isNamed && !/\.(?:ya?ml|json)$/i.test(path)) return;
      if (statSync(path).size > POLICY_FILE_BYTES_MAX) {
        throw new Error(
          `larger than ${POLICY_FILE_BYTES_MAX} bytes, which is the most that is read`,
        );
      }
      const text = readFileSync(path, "utf8");
      if (looksLikeSuite(text)) cases.push(...readSuite(path, text));
      else if (isNamed) faults.push(`${path}: has no cases`);
    });
  const visitFolder = (path: string, depth: number): void => {
    if (isCaseFolder(path)) {
      attempt(path, () => void cases.push(readCase(path, basename(path))));
      return;
    }
    if (depth === SUITE_DEPTH_MAX) return;
    for (const entry of readdirSync(path, { withFileTypes: true }).sort(byName)) {
      const below = join(path, entry.name);
      if (entry.isDirectory() && !isHidden(entry.name)) visitFolder(below, depth + 1);
      else if (entry.isFile()) visitFile(below, false);
    }
  };
  for (const path of paths) {
    attempt(path, () => {
      if (statSync(path).isDirectory()) visitFolder(path, 0);
      else visitFile(path, true);
    });
  }
  return { cases, faults };
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

function isHidden(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}
