// Where a sample ends: a line end within quotes is a part of the value, as Prometheus takes it, and
// a quote that is never closed ends with its line.

import { describe, expect, test } from "bun:test";
import { HELD_BYTES_MAX, LINE_BYTES_MAX } from "../../../../src/core/limits.ts";
import { described, filterText, labelled, left, lines, named, ofType } from "./filter-text.ts";

/** A value that looks like an exposition. */
const INNER = "x\nsecret 1\n# TYPE secret gauge\nsecret{y='1'} 2\n";
const secret = [named("secret")];

describe("a line end within quotes", () => {
  test.each([
    ["a label value", `a{x="${INNER}"} 1`],
    ["the value of the second of three labels", `a{w="1", x = "${INNER}" ,y="2",} 1`],
    ["a value with escapes", String.raw`a{x="\"\\\"` + `${INNER}\\\\"} 1`],
    ["a value with carriage returns", `a{x="${INNER.replaceAll("\n", "\r\n")}"} 1\r`],
    ["a quoted name", `{"${INNER}",x="1"} 1`],
    ["a quoted label name", `a{"${INNER}"="1"} 1`],
    ["a value before a timestamp", `a{x="${INNER}"} 1 1700000000`],
    ["a value before an exemplar", `a{x="${INNER}"} 1 # {t="1"} 1`],
    ["an exemplar's label", `a{x="1"} 1 # {t="${INNER}",u="${INNER}"} 1 2`],
    ["the second of two exemplars", `a 1 # {t="1"} 1 # {t="${INNER}"} 1`],
    ["a value that ends with its line", `a{x="${INNER}\n\n"} 1`],
    ["the name of metadata", `# TYPE "${INNER}" gauge`],
  ])("in %s is no line end", (_, entry) => {
    const input = lines("b 1", entry, "secret 1", "c 1");
    expect(left(input, secret)).toBe(lines("b 1", entry, "c 1"));
    expect(left(lines(entry), secret)).toBe(lines(entry));
    expect(left(entry, secret)).toBe(entry);
    expect(filterText(input, [secret]).counts.unreadable).toBe(0);
  });
  test("is matched, and goes with the sample", () => {
    const input = lines("b 1", `a{x="${INNER}",y="1"} 1`, "c 1");
    expect(left(input, [labelled("x", INNER)])).toBe(lines("b 1", "c 1"));
    expect(left(input, [labelled("y", "1")])).toBe(lines("b 1", "c 1"));
    expect(left(input, [labelled("x", "x")])).toBe(input);
  });
  test("in a quoted name is part of the name", () => {
    const input = lines('# TYPE "a\nb" gauge', '{"a\nb"} 1', "# TYPE c counter", "c 1");
    expect(left(input, [named("a\nb")])).toBe(lines("# TYPE c counter", "c 1"));
    expect(left(input, [ofType(1)])).toBe(lines("# TYPE c counter", "c 1"));
  });
  test("is none in HELP, whatever its quotes", () => {
    const input = lines('# HELP a One "two', 'secret{x="1"} 1', '# HELP b "', "secret 2", "a 1");
    expect(left(input, secret)).toBe(lines('# HELP a One "two', '# HELP b "', "a 1"));
    expect(left(lines('# HELP a "b', "a 1"), [described('"b')])).toBe("");
  });
  test("is none in a comment", () => {
    const input = lines('# a "comment', "secret 1", '#TYPE "x', "secret 1", '" y');
    expect(left(input, secret)).toBe(lines('# a "comment', '#TYPE "x', '" y'));
  });
  test("follows what is judged in several lines, and is followed by it", () => {
    const entries = Array.from({ length: 50 }, (_, i) => `a{x="${INNER}${i}"} ${i}`);
    const input = lines(...entries);
    expect(left(input, secret)).toBe(input);
    expect(left(input, [labelled("x", `${INNER}7`)])).toBe(input.replace(`${entries[7]}\n`, ""));
  });
});

describe("a quote that is never closed", () => {
  test.each([
    ['a{x="1} 1'],
    ['a{x="'],
    ['a{x="1\\'],
    ['{"a'],
    ['a{"x'],
    ['a{y="2",x="1} 1'],
    ['# TYPE "a gauge'],
  ])("ends with its line: %s", (line) => {
    const input = lines(line, "secret 1", 'b{z="1"} 1', "secret 2", 'secret{z="{"} 3', "c 1");
    const want = lines(line, 'b{z="1"} 1', "c 1");
    expect(left(input, secret)).toBe(want);
    // Nor does it take lines that have no quotes at all.
    const bare = lines(line, "secret 1", "b 1", "secret 2");
    expect(left(bare, secret)).toBe(lines(line, "b 1"));
  });
  test("of an exemplar leaves the sample a sample", () => {
    const input = lines('secret 1 # {x="1', "b 1", "secret 2");
    expect(left(input, secret)).toBe(lines("b 1"));
  });
  test("is counted as one unreadable line", () => {
    const input = lines('a{x="1} 1', "b 1", 'c{x="1"} 1');
    expect(filterText(input, [secret]).counts).toMatchObject({ unreadable: 1, samples: 2 });
  });
  test("before one that is closed does not hide it", () => {
    const input = lines('a{x="1} 1', `b{x="${INNER}"} 1`, "secret 1");
    expect(left(input, secret)).toBe(lines('a{x="1} 1', `b{x="${INNER}"} 1`));
  });
});

describe("of what is within quotes", () => {
  const entry = (bytes: number): string => {
    const [start, end] = ['a{x="', '"} 1'];
    return start + "secret 1\n".repeat(bytes).slice(0, bytes - start.length - end.length) + end;
  };
  const chunkBytes = [LINE_BYTES_MAX / 16 + 7];
  test("a line's limit may be several lines", () => {
    const input = lines(entry(LINE_BYTES_MAX), "secret 1", "b 1");
    for (const options of [{}, { chunkBytes }]) {
      const { text, counts } = filterText(input, [secret], options);
      expect(text === lines(entry(LINE_BYTES_MAX), "b 1")).toBe(true);
      expect(counts).toMatchObject({ samples: 3, dropped: 1, unreadable: 0 });
    }
  });
  test("more than that is taken line by line: no quote is followed without end", () => {
    const input = lines(entry(LINE_BYTES_MAX + 1), "secret 1", "b 1");
    for (const options of [{}, { chunkBytes }]) {
      const { text, counts } = filterText(input, [secret], options);
      expect(text.endsWith("b 1\n")).toBe(true);
      expect(counts.dropped).toBeGreaterThan(1);
    }
  });
  test("nothing is looked at again and again", () => {
    // Each line opens a quote that another one closes in a way that cannot be.
    const input = lines(...Array.from({ length: 200_000 }, () => 'a{x="1'), "secret 1");
    for (const options of [{}, { chunkBytes }]) {
      const { text, counts } = filterText(input, [secret], options);
      expect(text === input.replace("secret 1\n", "")).toBe(true);
      expect(counts).toMatchObject({ samples: 1, dropped: 1, unreadable: 200_000 });
    }
  });
  test("held metadata stays within its limit", () => {
    const name = "n\n".repeat(HELD_BYTES_MAX / 2);
    const input = lines(`# TYPE "${name}" gauge`, `{"${name}"} 1`, "b 1");
    expect(filterText(input, [secret], { chunkBytes }).text === input).toBe(true);
  });
});

describe("composite values of OpenMetrics 2.0", () => {
  const rq = 'rq{code="200"} {count:144,sum:3.5,schema:3,positive_spans:[0:2]} 17 st@5';
  test.each([
    [rq],
    ["rq {count:144,sum:3.5}"],
    ['rq{} { count : 144, sum:3.5 } # {t="1"} 1 # {t="2"} 2'],
    ['{"rq",code="1"} {count:1,quantile:[0.5:1.2]}'],
  ])("are samples: %s", (line) => {
    const input = lines("# TYPE rq histogram", line, "b 1", "# EOF");
    expect(left(input, [named("rq")])).toBe(lines("b 1", "# EOF"));
    expect(left(input, [ofType(3)])).toBe(lines("b 1", "# EOF"));
    expect(left(input, [named("b")])).toBe(input.replace("b 1\n", ""));
    expect(filterText(input, [[named("rq")]]).counts.unreadable).toBe(0);
  });
  test("are matched by the labels before them", () => {
    expect(left(lines(rq, "b 1"), [labelled("code", "200")])).toBe("b 1\n");
    expect(left(lines(rq, "b 1"), [labelled("count", "144")])).toBe(lines(rq, "b 1"));
  });
  test.each(["rq{count:1} ", "rq {", "rq {}", "rq {count}", "rq {:1}", 'rq {count="1"}'])(
    "are not what only begins like one: %s",
    (line) => {
      const { text, counts } = filterText(lines(line), [[named("rq")]]);
      expect([text, counts.unreadable]).toEqual([lines(line), 1]);
    },
  );
});
