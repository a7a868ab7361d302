// RE2 syntax to a syntax tree: the default options of RE2 with Perl classes (UTF-8,
// leftmost-first). It accepts exactly what RE2 accepts, and also `(?<name>…)`; differential tests
// check that. Nothing is simplified here.

import {
  At,
  copiesOf,
  listNode,
  RegexSyntaxError,
  simpleRepeat,
  type Node,
  type ParsedRegex,
  type Ranges,
} from "./ast.ts";
import { CODE_POINT_MAX } from "./char-class.ts";
import { parseEscape } from "./escape.ts";
import { orbitOf } from "./fold.ts";
import { REGEX_GROUPS_MAX, REGEX_NESTING_MAX, REGEX_REPEAT_MAX } from "../../core/limits.ts";
import { parseClass, parseUnicodeGroup } from "./parse-class.ts";
import { perlClass } from "./unicode.ts";

const NOT_NEWLINE: Ranges = [0, 9, 11, CODE_POINT_MAX];
const ANY: Ranges = [0, CODE_POINT_MAX];
const DOT: Node = { op: "class", ranges: NOT_NEWLINE };
const DOT_ALL: Node = { op: "class", ranges: ANY };

const Flag = { fold: 1, multiLine: 2, dotAll: 4, ungreedy: 8 } as const;
const FLAG_LETTERS: Readonly<Record<string, number>> = {
  i: Flag.fold,
  m: Flag.multiLine,
  s: Flag.dotAll,
  U: Flag.ungreedy,
};

/** An open group: what it replaced, and its capture index or 0. */
interface Group {
  readonly branches: Node[];
  readonly items: Node[];
  readonly flags: number;
  readonly capture: number;
}

/** Counted repetition as written. */
interface Counts {
  readonly min: number;
  readonly max: number;
  readonly end: number;
}

/** Parses `pattern`; throws RegexSyntaxError with RE2's reason. */
export function parseRegex(pattern: string, caseInsensitive: boolean): ParsedRegex {
  return new Parser(pattern.toWellFormed(), caseInsensitive ? Flag.fold : 0).parse();
}

class Parser {
  private readonly text: string;
  private at = 0;
  private flags: number;
  private readonly groups: Group[] = [];
  private readonly groupNames: (string | undefined)[] = [];
  /** Finished branches of the innermost open group, and the items of its current branch. */
  private branches: Node[] = [];
  private items: Node[] = [];
  /** Start of the repetition operator that ended just here, or -1. */
  private operatorStart = -1;

  constructor(text: string, flags: number) {
    this.text = text;
    this.flags = flags;
  }

  parse(): ParsedRegex {
    while (this.at < this.text.length) {
      const operatorStart = this.operatorStart;
      this.operatorStart = -1;
      this.parseOne(operatorStart);
    }
    if (this.groups.length > 0) throw new RegexSyntaxError("missing )", this.text);
    return { root: this.closeBranches(), groupNames: this.groupNames };
  }

  private parseOne(operatorStart: number): void {
    const char = this.text[this.at];
    switch (char) {
      case "(":
        return this.open();
      case ")":
        return this.close();
      case "|":
        this.endBranch();
        this.at++;
        return undefined;
      case "^":
        return this.push(this.assertion(Flag.multiLine, At.beginLine, At.beginText), 1);
      case "$":
        return this.push(this.assertion(Flag.multiLine, At.endLine, At.endText), 1);
      case ".":
        return this.push((this.flags & Flag.dotAll) !== 0 ? DOT_ALL : DOT, 1);
      case "[": {
        const { ranges, end } = parseClass(this.text, this.at, this.folds());
        return this.push({ op: "class", ranges }, end - this.at);
      }
      case "*":
        return this.repeat(0, -1, this.at + 1, operatorStart);
      case "+":
        return this.repeat(1, -1, this.at + 1, operatorStart);
      case "?":
        return this.repeat(0, 1, this.at + 1, operatorStart);
      case "{": {
        const counts = this.counts();
        if (counts === undefined) return this.literal(0x7b, 1);
        return this.repeat(counts.min, counts.max, counts.end, operatorStart);
      }
      case "\\":
        return this.backslash();
      default: {
        const cp = this.text.codePointAt(this.at) ?? 0;
        return this.literal(cp, cp > 0xffff ? 2 : 1);
      }
    }
  }

  private folds(): boolean {
    return (this.flags & Flag.fold) !== 0;
  }

  private assertion(flag: number, when: number, otherwise: number): Node {
    return { op: "assert", at: (this.flags & flag) !== 0 ? when : otherwise };
  }

  private push(node: Node, width: number): void {
    this.items.push(node);
    this.at += width;
  }

  private literal(cp: number, width: number): void {
    this.push({ op: "char", cp, fold: this.folds() && orbitOf(cp) !== undefined }, width);
  }

  private endBranch(): void {
    this.branches.push(listNode("concat", this.items));
    this.items = [];
  }

  private closeBranches(): Node {
    this.endBranch();
    return listNode("alternate", this.branches);
  }

  private backslash(): void {
    const { text, at } = this;
    const next = text[at + 1] ?? "";
    switch (next) {
      case "b":
        return this.push({ op: "assert", at: At.word }, 2);
      case "B":
        return this.push({ op: "assert", at: At.notWord }, 2);
      case "A":
        return this.push({ op: "assert", at: At.beginText }, 2);
      case "z":
        return this.push({ op: "assert", at: At.endText }, 2);
      case "C":
        return this.push({ op: "any_byte" }, 2);
      case "Q":
        return this.quotation();
      case "p":
      case "P": {
        const { ranges, end } = parseUnicodeGroup(text, at, this.folds());
        return this.push({ op: "class", ranges }, end - at);
      }
      default: {
        const ranges = perlClass(next, this.folds());
        if (ranges !== undefined) return this.push({ op: "class", ranges }, 2);
        const { cp, end } = parseEscape(text, at);
        return this.literal(cp, end - at);
      }
    }
  }

  private quotation(): void {
    this.at += 2;
    const close = this.text.indexOf("\\E", this.at);
    const end = close < 0 ? this.text.length : close;
    while (this.at < end) {
      const cp = this.text.codePointAt(this.at) ?? 0;
      this.literal(cp, cp > 0xffff ? 2 : 1);
    }
    if (close >= 0) this.at += 2;
  }

  private open(): void {
    const { text, at } = this;
    if (text[at + 1] !== "?") {
      this.groupNames.push(undefined);
      this.pushGroup(this.groupNames.length);
      this.at++;
      return;
    }
    const named = text.startsWith("P<", at + 2) ? at + 4 : at + 3;
    if (named === at + 4 || text[at + 2] === "<") this.openNamed(named);
    else this.parseFlags();
  }

  private pushGroup(capture: number): void {
    if (capture > REGEX_GROUPS_MAX) {
      throw new RegexSyntaxError(`there are more than ${REGEX_GROUPS_MAX} groups`);
    }
    if (this.groups.length >= REGEX_NESTING_MAX) {
      throw new RegexSyntaxError(`groups are nested more than ${REGEX_NESTING_MAX} deep`);
    }
    const { branches, items, flags } = this;
    this.groups.push({ branches, items, flags, capture });
    this.branches = [];
    this.items = [];
  }

  private openNamed(nameStart: number): void {
    const { text, at } = this;
    const end = text.indexOf(">", nameStart);
    const name = text.slice(nameStart, end);
    if (end < 0 || !/^[A-Za-z0-9_]+$/.test(name)) {
      throw new RegexSyntaxError(
        "invalid named capture group",
        text.slice(at, end < 0 ? undefined : end + 1),
      );
    }
    this.groupNames.push(name);
    this.pushGroup(this.groupNames.length);
    this.at = end + 1;
  }

  /** `(?flags)` or `(?flags:`. */
  private parseFlags(): void {
    const { text, at } = this;
    let flags = this.flags;
    let negated = false;
    let pending = false;
    let next = at + 2;
    for (;;) {
      const char = text[next++];
      if (char === ":" || char === ")") {
        if (negated && pending) break;
        if (char === ":") this.pushGroup(0);
        this.flags = flags;
        this.at = next;
        return;
      }
      if (char === "-" && !negated) {
        negated = true;
        pending = true;
        continue;
      }
      const bit = char !== undefined && Object.hasOwn(FLAG_LETTERS, char) && FLAG_LETTERS[char];
      if (!bit) break;
      flags = negated ? flags & ~bit : flags | bit;
      pending = false;
    }
    throw new RegexSyntaxError("invalid perl operator", text.slice(at, next));
  }

  private close(): void {
    const group = this.groups.pop();
    if (group === undefined) throw new RegexSyntaxError("unexpected )", this.text);
    const sub = this.closeBranches();
    this.branches = group.branches;
    this.items = group.items;
    this.flags = group.flags;
    this.at++;
    if (group.capture === 0) this.items.push(sub);
    else {
      this.items.push({ op: "capture", sub, index: group.capture, copies: copiesOf(sub) });
    }
  }

  /** `{2}`, `{2,}` or `{2,4}` at the current position; anything else is literal. */
  private counts(): Counts | undefined {
    const pattern = /\{(0|[1-9][0-9]{0,8})(?:(,)(0|[1-9][0-9]{0,8})?)?\}/y;
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return undefined;
    const min = Number(found[1]);
    const open = found[2] !== undefined && found[3] === undefined;
    return { min, max: open ? -1 : Number(found[3] ?? min), end: pattern.lastIndex };
  }

  private repeat(min: number, max: number, operatorEnd: number, operatorStart: number): void {
    const { text, at } = this;
    const lazy = text[operatorEnd] === "?";
    const end = operatorEnd + (lazy ? 1 : 0);
    const operator = text.slice(at, end);
    if (operatorStart >= 0) {
      throw new RegexSyntaxError("bad repetition operator", text.slice(operatorStart, end));
    }
    const counted = text[at] === "{";
    const tooMany = min > REGEX_REPEAT_MAX || max > REGEX_REPEAT_MAX;
    if (counted && ((max >= 0 && max < min) || tooMany)) {
      throw new RegexSyntaxError("invalid repetition size", operator);
    }
    const sub = this.items.pop();
    if (sub === undefined) {
      throw new RegexSyntaxError("no argument for repetition operator", operator);
    }
    const factor = counted ? Math.max(1, max < 0 ? min : max) : 1;
    const copies = factor * copiesOf(sub);
    if (factor > 1 && copies > REGEX_REPEAT_MAX) {
      throw new RegexSyntaxError("invalid repetition size", operator);
    }
    const greedy = lazy === ((this.flags & Flag.ungreedy) !== 0);
    const flags = (this.flags & ~Flag.ungreedy) | (greedy ? 0 : Flag.ungreedy);
    this.operatorStart = at;
    this.at = end;
    if (counted) {
      this.items.push({ op: "repeat", sub, min, max, greedy, counted, flags, copies });
    } else {
      this.items.push(simpleRepeat(sub, min, max, flags, greedy));
    }
  }
}
