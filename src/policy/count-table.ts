// Everything that is counted for each policy, in one table: rows in memory, totals, metrics and
// pages are derived from it. It does no counting itself.

/** Why records did not stay because of a policy: each has a count of records, and one of bytes. */
const CUT_REASONS = ["dropped", "sampled", "limited", "budgeted"] as const;
/** The reasons that are also counted for policies in shadow: budgets do nothing there. */
const TRIED_REASONS = ["dropped", "sampled", "limited"] as const;

/** The kinds of transforms, in the order in which they work. */
export const TRANSFORM_KINDS = ["remove", "redact", "rename", "add"] as const;
type TransformKind = (typeof TRANSFORM_KINDS)[number];

/**
 * What a policy would have done in shadow: the reasons why records would not have stayed, then
 * others.
 */
const SHADOW_COUNTS = [
  "matchedInShadow",
  ...TRIED_REASONS.map((reason) => `${reason}InShadow` as const),
  ...TRIED_REASONS.map((reason) => `${reason}BytesInShadow` as const),
  "keptInShadow",
  "editedInShadow",
] as const;

/** What is counted for every policy apart from its transforms, in the order of a row. */
const POLICY_COUNTS = [
  "hits",
  "misses",
  ...CUT_REASONS,
  ...CUT_REASONS.map((reason) => `${reason}Bytes` as const),
  "removedBytes",
  "addedBytes",
  ...SHADOW_COUNTS,
] as const;
/** The name of a count of a policy. */
export type PolicyCount = (typeof POLICY_COUNTS)[number];

/** Counts of bytes: those that policies removed, by reason, and those that they added. */
export type ByteCount = Extract<PolicyCount, `${string}Bytes`>;
/** The names of all counts of bytes. */
export const BYTE_COUNTS = POLICY_COUNTS.filter((name): name is ByteCount =>
  name.endsWith("Bytes"),
);

/** Counts of what policies did, without those of what they would have done. */
export type DoneCount = Exclude<PolicyCount, `${string}InShadow`>;
/** Counts of what policies would have done. */
export type ShadowCount = Extract<PolicyCount, `${string}InShadow`>;

/**
 * Positions in a policy's row of counts. Those of transforms hold hits; the next one holds misses.
 */
// Every name in the table gets a position, which the type of `fromEntries` cannot express.
export const Count = Object.fromEntries([
  ...POLICY_COUNTS.map((name, at) => [name, at]),
  ...TRANSFORM_KINDS.map((kind, i) => [kind, POLICY_COUNTS.length + 2 * i]),
]) as Readonly<Record<PolicyCount | TransformKind, number>>;

/** How many numbers each policy has in a row of counts. */
export const COUNTS = POLICY_COUNTS.length + 2 * TRANSFORM_KINDS.length;

/** From the position of a reason to that of its bytes. */
export const TO_BYTES = CUT_REASONS.length;

/** The counts of a row by their names, without those of transforms. */
export function countsOf(row: Float64Array): Record<PolicyCount, number> {
  const entries = POLICY_COUNTS.map((name, at) => [name, row[at]] as const);
  return Object.fromEntries(entries) as Record<PolicyCount, number>;
}
