// The streaming filter by behaviour: names and labels in all their spellings, samples that resemble
// each other, and lines that cannot be read.

import { describe, expect, test } from "bun:test";
import { encodeUtf8 } from "../../../../src/core/utf8.ts";
import { testEngine } from "../../../support/engine.ts";
import {
  drop,
  filterBytes,
  filterText,
  hasLabel,
  labelled,
  left,
  lines,
  named,
  nameStarts,
  not,
  ofResource,
  ofType,
} from "./filter-text.ts";

describe("names and labels", () => {
  test("quoted names are matched unescaped, and go with their metadata", () => {
    const input = lines(
      '# HELP "my.\\"metric\\"" Help.',
      '# TYPE "my.\\"metric\\"" histogram',
      '{"my.\\"metric\\"_bucket",le="+Inf"} 1',
      '{"my.\\"metric\\"_sum"} 1',
      '{"other",a="b"} 1',
    );
    expect(left(input, [named('my."metric"')])).toBe('{"other",a="b"} 1\n');
    expect(left(input, [labelled("le", "+Inf")])).toBe(
      input.replace('{"my.\\"metric\\"_bucket",le="+Inf"} 1\n', ""),
    );
  });
  test("label values are matched unescaped", () => {
    const input = lines('a{p="C:\\\\x\\n\\"y\\" \\q"} 1', 'a{p="x"} 1');
    expect(left(input, [labelled("p", 'C:\\x\n"y" \\q')])).toBe('a{p="x"} 1\n');
    expect(left(input, [labelled("p", "C:\\\\x")])).toBe(input);
  });
  test("quoted label names are matched unescaped", () => {
    const input = lines('a{"k.\\"8s\\""="v"} 1', 'a{"k.8s"="v"} 1');
    expect(left(input, [hasLabel('k."8s"')])).toBe('a{"k.8s"="v"} 1\n');
    expect(left(input, [hasLabel("k.8s")])).toBe('a{"k.\\"8s\\""="v"} 1\n');
  });
  test("a label that is there but empty exists", () => {
    expect(left('a{x=""} 1\n', [hasLabel("x")])).toBe("");
    expect(left('a{y=""} 1\n', [hasLabel("x")])).toBe('a{y=""} 1\n');
  });
  test("braces and hashes inside of quotes are text", () => {
    const input = lines('a{x="} 1 # {"} 1', 'a{x="b",y="}"} 2');
    expect(left(input, [labelled("x", "} 1 # {")])).toBe('a{x="b",y="}"} 2\n');
  });
  test("job and instance are the resource's service.name and service.instance.id", () => {
    const input = lines('a{job="x",instance="1"} 1', 'a{job="y",instance="1"} 2', "a 3");
    expect(left(input, [ofResource("service.name", "x")])).toBe(
      lines('a{job="y",instance="1"} 2', "a 3"),
    );
    expect(left(input, [ofResource("service.instance.id", "1")])).toBe("a 3\n");
    expect(left(input, [ofResource("job", "x")])).toBe(input);
    expect(left(input, [labelled("job", "x"), named("a")])).toBe(
      lines('a{job="y",instance="1"} 2', "a 3"),
    );
    expect(left(input, [not(ofResource("service.name", "x")), named("a")])).toBe(
      'a{job="x",instance="1"} 1\n',
    );
  });
});

describe("samples that begin alike", () => {
  const asked = labelled("asked", "1");
  test("are judged by what comes after", () => {
    const input = lines(
      'a{x="1",y="1"} 1',
      'a{x="1",asked="1"} 2',
      'a{x="1",y="2"} 3',
      'a{x="1",y="2",asked="1"} 4',
      'a{x="1","asked"="1"} 5',
      'a{x="1","\\asked"="1"} 6',
      'a{x="1"} 7',
    );
    expect(left(input, [asked])).toBe(
      lines('a{x="1",y="1"} 1', 'a{x="1",y="2"} 3', 'a{x="1","\\asked"="1"} 6', 'a{x="1"} 7'),
    );
  });
  test("may go on with a name that has escapes", () => {
    const input = lines('a{x="1"} 1', 'a{"as\\"ked"="1"} 2');
    expect(left(input, [labelled('as"ked', "1")])).toBe('a{x="1"} 1\n');
  });
  test("may go on with a label of the resource", () => {
    const input = lines('a{x="1",job="k"} 1', 'a{x="1",job="j"} 2', 'a{x="1"} 3', 'a{job="j"} 4');
    const want = lines('a{x="1",job="k"} 1', 'a{x="1"} 3');
    expect(left(input, [ofResource("service.name", "j")])).toBe(want);
    expect(left(input, [ofResource("service.name", "j"), hasLabel("job")])).toBe(want);
  });
  test("are counted and read like others", () => {
    const input = lines(
      'a{x="1",asked="2",y="1"} 1',
      'a{x="1",asked="2",y="2"} 2',
      'a{x="1",asked="2"y} 3',
    );
    expect(filterText(input, [[asked]]).counts).toMatchObject({
      samples: 2,
      unreadable: 1,
      lines: 3,
    });
  });
  test("of another family are judged anew", () => {
    const rest = '{asked="2",y="1"} 1';
    const input = lines("# TYPE a gauge", `a${rest}`, "# TYPE b counter", `b${rest}`, `a${rest}`);
    expect(left(input, [ofType(2), labelled("asked", "2")])).toBe(
      lines("# TYPE a gauge", `a${rest}`, `a${rest}`),
    );
  });
});

describe("what cannot be read", () => {
  test("is kept, in its place, with the metadata before it", () => {
    const input = lines("# TYPE a gauge", "a{ 1", 'a{x="1} 2', "a nonsense", "9a 1", "a 1", "a");
    const { text, counts } = filterText(input, [[nameStarts("")], [named("a")]]);
    expect(text).toBe(input.replace("a 1\n", ""));
    expect(counts).toMatchObject({ lines: 7, samples: 1, dropped: 1, unreadable: 5 });
  });
  test("may be bytes that are no UTF-8", () => {
    const bytes = Uint8Array.of(0xff, 0xfe, 0x0a, 0x61, 0x20, 0x31, 0x0a, 0x00);
    const { engine } = testEngine([drop("p", named("a"))]);
    const evaluation = engine.evaluation("metric");
    const out: number[] = [];
    const got = filterBytes(bytes, { evaluation, chunkBytes: [3, 1] });
    for (const char of encodeUtf8(got.text)) out.push(char);
    expect(got.counts).toMatchObject({ lines: 3, samples: 1, dropped: 1, unreadable: 2 });
    expect(got.counts.bytesOut).toBe(4);
  });
  test("a last line without a newline is judged as well, and none is added", () => {
    expect(left("a 1\nb 2", [named("a")])).toBe("b 2");
    expect(left("a 1\nb 2", [named("b")])).toBe("a 1\n");
    expect(left("# TYPE a gauge", [named("a")])).toBe("# TYPE a gauge");
  });
  test("carriage returns stay", () => {
    const input = "# TYPE a gauge\r\na 1\r\n\r\nb 1\r\n";
    expect(left(input, [ofType(1)])).toBe("\r\nb 1\r\n");
    expect(left(input, [named("c")])).toBe(input);
  });
});
