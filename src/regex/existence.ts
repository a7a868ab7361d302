// Rewrites a syntax tree into a smaller one that matches somewhere in exactly the same texts. Where
// the match begins and ends is lost, and so are captures; searching needs neither.

import { At, copiesOf, EMPTY, listNode, type Node, type RepeatNode } from "./syntax/ast.ts";
import { CODE_POINT_MAX } from "./syntax/char-class.ts";

/** The tree to search for. Parts at either end of a match that may be empty are dropped. */
export function existenceTree(root: Node): Node {
  const plain = stripCaptures(root);
  const loose = isByteWise(plain) ? plain : dropLineEnds(plain);
  const tree = trim(trim(loose, false), true);
  // Every text has a first and a last line.
  const line = At.beginLine | At.endLine;
  return tree.op === "assert" && (tree.at & line) !== 0 ? EMPTY : tree;
}

function stripCaptures(node: Node): Node {
  switch (node.op) {
    case "capture":
      return stripCaptures(node.sub);
    case "repeat": {
      const sub = stripCaptures(node.sub);
      return sub.op === "empty" ? EMPTY : { ...node, sub };
    }
    case "concat":
    case "alternate":
      return listNode(node.op, node.subs.map(stripCaptures));
    default:
      return node;
  }
}

/** Whether a match may begin or end inside a character. */
export function isByteWise(node: Node): boolean {
  switch (node.op) {
    case "any_byte":
      return true;
    case "assert":
      return node.at === At.notWord;
    case "repeat":
    case "capture":
      return isByteWise(node.sub);
    case "concat":
    case "alternate":
      return node.subs.some(isByteWise);
    default:
      return false;
  }
}

/** `(?s)^.*x` matches where `x` does, and so does `(?m)^.*x`; likewise at the end. */
function dropLineEnds(node: Node): Node {
  if (node.op === "alternate") return listNode("alternate", node.subs.map(dropLineEnds));
  if (node.op !== "concat") return node;
  let subs = node.subs;
  if (skips(subs[0], subs[1], At.beginText, At.beginLine)) subs = subs.slice(2);
  if (skips(subs.at(-1), subs.at(-2), At.endText, At.endLine)) subs = subs.slice(0, -2);
  return subs === node.subs ? node : listNode("concat", subs);
}

function skips(
  anchor: Node | undefined,
  filler: Node | undefined,
  text: number,
  line: number,
): boolean {
  if (anchor?.op !== "assert" || filler?.op !== "repeat") return false;
  if (filler.min !== 0 || filler.max >= 0 || filler.sub.op !== "class") return false;
  const ranges = filler.sub.ranges;
  const all = ranges.length === 2 && ranges[0] === 0 && ranges[1] === CODE_POINT_MAX;
  if (anchor.at === text) return all;
  const allButNewline =
    ranges.length === 4 &&
    ranges[0] === 0 &&
    ranges[1] === 9 &&
    ranges[2] === 11 &&
    ranges[3] === CODE_POINT_MAX;
  return anchor.at === line && (all || allButNewline);
}

/** Drops or shortens parts at the end of a match, or at its start, that may be shorter. */
function trim(node: Node, atStart: boolean): Node {
  switch (node.op) {
    case "repeat":
      return trimRepeat(node, atStart);
    case "alternate": {
      const subs = node.subs.map((sub) => trim(sub, atStart));
      return subs.some((sub) => sub.op === "empty") ? EMPTY : listNode("alternate", subs);
    }
    case "concat": {
      const subs = node.subs.slice();
      while (subs.length > 0) {
        const at = atStart ? 0 : subs.length - 1;
        const outer = subs[at] ?? EMPTY;
        const trimmed = trim(outer, atStart);
        if (trimmed.op !== "empty") {
          subs[at] = trimmed;
          break;
        }
        if (atStart) subs.shift();
        else subs.pop();
      }
      return listNode("concat", subs);
    }
    default:
      return node;
  }
}

function trimRepeat(node: RepeatNode, atStart: boolean): Node {
  if (node.min === 0) return EMPTY;
  if (node.min === 1) return trim(node.sub, atStart);
  const copies = node.min * copiesOf(node.sub);
  return node.max === node.min ? node : { ...node, max: node.min, copies };
}
