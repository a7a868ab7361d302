// Expands counted repetition as RE2 does. `(?:x*){0,2}` and the like match the same texts however
// they are expanded, but what groups capture, and how much of an empty loop is taken, depends on
// the expansion.

import { copiesOf, EMPTY, listNode, simpleRepeat, type Node, type RepeatNode } from "./ast.ts";

/** The tree in which RE2's priorities hold; same texts, same captures. */
export function simplify(node: Node): Node {
  switch (node.op) {
    case "capture":
      return { ...node, sub: simplify(node.sub) };
    case "concat":
    case "alternate":
      return listNode(node.op, node.subs.map(simplify));
    case "repeat":
      return simplifyRepeat(node, simplify(node.sub));
    default:
      return node;
  }
}

function simplifyRepeat(node: RepeatNode, sub: Node): Node {
  if (sub.op === "empty") return EMPTY;
  const { min, max, flags, greedy } = node;
  if (!node.counted) {
    const same = sub.op === "repeat" && !sub.counted && sub.min === min && sub.max === max;
    return same && sub.flags === flags ? sub : { ...node, sub };
  }
  if (max < 0) {
    const loop = simpleRepeat(sub, Math.min(min, 1), -1, flags, greedy);
    return min < 2 ? loop : listNode("concat", [copiesOfNode(node, sub, min - 1), loop]);
  }
  if (max === 0) return EMPTY;
  if (min === 1 && max === 1) return sub;
  const merges = sub.op === "repeat" && !sub.counted && sub.flags === flags;
  if (min === max || (min > 0 && !merges)) return { ...node, sub };
  // x{2,5} is xx(x(x(x)?)?)?, and the innermost may merge with x.
  let tail = simpleRepeat(sub, 0, 1, flags, greedy);
  for (let i = min + 1; i < max; i++) {
    tail = simpleRepeat(listNode("concat", [sub, tail]), 0, 1, flags, greedy);
  }
  return min === 0 ? tail : listNode("concat", [copiesOfNode(node, sub, min), tail]);
}

function copiesOfNode(node: RepeatNode, sub: Node, count: number): Node {
  return { ...node, sub, min: count, max: count, copies: count * copiesOf(sub) };
}
