// The top patterns of streams whose templates are known: how many are found, and how many of those
// that are shown are right. `npx bun run bench analysis` prints more.

import { expect, test } from "bun:test";
import { accuracyOf } from "../../../scripts/bench/analysis/accuracy.ts";
import {
  CORPORA_MODULE,
  type Corpus,
  hasCorpora,
  linesOfCorpus,
} from "../../../scripts/bench/analysis/corpora.ts";
import { HDFS, linesOf, madeUp, OPENSSH } from "../../../scripts/bench/analysis/known-streams.ts";

test.each([
  ["HDFS", HDFS],
  ["OpenSSH", OPENSSH],
  ["200 made-up templates", madeUp(200, 2)],
])("of %s, the top 20 are found, and nothing else is shown", (_name, weighted) => {
  expect(accuracyOf(linesOf(weighted, 100_000, 5))).toEqual({
    precision: 1,
    recall: 1,
    wrong: [],
    missing: [],
  });
});

test("with fewer places than there are templates, the heaviest are found within their errors", () => {
  const { precision, recall } = accuracyOf(linesOf(madeUp(1000, 3), 40_000, 5), 256);
  expect([precision, recall]).toEqual([1, 1]);
});

/** Of logs of real programs, at least. */
const OF_CORPORA: readonly (readonly [corpus: Corpus, precision: number, recall: number])[] = [
  ["kubernetes", 1, 1],
  // Of two places that differ in the path of a request alone, one pattern is shown.
  ["calico", 0.94, 1],
  ["distributor-logfmt", 1, 1],
  ["ingester-logfmt", 1, 1],
];
const where = hasCorpora ? "" : ` (skipped: go mod download ${CORPORA_MODULE} was not done)`;

test.skipIf(!hasCorpora).each(OF_CORPORA)(
  `of a public corpus, %s, what is found and shown is right${where}`,
  (corpus, precision, recall) => {
    const found = accuracyOf(linesOfCorpus(corpus));
    expect(found.precision).toBeGreaterThanOrEqual(precision);
    expect(found.recall).toBeGreaterThanOrEqual(recall);
  },
);
