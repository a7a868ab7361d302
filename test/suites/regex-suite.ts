// What every regex engine of this project must answer: pattern, text, and the match with its
// groups. Run against the engine and against RE2, so that neither the engine nor the cases can be
// wrong alone.

export interface RegexCase {
  readonly pattern: string;
  readonly caseInsensitive?: boolean;
  readonly text: string;
  /** The match and its groups, or null. */
  readonly want: readonly (string | undefined)[] | null;
}

type Row = readonly [pattern: string, text: string, ...want: (string | undefined)[]];

function rows(list: readonly Row[], caseInsensitive = false): RegexCase[] {
  return list.map(([pattern, text, ...want]) => ({
    pattern,
    caseInsensitive,
    text,
    want: want.length === 0 ? null : want,
  }));
}

/** A row without a match ends after its text. */
export const REGEX_CASES: readonly RegexCase[] = [
  ...rows([
    // Literals and anchors.
    ["", "", ""],
    ["", "abc", ""],
    ["foo", "a food", "foo"],
    ["foo", "fo o"],
    ["^foo", "foo", "foo"],
    ["^foo", " foo"],
    ["foo$", "a foo", "foo"],
    ["foo$", "foo\n"],
    ["^$", "", ""],
    ["^$", "\n"],
    ["\\Afoo\\z", "foo", "foo"],
    ["\\Afoo\\z", "foo\n"],
    ["(?m)^b$", "a\nb\nc", "b"],
    ["(?m)^$", "a\n\nb", ""],
    ["(?m)^b\\z", "b\nb", "b"],
    ["(?m:^)b$", "b\nb", "b"],
    ["a^b", "a^b"],
    ["a$b", "a$b"],
    // Dot and newlines.
    ["^.*$", "one line", "one line"],
    ["^.*$", "two\nlines"],
    ["(?s)^.*$", "two\nlines", "two\nlines"],
    ["(?s)a.b", "a\nb", "a\nb"],
    ["a.b", "a\nb"],
    ["(?s:a.)b.c", "a\nbxc", "a\nbxc"],
    ["(?s:a.)b.c", "a\nb\nc"],
    ["[^a]", "\n", "\n"],
    [".", "é", "é"],
    [".", "\u{10FFFF}", "\u{10FFFF}"],
    ["^.$", "😀", "😀"],
    ["^..$", "😀"],
    // Leftmost-first and greed.
    ["a|ab", "ab", "a"],
    ["(a|ab)(c|bcd)(d*)", "abcd", "abcd", "a", "bcd", ""],
    ["a*", "baa", ""],
    ["a+?", "aaa", "a"],
    ["a{2,3}", "aaaa", "aaa"],
    ["a{2,3}?", "aaaa", "aa"],
    ["(?U)a+", "aaa", "a"],
    ["(?U)a+?", "aaa", "aaa"],
    ["a{,2}", "a{,2}", "a{,2}"],
    ["a{2", "a{2", "a{2"],
    ["x{0}y", "xy", "y"],
    ["(x){0}y", "xy", "y", undefined],
    ["<(.+?)>", "<a><b>", "<a>", "a"],
    ["<(.+)>", "<a><b>", "<a><b>", "a><b"],
    // Groups.
    ["(a+)(b+)", "xaabbb", "aabbb", "aa", "bbb"],
    ["(a)|(b)", "b", "b", undefined, "b"],
    ["(?:(a)|b)*", "ab", "ab", "a"],
    ["(?P<user>\\w+)@(?P<host>\\w+)", "to joe@example now", "joe@example", "joe", "example"],
    ["(a*)*", "b", "", undefined],
    ["(a*)+", "b", "", ""],
    ["(a*)+", "aab", "aa", "aa"],
    ["(|a)*", "aa", "aa", "a"],
    ["(|a)+", "aa", "", ""],
    ["((a)|b){2}", "ba", "ba", "a", "a"],
    ["((a)|b){2}", "ab", "ab", "b", "a"],
    // Words: ASCII only.
    ["\\bfoo\\b", "a foo.", "foo"],
    ["\\bfoo\\b", "foos"],
    ["\\bfoo\\b", "éfooé", "foo"],
    ["\\Bx", "ax", "x"],
    ["\\Bx", "x"],
    ["\\w+", "éa_1é", "a_1"],
    ["\\d+", "٣4", "4"],
    ["\\s", "\v"],
    ["[[:space:]]", "\v", "\v"],
    // Classes.
    ["[a-c]+", "xbcay", "bca"],
    ["[^a-c]+", "abxyc", "xy"],
    ["[]a]+", "x]a", "]a"],
    ["[a-]+", "x-a-", "-a-"],
    ["[\\d-z]+", "y1-z", "1-z"],
    ["[[:alpha:]_]+", "1a_b", "a_b"],
    ["[[:^alpha:]]+", "ab12", "12"],
    ["[[:word:]]+", "-a_1-", "a_1"],
    ["\\pL+", "1éλ日2", "éλ日"],
    ["\\p{Greek}+", "aλμb", "λμ"],
    ["\\P{Greek}", "λ"],
    ["\\p{^Greek}", "λa", "a"],
    ["\\PL", "é1", "1"],
    ["[^\\x00-\\x{10FFFF}]", "a"],
    // Escapes.
    ["\\x41\\x{1F600}\\101\\0", "A😀A\0", "A😀A\0"],
    ["\\Qa.b*\\Ec", "a.b*c", "a.b*c"],
    ["\\Qa.b", "a.b", "a.b"],
    ["\\Qab\\E*", "abbb", "abbb"],
    ["\\a\\f\\t\\n\\r\\v", "\x07\f\t\n\r\v", "\x07\f\t\n\r\v"],
    ["a\\_b\\-\\/", "a_b-/", "a_b-/"],
    // Case.
    ["(?i)straße", "STRAßE", "STRAßE"],
    ["(?i)straße", "STRASSE"],
    ["(?i)k", "\u212A", "\u212A"],
    ["(?i)S", "ſ", "ſ"],
    ["(?i)\u212A", "k", "k"],
    ["(?i)[k]", "\u212A", "\u212A"],
    ["(?i)[^k]", "\u212A"],
    ["(?i)\\w", "ſ", "ſ"],
    ["\\w", "ſ"],
    ["(?i)σ", "ς", "ς"],
    ["(?i)\\p{Lu}", "a", "a"],
    ["(?i)ß", "ẞ", "ẞ"],
    ["(?i)ı", "I"],
    ["a(?i)b(?-i)c", "aBc", "aBc"],
    ["a(?i)b(?-i)c", "aBC"],
    ["(?i:a)b|c", "Ab", "Ab"],
    ["(?i:a)b|c", "AB"],
    ["(?:(?i)a)b", "AB"],
    // U+FFFD is a character like any other.
    ["\uFFFD", "a\uFFFD", "\uFFFD"],
    ["[^a]", "\uFFFD", "\uFFFD"],
  ]),
  ...rows(
    [
      ["verbose trace", "Verbose TRACE", "Verbose TRACE"],
      ["[a-c]", "B", "B"],
      ["(?-i)a", "A"],
      ["\\x41", "a", "a"],
      ["\\Qé\\E", "É", "É"],
      ["ǆ", "ǅ", "ǅ"],
    ],
    true,
  ),
];
