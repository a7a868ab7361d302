// The bounds of the streaming filter: at, just over and far over each.

import { describe, expect, test } from "bun:test";
import { encodeUtf8 } from "../../../../src/core/utf8.ts";
import { PolicyStreamingFilter } from "../../../../src/protocols/prometheus/format/index.ts";
import {
  HELD_BYTES_MAX,
  LINE_BYTES_MAX,
  REMEMBERED_FAMILIES_MAX,
} from "../../../../src/core/limits.ts";
import { testEngine } from "../../../support/engine.ts";
import { drop, filterText, labelled, lines, named, nameStarts } from "./filter-text.ts";

/** A sample line of so many bytes without its newline. */
function sampleOf(bytes: number, name = "a"): string {
  const rest = `${name}{x=""} 1`;
  return `${name}{x="${"v".repeat(bytes - rest.length)}"} 1\n`;
}

describe("a line", () => {
  const drops = [[named("a")]];
  const chunked = { chunkBytes: [100_000] };

  test.each([0, 1, 2])("of the limit less %d bytes is judged", (less) => {
    const { text, counts } = filterText(sampleOf(LINE_BYTES_MAX - less), drops, chunked);
    expect([text, counts.tooLong, counts.dropped]).toEqual(["", 0, 1]);
  });
  test.each([1, 2, 99_999, 100_000, 3_000_000])("%d bytes above it passes whole", (more) => {
    const long = sampleOf(LINE_BYTES_MAX + more);
    const input = `a 1\n${long}a 2\nb 3\n`;
    for (const options of [chunked, {}]) {
      const { text, counts } = filterText(input, drops, options);
      expect(text === `${long}b 3\n`).toBe(true);
      expect(counts).toMatchObject({ lines: 4, samples: 3, dropped: 2, tooLong: 1 });
    }
  });
  test("above it may be the last, without a newline", () => {
    const long = sampleOf(LINE_BYTES_MAX + 1).trimEnd();
    const { text, counts } = filterText(`a 1\n${long}`, drops, chunked);
    expect([text === long, counts.lines, counts.tooLong]).toEqual([true, 2, 1]);
  });
  test("above it brings the metadata of its family", () => {
    const long = sampleOf(LINE_BYTES_MAX + 1);
    for (const options of [chunked, {}]) {
      const { text } = filterText(`# TYPE a gauge\na 1\n${long}a 2\n`, drops, options);
      expect(text === `# TYPE a gauge\n${long}`).toBe(true);
    }
  });
});

describe("held metadata", () => {
  const help = (bytes: number): string => `# HELP a ${"h".repeat(bytes - 10)}\n`;

  test("of the limit goes with its family", () => {
    const half = help(HELD_BYTES_MAX / 2);
    expect(filterText(`${half}${half}a 1\n`, [[named("a")]]).text).toBe("");
  });
  test("above it goes out at once", () => {
    const half = help(HELD_BYTES_MAX / 2);
    const input = `${half}${half}# TYPE a gauge\na 1\n`;
    const { text } = filterText(input, [[named("a")]], { chunkBytes: [70_000] });
    expect(text === input.replace("a 1\n", "")).toBe(true);
  });
});

describe("remembered families", () => {
  /** Families of which each drops its first sample and keeps one that comes after all others. */
  function reappearing(count: number): { input: string; names: string[] } {
    const names = Array.from({ length: count }, (_, i) => `f${i}`);
    const first = names.map((name) => `# TYPE ${name} counter\n${name}_total{x="1"} 1\n`);
    const again = names.map((name) => `${name}_total{x="2"} 2\n`);
    return { input: first.join("") + again.join(""), names };
  }
  const drops = [[labelled("x", "1")]];

  test("have their metadata again, up to half of the limit at the least", () => {
    const { input, names } = reappearing(REMEMBERED_FAMILIES_MAX / 2);
    const want = names.map((name) => `# TYPE ${name} counter\n${name}_total{x="2"} 2\n`).join("");
    expect(filterText(input, drops, { chunkBytes: [5000] }).text === want).toBe(true);
  });
  test("far above the limit, the oldest go without", () => {
    const { input, names } = reappearing(REMEMBERED_FAMILIES_MAX * 2);
    const { text } = filterText(input, drops);
    const samples = names.map((name) => `${name}_total{x="2"} 2`);
    expect(
      text
        .split("\n")
        .filter((line) => !line.startsWith("#"))
        .slice(0, -1),
    ).toEqual(samples);
    expect(text).toStartWith('f0_total{x="2"} 2\nf1_total');
  });
  test("that are too large to be remembered do no harm", () => {
    const help = `# HELP a ${"h".repeat(900_000)}\n`;
    const input = `${help}# TYPE a counter\na_total{x="1"} 1\nb 1\na_total{x="2"} 2\n`;
    expect(filterText(input, drops).text).toBe('b 1\na_total{x="2"} 2\n');
  });
});

describe("input and output", () => {
  const input = lines("# TYPE a gauge", "a 1", "b 2", "a 3", "b 4");
  const output = lines("b 2", "b 4");
  const drops = [[named("a")]];

  test.each([0, input.length, input.length + 1])("an input limit of %d is not met", (max) => {
    const got = filterText(input, drops, { inputBytesMax: max, chunkBytes: [3] });
    expect([got.text, got.limitReached]).toEqual([output, undefined]);
  });
  test("an input limit ends the output after a whole line, whatever the chunks", () => {
    for (let max = 1; max < input.length; max++) {
      const whole = input.slice(0, input.lastIndexOf("\n", max - 1) + 1);
      const want = filterText(whole, []).text.replace(/# TYPE a gauge\n|a \d\n/g, "");
      for (const chunkBytes of [[1], [7], [1000]]) {
        const got = filterText(input, drops, { inputBytesMax: max, chunkBytes });
        expect([max, got.text, got.limitReached]).toEqual([max, want, "input"]);
        expect(got.counts.bytesIn).toBe(max);
      }
    }
  });
  test.each([0, output.length, output.length + 1])("an output limit of %d is not met", (max) => {
    const got = filterText(input, drops, { outputBytesMax: max, chunkBytes: [3] });
    expect([got.text, got.limitReached]).toEqual([output, undefined]);
  });
  test("an output limit ends the output after a whole line, whatever the chunks", () => {
    for (let max = 1; max < output.length; max++) {
      for (const chunkBytes of [[1], [7], [1000]]) {
        const got = filterText(input, drops, { outputBytesMax: max, chunkBytes });
        const want = max < 4 ? "" : "b 2\n";
        expect([max, got.text, got.limitReached]).toEqual([max, want, "output"]);
      }
    }
  });
  test("nothing is taken any more once a limit was reached", () => {
    const { engine } = testEngine([drop("p", nameStarts("zzz"))]);
    let bytes = 0;
    const filter = new PolicyStreamingFilter({
      evaluation: engine.evaluation("metric"),
      sink: { write: (_, start, end) => void (bytes += end - start) },
      outputBytesMax: 5,
    });
    expect(filter.push(encodeUtf8("a 1\nb 2\n"))).toBe(false);
    expect(filter.push(encodeUtf8("c"))).toBe(false);
    expect([filter.end(), bytes, filter.counts.bytesIn]).toEqual([false, 4, 8]);
  });
});
