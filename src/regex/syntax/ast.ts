// The syntax tree of a regex, and the error for patterns that cannot be parsed. Nodes are
// immutable.

/** Conditions between two bytes, as bits. */
export const At = {
  beginLine: 1,
  endLine: 2,
  beginText: 4,
  endText: 8,
  word: 16,
  notWord: 32,
} as const;

/** Sorted, disjoint, inclusive code point ranges: lo, hi, lo, hi, … */
export type Ranges = readonly number[];

export interface CharNode {
  readonly op: "char";
  readonly cp: number;
  /** Matches every code point of the folding orbit; only set if there is more than one. */
  readonly fold: boolean;
}
export interface RepeatNode {
  readonly op: "repeat";
  readonly sub: Node;
  readonly min: number;
  /** -1: unbounded. */
  readonly max: number;
  readonly greedy: boolean;
  /** Written with braces. */
  readonly counted: boolean;
  /**
   * Flags in force where it was written: RE2 merges `x*` and `+` of `(?:x*)+` only when they agree.
   */
  readonly flags: number;
  readonly copies: number;
}
export interface CaptureNode {
  readonly op: "capture";
  readonly sub: Node;
  /** From 1. */
  readonly index: number;
  readonly copies: number;
}
export interface ListNode {
  readonly op: "concat" | "alternate";
  readonly subs: readonly Node[];
  readonly copies: number;
}

/** `copies` is the largest product of nested repetition counts inside. */
export type Node =
  | { readonly op: "empty" }
  | CharNode
  | { readonly op: "class"; readonly ranges: Ranges }
  | { readonly op: "any_byte" }
  | { readonly op: "assert"; readonly at: number }
  | RepeatNode
  | CaptureNode
  | ListNode;

export const EMPTY: Node = { op: "empty" };
/** Matches nothing. */
const NEVER: Node = { op: "class", ranges: [] };

export interface ParsedRegex {
  readonly root: Node;
  readonly groupNames: readonly (string | undefined)[];
}

export function copiesOf(node: Node): number {
  return "copies" in node ? node.copies : 1;
}

/** A list of nodes as one node; lists of the same kind are spliced in. */
export function listNode(op: "concat" | "alternate", nodes: readonly Node[]): Node {
  const only = nodes[0];
  if (only === undefined) return op === "concat" ? EMPTY : NEVER;
  if (nodes.length === 1) return only;
  const subs: Node[] = [];
  let copies = 1;
  for (const node of nodes) {
    if (node.op === op) for (const sub of node.subs) subs.push(sub);
    else if (op === "alternate" || node.op !== "empty") subs.push(node);
    const inner = copiesOf(node);
    if (inner > copies) copies = inner;
  }
  const first = subs[0];
  if (first === undefined) return EMPTY;
  return subs.length === 1 ? first : { op, subs, copies };
}

/**
 * `x*`, `x+` or `x?` as RE2 builds it: of two in a row only one is left, which affects what groups
 * capture.
 */
export function simpleRepeat(
  sub: Node,
  min: number,
  max: number,
  flags: number,
  greedy: boolean,
): Node {
  if (sub.op === "repeat" && !sub.counted && sub.flags === flags) {
    return sub.min === min && sub.max === max ? sub : { ...sub, min: 0, max: -1 };
  }
  return { op: "repeat", sub, min, max, greedy, counted: false, flags, copies: copiesOf(sub) };
}

/** A pattern that RE2 would reject; `message` is RE2's reason. */
export class RegexSyntaxError extends Error {
  readonly code = "regex_syntax";
  constructor(reason: string, found = "") {
    super(found === "" ? reason : `${reason}: ${found}`);
    this.name = "RegexSyntaxError";
  }
}
