// Types of metric families: what the policy model calls them, and which suffixes the names of their
// samples may have. Sources: Prometheus text format 0.0.4; OpenMetrics 1.0, section "Metric Types".

/** Types that matter here; `none` is a missing, unknown or untyped TYPE. */
export const FamilyType = {
  none: 0,
  gauge: 1,
  counter: 2,
  histogram: 3,
  gaugehistogram: 4,
  summary: 5,
  info: 6,
  stateset: 7,
} as const;
/** The number of a family's type. */
export type FamilyTypeIndex = (typeof FamilyType)[keyof typeof FamilyType];

/** By family type: the number of the policy spec's metric type; 0: it has none. */
export const METRIC_TYPES = Uint8Array.of(0, 1, 2, 3, 0, 5, 0, 0);
/** By family type: the number of the aggregation temporality; 2: cumulative, 0: none. */
export const TEMPORALITIES = Uint8Array.of(0, 0, 2, 2, 0, 0, 0, 0);

/**
 * What follows the family's name in a sample's name. 0: nothing; -1: the name is not the family's.
 */
export type SuffixIndex = number;
const SUFFIX_TEXTS = ["", "_total", "_created", "_bucket", "_sum", "_count", "_gsum", "_gcount"];
SUFFIX_TEXTS.push("_info");
/** Suffixes that are made here, not found. */
export const Suffix = { none: 0, bucket: 3, sum: 4, count: 5 } as const;
/** Number of suffixes, including the empty one. */
export const SUFFIX_COUNT = 9;
const SUFFIXES: readonly Uint8Array[] = SUFFIX_TEXTS.map((text) =>
  Uint8Array.from(text, (char) => char.charCodeAt(0)),
);

const suffixes = (...texts: string[]): number =>
  texts.reduce((bits, text) => bits | (1 << SUFFIX_TEXTS.indexOf(text)), 1);
/** By family type: one bit for each suffix that its samples may have. */
const ALLOWED = Int32Array.of(
  suffixes(),
  suffixes(),
  suffixes("_total", "_created"),
  suffixes("_bucket", "_sum", "_count", "_created"),
  suffixes("_bucket", "_gsum", "_gcount"),
  suffixes("_sum", "_count", "_created"),
  suffixes("_info"),
  suffixes(),
);

/** Index of the suffix bytes[start, end), or -1. */
export function suffixAt(bytes: Uint8Array, start: number, end: number): SuffixIndex {
  const length = end - start;
  if (length === 0) return 0;
  for (let index = 1; index < SUFFIX_COUNT; index++) {
    const suffix = SUFFIXES[index] as Uint8Array;
    if (suffix.length !== length) continue;
    let i = 0;
    while (i < length && bytes[start + i] === suffix[i]) i++;
    if (i === length) return index;
  }
  return -1;
}

/** Whether a sample of a family of this type may have this suffix. */
export function allowsSuffix(type: FamilyTypeIndex, suffix: SuffixIndex): boolean {
  return ((ALLOWED[type] as number) & (1 << suffix)) !== 0;
}

/**
 * Index of the suffix at the end of the name bytes[start, end), after at least one byte; otherwise
 * 0.
 */
export function suffixOf(bytes: Uint8Array, start: number, end: number): SuffixIndex {
  // Every suffix begins with the last underscore of the name.
  let at = end - 1;
  while (at > start && bytes[at] !== 0x5f) at--;
  return at > start ? Math.max(0, suffixAt(bytes, at, end)) : 0;
}

export function suffixBytes(suffix: SuffixIndex): Uint8Array {
  return SUFFIXES[suffix] as Uint8Array;
}

/** Length of a suffix, in bytes. */
export function suffixLength(suffix: SuffixIndex): number {
  return (SUFFIXES[suffix] as Uint8Array).length;
}

const WORDS = new Map<string, FamilyTypeIndex>(Object.entries(FamilyType));
const WORD_BYTES_MAX = 16;

/** The type that the word bytes[start, end) names, whatever its case. */
export function typeNamed(bytes: Uint8Array, start: number, end: number): FamilyTypeIndex {
  if (end - start > WORD_BYTES_MAX) return FamilyType.none;
  let word = "";
  for (let i = start; i < end; i++) word += String.fromCharCode((bytes[i] as number) | 0x20);
  return WORDS.get(word) ?? FamilyType.none;
}
