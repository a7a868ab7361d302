// A configuration on its way: the values of the file, the variables laid over them, and where each
// of them came from. Knows nothing about what the keys mean.

import type { JsonNode } from "./json-tree.ts";
import { positionOf } from "./json-tree.ts";
import type { KeyPath } from "./keys.ts";
import { type Environment, substitute } from "./substitute.ts";

/** Plain data, as JSON.parse makes it, but objects have no prototype and no null members. */
export type Plain = string | number | boolean | null | Plain[] | PlainObject;
export interface PlainObject {
  [key: string]: Plain;
}

/** The text that was read, and its tree; absent when there is no file. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
  readonly root: JsonNode;
}

export interface Problem {
  readonly path: KeyPath;
  /** `key`: stands at the key's name, not at its value. */
  readonly at: "key" | "value";
  readonly reason: string;
}

/** A null member counts as left out; a null list item stays and is refused later. */
export function toPlain(node: JsonNode): Plain {
  switch (node.kind) {
    case "object": {
      const object: PlainObject = emptyObject();
      for (const entry of node.entries) {
        if (entry.node.kind !== "null") object[entry.key] = toPlain(entry.node);
      }
      return object;
    }
    case "array":
      return node.items.map(toPlain);
    case "null":
      return null;
    default:
      return node.value;
  }
}

export function emptyObject(): PlainObject {
  return Object.create(null) as PlainObject; // The type of Object.create is any.
}

export function isObject(value: Plain | undefined): value is PlainObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function valueAt(root: Plain, path: KeyPath): Plain | undefined {
  let value: Plain | undefined = root;
  for (const step of path) {
    if (Array.isArray(value)) value = typeof step === "number" ? value[step] : undefined;
    else if (isObject(value)) value = value[String(step)];
    else return undefined;
  }
  return value;
}

/** Values and their origins. */
export class Draft {
  readonly root: Plain;
  readonly #file: SourceFile | undefined;
  /** Variable by path. */
  readonly #variables = new Map<string, string>();
  /** Text as written by path, where it differs from the value. */
  readonly #written = new Map<string, string>();

  constructor(file: SourceFile | undefined) {
    this.#file = file;
    this.root = file === undefined ? emptyObject() : toPlain(file.root);
  }

  /**
   * Lays a variable's value over a key; undefined takes the key away. Nothing happens below a
   * non-object.
   */
  override(path: readonly string[], value: Plain | undefined, variable: string): void {
    let parent: Plain = this.root;
    for (const step of path.slice(0, -1)) {
      if (!isObject(parent)) return;
      parent = parent[step] ??= emptyObject();
    }
    const last = path.at(-1);
    if (!isObject(parent) || last === undefined) return;
    if (value === undefined) delete parent[last];
    else parent[last] = value;
    this.#variables.set(keyOf(path), variable);
  }

  /** Replaces `${VAR}` in every string; returns what was wrong and the variables referred to. */
  substitute(env: Environment): { problems: readonly Problem[]; names: ReadonlySet<string> } {
    const problems: Problem[] = [];
    const names = new Set<string>();
    const visit = (value: Plain, path: KeyPath): Plain => {
      if (typeof value === "string") {
        const result = substitute(value, env);
        for (const name of result.names) names.add(name);
        if (value.includes("${")) this.#written.set(keyOf(path), value);
        if (result.ok) return result.text;
        problems.push({ path, at: "value", reason: `${result.reason}.` });
      } else if (Array.isArray(value)) {
        value.forEach((item, index) => (value[index] = visit(item, [...path, index])));
      } else if (isObject(value)) {
        for (const key of Object.keys(value))
          value[key] = visit(value[key] ?? null, [...path, key]);
      }
      return value;
    };
    visit(this.root, []);
    return { problems, names };
  }

  /** The text of a string before substitution, when there was something to substitute. */
  writtenAt(path: KeyPath): string | undefined {
    return this.#written.get(keyOf(path));
  }

  /** One line: where, which key, what is wrong. */
  describe(problem: Problem): string {
    const { place } = this.#locate(problem);
    const name = nameOf(problem.path);
    const variable = this.#variables.get(keyOf(problem.path));
    return (
      [place, variable === undefined ? name : ""].filter((part) => part !== "").join(" ") +
      `: ${problem.reason}`
    );
  }

  /** Index in the file's text, by which problems are sorted; those of variables come last. */
  offsetOf(problem: Problem): number {
    return this.#locate(problem).at;
  }

  #locate({ path, at }: Problem): { place: string; at: number } {
    const exact = this.#variables.get(keyOf(path));
    if (exact !== undefined) return { place: exact, at: Number.MAX_SAFE_INTEGER };
    const found = this.#file === undefined ? undefined : find(this.#file.root, path);
    if (this.#file === undefined || found === undefined || (found.depth === 0 && path.length > 1)) {
      const parent = keyOf(path.slice(0, -1));
      for (const [key, variable] of this.#variables) {
        if (parent === "" || !key.startsWith(`${parent}${SEPARATOR}`)) continue;
        return { place: variable, at: Number.MAX_SAFE_INTEGER };
      }
    }
    if (this.#file === undefined || found === undefined) return { place: "", at: 0 };
    const offset = at === "key" ? (found.keyAt ?? found.at) : found.at;
    const { line, column } = positionOf(this.#file.text, offset);
    return { place: `${this.#file.name}:${line}:${column}`, at: offset };
  }
}

interface Found {
  readonly at: number;
  readonly keyAt: number | undefined;
  readonly depth: number;
}

/** The node at a path, or the nearest one above it that is there. */
function find(root: JsonNode, path: KeyPath): Found {
  let found: Found = { at: root.at, keyAt: undefined, depth: 0 };
  let node = root;
  for (const [index, step] of path.entries()) {
    if (node.kind === "object") {
      const entry = node.entries.find(({ key }) => key === step);
      if (entry === undefined) return found;
      node = entry.node;
      found = { at: node.at, keyAt: entry.keyAt, depth: index + 1 };
    } else if (node.kind === "array") {
      const item = typeof step === "number" ? node.items[step] : undefined;
      if (item === undefined) return found;
      node = item;
      found = { at: node.at, keyAt: undefined, depth: index + 1 };
    } else return found;
  }
  return found;
}

const SEPARATOR = "\u0000";

function keyOf(path: KeyPath): string {
  return path.join(SEPARATOR);
}

/** `policy_providers[0].headers[1].name`; keys that are no plain words in brackets and quotes. */
export function nameOf(path: KeyPath): string {
  let name = "";
  for (const step of path) {
    if (typeof step === "number") name += `[${step}]`;
    else if (!/^[\w$-]{1,60}$/.test(step)) name += `[${quote(step)}]`;
    else name += name === "" ? step : `.${step}`;
  }
  return name;
}

/** In double quotes, escaped, at most 60 characters of it. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
