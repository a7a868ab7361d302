// Metadata that comes behind samples, comes twice, or stands between other families: the samples of
// a family are all judged by what was known at the first.

import { describe, expect, test } from "bun:test";
import { described, inUnit, labelled, left, lines, named, not, ofType } from "./filter-text.ts";

const BUCKETS = ['lat_bucket{le="1"} 1', 'lat_bucket{le="+Inf"} 2'];
const REST = ["lat_sum 3", "lat_count 2"];
const TYPE = "# TYPE lat histogram";

describe("a TYPE behind samples", () => {
  test.each([
    ["behind the first bucket", [BUCKETS[0]!, TYPE, BUCKETS[1]!, ...REST]],
    ["behind the buckets", [...BUCKETS, TYPE, ...REST]],
    ["behind the sum", ["lat_sum 3", TYPE, ...BUCKETS, "lat_count 2"]],
    ["behind all of them", [...BUCKETS, ...REST, TYPE]],
    ["and other families", [BUCKETS[0]!, "b 1", TYPE, "c 1", BUCKETS[1]!, "d 1", ...REST]],
    ["with HELP before", ["# HELP lat H.", BUCKETS[0]!, TYPE, BUCKETS[1]!, ...REST]],
    ["twice", [BUCKETS[0]!, TYPE, BUCKETS[1]!, TYPE, ...REST]],
  ])("does not tear the histogram (%s)", (_, all) => {
    const input = lines(...all);
    expect(left(input, [named("lat")])).toBe(input);
    expect(left(input, [ofType(3)])).toBe(input);
    expect(left(input, [described("H.")])).toBe(input);
    // By their own names they go as ever.
    const isKept = (line: string): boolean => !line.startsWith("lat_bucket");
    expect(left(input, [named("lat_bucket")])).toBe(lines(...all.filter(isKept)));
  });
  test.each([
    ["gauge", 1, "a 1"],
    ["counter", 2, "a 1"],
    ["counter", 2, "a_total 1"],
    ["summary", 5, 'a{quantile="0.5"} 1'],
    ["summary", 5, "a_count 1"],
  ])("does not tear a %s of type %d: %s", (word, type, sample) => {
    const input = lines(sample, `# TYPE a ${word}`, sample);
    expect(left(input, [ofType(type)])).toBe(input);
    // What is about a family of its own stays, because that has no samples.
    const isOther = !sample.startsWith("a 1") && !sample.startsWith("a{");
    expect(left(input, [not(ofType(type))])).toBe(isOther ? `# TYPE a ${word}\n` : "");
  });
  test("holds for what had none before", () => {
    const input = lines(BUCKETS[0]!, "# TYPE other histogram", "other_bucket 1", "other_sum 1");
    expect(left(input, [named("other")])).toBe(lines(BUCKETS[0]!));
  });
});

describe("HELP and UNIT behind samples", () => {
  test("do not tear a family either", () => {
    const input = lines("# TYPE a_s gauge", "a_s 1", "# HELP a_s H.", "# UNIT a_s s", "a_s 2");
    expect(left(input, [described("H.")])).toBe(input);
    expect(left(input, [inUnit("s")])).toBe(input);
    expect(left(input, [ofType(1)])).toBe("");
  });
});

describe("a TYPE that comes again", () => {
  test("behind samples is passed on, and changes nothing", () => {
    const input = lines(TYPE, ...BUCKETS, "# TYPE lat gauge", ...REST, "lat 1");
    expect(left(input, [named("lat")])).toBe("");
    expect(left(input, [ofType(3)])).toBe("");
    expect(left(input, [ofType(1)])).toBe(input);
    expect(left(input, [labelled("le", "1")])).toBe(input.replace(`${BUCKETS[0]}\n`, ""));
  });
  test("before any sample is the one that counts", () => {
    const input = lines("# TYPE a gauge", "# TYPE a counter", "a_total 1");
    expect(left(input, [ofType(2)])).toBe("");
    expect(left(input, [ofType(1)])).toBe(input);
  });
});

describe("families between each other", () => {
  test("stay what they are", () => {
    const other = ["# TYPE b counter", "b_total 1"];
    const input = lines(
      TYPE,
      BUCKETS[0]!,
      ...other,
      BUCKETS[1]!,
      "b_total 2",
      ...REST,
      "b_total 3",
    );
    expect(left(input, [named("lat")])).toBe(lines(...other, "b_total 2", "b_total 3"));
    expect(left(input, [named("b")])).toBe(lines(TYPE, ...BUCKETS, ...REST));
  });
  test("have metadata of their own, although a name is one of another's", () => {
    const input = lines(TYPE, ...BUCKETS, ...REST, "# TYPE lat_created gauge", "lat_created 1");
    expect(left(input, [named("lat")])).toBe(lines("# TYPE lat_created gauge", "lat_created 1"));
    expect(left(input, [ofType(1)])).toBe(lines(TYPE, ...BUCKETS, ...REST));
    const before = lines("# TYPE lat_created gauge", "lat_created 1", TYPE, ...BUCKETS, ...REST);
    expect(left(`${before}lat_created 2\n`, [named("lat")])).toBe(
      lines("# TYPE lat_created gauge", "lat_created 1", "lat_created 2"),
    );
  });
  test("do not take samples from one another", () => {
    const input = lines(TYPE, ...BUCKETS, "# TYPE lat_bucket gauge", BUCKETS[0]!, ...REST);
    expect(left(input, [named("lat")])).toBe("# TYPE lat_bucket gauge\n");
    expect(left(input, [ofType(1)])).toBe(input);
  });
});
