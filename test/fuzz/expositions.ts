// Expositions in chunks, through either of their filters.

import type { Matcher } from "../../src/policy/model.ts";
import type { Evaluation } from "../../src/policy/record-port.ts";
import type { StreamFilter } from "../../src/protocols/scrape-format.ts";
import { policyOf, testEngine } from "../support/engine.ts";

const plain = { negate: false, caseInsensitive: false } as const;
const drop: Matcher["condition"] = { op: "equals", value: { type: "string", value: "drop" } };
const label: Matcher = {
  ...plain,
  field: { kind: "attribute", scope: "record", path: ["x"] },
  condition: drop,
};
const name: Matcher = { ...plain, field: { kind: "field", field: "name" }, condition: drop };
const help: Matcher = {
  ...plain,
  field: { kind: "field", field: "description" },
  condition: { op: "contains", text: "drop" },
};

/** Drops what is called `drop`, has that for its label `x`, or in its description. */
export const expositionEngine = testEngine(
  [label, name, help].map((matcher, i) =>
    policyOf(`p${i}`, [matcher], { kind: "none" }, { signal: "metric" }),
  ),
).engine;

type Create = (evaluation: Evaluation, write: (bytes: Uint8Array) => void) => StreamFilter;

/** `sizes`: of the chunks, in turn; the last one again and again. */
export function filteredInChunks(
  create: Create,
  engine: typeof expositionEngine,
  input: Uint8Array,
  sizes: readonly number[],
) {
  const out: Uint8Array[] = [];
  const asked = engine.evaluation("metric");
  if (asked === undefined) throw new Error("no program for metrics");
  const filter = create(asked, (bytes) => out.push(bytes));
  for (let at = 0, i = 0; at < input.length; i++) {
    const size = Math.max(1, sizes[Math.min(i, sizes.length - 1)] ?? 1);
    const chunk = input.slice(at, at + size);
    const goesOn = filter.push(chunk);
    // As a reader that uses its buffer again would spoil it.
    chunk.fill(0x21);
    if (!goesOn) break;
    at += size;
  }
  if (filter.limitReached === undefined) filter.end();
  const { counts, limitReached, fault } = filter;
  return { bytes: new Uint8Array(Buffer.concat(out)), counts, limitReached, fault };
}
