// Logs of real programs, which Loki's Go module ships as test data of its patterns. Their templates
// are known, because each line names the place in the program's source that wrote it. They are not
// copied here: `go mod download github.com/grafana/loki/v3@v3.5.0` puts them where they are read.

import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { KnownLine } from "./known-streams.ts";

export const CORPORA_MODULE = "github.com/grafana/loki/v3@v3.5.0";

/** By the name of the file: what in a line tells which place in the source wrote it. */
const PLACES = {
  kubernetes: /[\w-]+\.go:\d+\]/,
  calico: /[\w/-]+\.go \d+:/,
  "distributor-logfmt": /caller=\S+/,
  "ingester-logfmt": /caller=\S+/,
} as const;
export type Corpus = keyof typeof PLACES;
export const CORPORA = Object.keys(PLACES) as readonly Corpus[];

const MODULES = process.env["GOMODCACHE"] ?? join(homedir(), "go", "pkg", "mod");
const FOLDER = join(MODULES, CORPORA_MODULE, "pkg", "pattern", "drain", "testdata");

export const hasCorpora = existsSync(FOLDER);

/** Lines that name no place are left out. */
export function linesOfCorpus(corpus: Corpus): readonly KnownLine[] {
  const lines = readFileSync(join(FOLDER, `${corpus}.txt`), "utf8")
    .trimEnd()
    .split("\n");
  return lines.flatMap((text) => {
    const template = PLACES[corpus].exec(text)?.[0];
    return template === undefined ? [] : [{ text, template }];
  });
}
