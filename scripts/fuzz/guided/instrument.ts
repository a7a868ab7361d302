// Makes a program count which of its branches run: in each one stands `EDGES[n]++`. The counters
// are the global `fuzzEdges`, which must be there before the program is loaded. Also collects the
// program's own words, which are worth trying in inputs.

import { type AnyNode, type Node, parse } from "acorn";

export interface Instrumented {
  readonly code: string;
  /** How many counters the program has. */
  readonly edges: number;
  /** Its short literals. */
  readonly words: readonly string[];
}

const WORD_CHARS_MAX = 24;

export function instrument(code: string): Instrumented {
  const edits = new Edits();
  const words = new Set<string>();
  const visit = (node: AnyNode): void => {
    if (node.type === "Literal" && typeof node.value === "string") {
      if (node.value.length > 0 && node.value.length <= WORD_CHARS_MAX) words.add(node.value);
    }
    countBranches(node, edits);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(parse(code, { ecmaVersion: "latest", sourceType: "module" }));
  const head = "const EDGES = globalThis.fuzzEdges;\n";
  return { code: head + edits.appliedTo(code), edges: edits.counters, words: [...words] };
}

function countBranches(node: AnyNode, edits: Edits): void {
  switch (node.type) {
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ForStatement":
    case "ForInStatement":
    case "ForOfStatement":
    case "WhileStatement":
    case "DoWhileStatement":
    case "CatchClause":
      edits.statement(node.body);
      break;
    case "ArrowFunctionExpression":
      if (node.body.type === "BlockStatement") edits.statement(node.body);
      else edits.expression(node.body);
      break;
    case "IfStatement":
      edits.statement(node.consequent, !node.alternate);
      if (node.alternate) edits.statement(node.alternate);
      break;
    case "SwitchCase":
      if (node.consequent[0] !== undefined) edits.before(node.consequent[0]);
      break;
    case "ConditionalExpression":
      edits.expression(node.consequent);
      edits.expression(node.alternate);
      break;
    case "LogicalExpression":
      edits.expression(node.right);
      break;
  }
}

function childrenOf(node: AnyNode): AnyNode[] {
  return Object.values(node).flatMap((value: unknown) =>
    (Array.isArray(value) ? value : [value]).filter(isNode),
  );
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

/** Texts to insert. Those at one offset stand in the order in which they were asked for. */
class Edits {
  counters = 0;
  readonly #texts = new Map<number, string>();

  /** `lacksElse`: counts, too, when the statement is passed over. */
  statement(node: Node, lacksElse = false): void {
    const isBlock = node.type === "BlockStatement";
    if (isBlock) this.#behind(node.start + 1, `${this.#count()};`);
    else this.#behind(node.start, `{${this.#count()};`);
    const otherwise = lacksElse ? ` else ${this.#count()};` : "";
    this.#inFront(node.end, (isBlock ? "" : "}") + otherwise);
  }
  before(node: Node): void {
    this.#behind(node.start, `${this.#count()};`);
  }
  expression(node: Node): void {
    this.#behind(node.start, `(${this.#count()},`);
    this.#inFront(node.end, ")");
  }

  appliedTo(code: string): string {
    let out = "";
    let done = 0;
    for (const [at, text] of [...this.#texts].toSorted(([a], [b]) => a - b)) {
      out += code.slice(done, at) + text;
      done = at;
    }
    return out + code.slice(done);
  }

  #count(): string {
    return `EDGES[${this.counters++}]++`;
  }
  #behind(at: number, text: string): void {
    this.#texts.set(at, (this.#texts.get(at) ?? "") + text);
  }
  /** What ends inside is closed first: nodes are visited from the outside in. */
  #inFront(at: number, text: string): void {
    this.#texts.set(at, text + (this.#texts.get(at) ?? ""));
  }
}
