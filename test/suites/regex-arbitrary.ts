// Random patterns and texts for the regex tests: patterns that RE2 accepts, patterns that it may
// reject, texts that these patterns have a chance to match, and texts with invalid UTF-8.

import * as fc from "fast-check";

/** The words of a line; a word cannot hold a space. */
function words(line: string): string[] {
  return line.split(" ");
}

const ATOMS = [
  [" ", "a", "b"],
  words("k s é ſ 0 _ . ab foo 日 😀 Σ ς [é-ü]"),
  words(String.raw`\n \x61 \x{10FFFF} \x{FFFD} \101 \Qa.b\E \.`),
  words(String.raw`\d \w \s \D \S \W \pL \PL \p{Greek} \p{^Lu} \pN`),
  words(String.raw`[ab] [^a] [a-c0-9] [[:alpha:]] [^[:word:]] [^\n] [\d_] []a] [[:^digit:]x]`),
  words(String.raw`^ $ \b \B \A \z (?m:^) (?m:$) (?s:.) (?i:Ks)`),
].flat();
const REPEATS = words("* + ? *? +? ?? {2} {0,2} {1,3} {2,} {2,}? {0}");
// Not (?i): RE2 2021 loses alternatives of a|(?i:a). Tests switch case folding for whole patterns.
const FLAGS = words("(?s) (?m) (?U) (?-s) (?sU) (?s-m)");

/** Patterns that RE2 accepts; always the same meaning in RE2 and here. */
export const validPattern: fc.Arbitrary<string> = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 3, arbitrary: fc.constantFrom(...ATOMS) },
    { weight: 3, arbitrary: fc.tuple(tie("node"), tie("node")).map((both) => both.join("")) },
    { weight: 1, arbitrary: fc.tuple(tie("node"), tie("node")).map(([a, b]) => `(?:${a}|${b})`) },
    { weight: 1, arbitrary: fc.tuple(tie("node"), tie("node")).map(([a, b]) => `(${a}|${b}|)`) },
    { weight: 1, arbitrary: tie("node").map((node) => `(${node})`) },
    { weight: 1, arbitrary: tie("node").map((node) => `(?P<n>${node})`) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(tie("node"), fc.constantFrom(...REPEATS))
        .map(([node, repeat]) => `(?:${node})${repeat}`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(...FLAGS), tie("node"))
        .map(([flags, node]) => `(?:${flags}${node})`),
    },
  ),
})).node;

const FRAGMENTS = [
  words("( ) (?: (?i) (?P<n> (?- (?i: (?P< (?< (? | * + ? *? ^ a é \\é 0 , $ . : >"),
  words("[ ] [^ [:alpha:] [[:foo:]] - a-z z-a {2} {2, {,2} {1001} {2,1} {1000}"),
  words(String.raw`\ \Q \E \p \pL \p{ \p{Greek} \p{X} } \x \x{ 41 \x4 \x{110000}`),
  words(String.raw`\0 \1 \8 \12 \d \b \C \z \Z \A \_ \u0041 \cA`),
].flat();

/** Pieces of syntax in any order: most are rejected for one reason or another. */
export const anyPattern: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...FRAGMENTS), { maxLength: 8 })
  .map((parts) => parts.join(""));

const PIECES = [
  [" ", "\n", "\uFFFD", "\u{10FFFF}", "\u212A"],
  words("a b A k K s S é É ſ 0 _ x . Σ ς σ 日 😀 ab foo a.b"),
].flat();

export const validText: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...PIECES), { maxLength: 12 })
  .map((parts) => parts.join(""));

const encoder = new TextEncoder();
const BROKEN = [
  [0x80],
  [0xc3],
  [0xe2, 0x82],
  [0xf0, 0x9f, 0x98],
  [0xff],
  [0xed, 0xa0, 0x80],
  [0xc0],
];

/** Bytes of texts in which some sequences are cut off or impossible. */
export const anyBytes: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc.oneof(
      fc.constantFrom(...PIECES).map((piece) => [...encoder.encode(piece)]),
      fc.constantFrom(...BROKEN),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Uint8Array.from(parts.flat()));
