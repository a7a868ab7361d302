// Line rules: regular expressions on the text of lines, in the order in which they were written.
// Each sees what the rules before it left, like filters in a pipe.

import {
  compileRegex,
  type Regex,
  type RegexValidator,
  RegexSyntaxError,
} from "../../regex/index.ts";

export interface LineRule {
  /** `include`: lines that do not match go; `exclude`: those that match. */
  readonly kind: "include" | "exclude";
  /** RE2 syntax; searched for anywhere in the line. */
  readonly pattern: string;
}

/** A pattern that is none, with RE2's reason. */
export class LineRuleError extends Error {
  readonly code = "line_rule";
  constructor({ kind, pattern }: LineRule, reason: string) {
    super(
      `--${kind} ${JSON.stringify(pattern)} is no regular expression of RE2: ${reason}; ` +
        "escape what is meant literally with a backslash.",
    );
    this.name = "LineRuleError";
  }
}

export class LineRules {
  private readonly regexes: readonly Regex[];
  private readonly includes: readonly boolean[];

  /** `validateRegex`: says what RE2 says of a pattern. Throws LineRuleError. */
  constructor(rules: readonly LineRule[], validateRegex: RegexValidator) {
    this.regexes = rules.map((rule) => compile(rule, validateRegex));
    this.includes = rules.map(({ kind }) => kind === "include");
  }

  get isEmpty(): boolean {
    return this.regexes.length === 0;
  }

  /** Whether the line stays. */
  keeps(bytes: Uint8Array, start: number, end: number): boolean {
    const { regexes, includes } = this;
    for (let i = 0; i < regexes.length; i++) {
      if ((regexes[i] as Regex).test(bytes, start, end) !== includes[i]) return false;
    }
    return true;
  }
}

function compile(rule: LineRule, validateRegex: RegexValidator): Regex {
  const reason = validateRegex(rule.pattern);
  if (reason !== undefined) throw new LineRuleError(rule, reason);
  try {
    return compileRegex(rule.pattern, { caseInsensitive: false });
  } catch (error) {
    if (error instanceof RegexSyntaxError) throw new LineRuleError(rule, error.message);
    throw error;
  }
}
