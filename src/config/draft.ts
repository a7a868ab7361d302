// A configuration in progress: the values of the file, the overrides laid over them, and where each
// value came from. Knows nothing about the meaning of keys.

import { type DocumentPath, type DocumentPlace, Positions } from "../core/document/index.ts";
import { redactText } from "../core/redact.ts";
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
  readonly tree: unknown;
  readonly find: (path: DocumentPath) => DocumentPlace;
}

/** What is wrong with a configuration, and where. */
export interface Problem {
  readonly path: KeyPath;
  /** `key`: stands at the key's name, not at its value. */
  readonly at: "key" | "value";
  readonly reason: string;
}

/** A null member counts as left out; a null list item stays and is refused later. */
export function toPlain(value: unknown): Plain {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return value;
    case "bigint":
      return Number(value);
    default:
  }
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== "object" || value === null) return null;
  const object: PlainObject = emptyObject();
  for (const [key, member] of Object.entries(value)) {
    const plain = toPlain(member);
    if (plain !== null) object[key] = plain;
  }
  return object;
}

function emptyObject(): PlainObject {
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

/**
 * Values and their origins. Paths are those of the values as they are now; origins are kept by the
 * paths of the beginning, which differ behind a list item that was taken away.
 */
export class Draft {
  #root: Plain;
  readonly #file: SourceFile | undefined;
  readonly #positions: Positions;
  /** Variable or flag by path. */
  readonly #origins = new Map<string, string>();
  /** Text as written by path, where it differs from the value. */
  readonly #written = new Map<string, string>();
  /** Of lists that lost items: the first index of each one that is left. */
  readonly #firstIndexes = new WeakMap<Plain[], readonly number[]>();

  constructor(file: SourceFile | undefined) {
    this.#file = file;
    this.#positions = new Positions(file?.text ?? "");
    this.#root = file === undefined ? emptyObject() : toPlain(file.tree);
  }

  get root(): Plain {
    return this.#root;
  }

  /**
   * Lays the value of a variable or flag over a key; undefined takes the key away. Nothing happens
   * below a non-object.
   */
  override(path: readonly string[], value: Plain | undefined, origin: string): void {
    this.#origins.set(keyOf(path), origin);
    let parent: Plain = this.root;
    for (const step of path.slice(0, -1)) {
      if (!isObject(parent)) return;
      parent = parent[step] ??= emptyObject();
    }
    const last = path.at(-1);
    if (!isObject(parent) || last === undefined) return;
    if (value === undefined) delete parent[last];
    else parent[last] = value;
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

  /**
   * Takes values away, each with the nearest thing above it that is there if it is missing itself;
   * what holds it then has no reason to be.
   */
  remove(paths: readonly KeyPath[]): void {
    const targets = paths.map((path) => this.#present(path));
    const items = new Map<Plain[], Set<number>>();
    for (const { holder, step } of targets) {
      if (Array.isArray(holder)) {
        const gone = items.get(holder) ?? new Set();
        items.set(holder, gone.add(Number(step)));
      } else if (isObject(holder)) delete holder[String(step)];
      else this.#root = emptyObject();
    }
    for (const [list, gone] of items) {
      const first = this.#firstIndexes.get(list) ?? [...list.keys()];
      this.#firstIndexes.set(
        list,
        first.filter((_, index) => !gone.has(index)),
      );
      const left = list.filter((_, index) => !gone.has(index));
      list.length = 0;
      for (const item of left) list.push(item);
    }
  }

  /** The last step of a path that is there, and what holds it; the root has no holder. */
  #present(path: KeyPath): { holder: Plain; step: string | number } {
    let present: { holder: Plain; step: string | number } = { holder: null, step: "" };
    let value: Plain | undefined = this.#root;
    for (const step of path) {
      const holder: Plain = value;
      value = valueAt(holder, [step]);
      if (value === undefined) break;
      present = { holder, step };
    }
    return present;
  }

  /** A path of now as it was at the beginning. */
  #first(path: KeyPath): KeyPath {
    let value: Plain | undefined = this.#root;
    return path.map((step) => {
      const list = Array.isArray(value) ? this.#firstIndexes.get(value) : undefined;
      value = value === undefined ? undefined : valueAt(value, [step]);
      return typeof step === "number" ? (list?.[step] ?? step) : step;
    });
  }

  /** The text of a string before substitution, when there was something to substitute. */
  writtenAt(path: KeyPath): string | undefined {
    return this.#written.get(keyOf(this.#first(path)));
  }

  /** One line: where, which key, what is wrong. */
  describe({ path: now, at, reason }: Problem): string {
    const path = this.#first(now);
    const { place, isExact } = this.#locate(path, at);
    return `${[place, isExact ? "" : nameOf(path)].filter((part) => part !== "").join(" ")}: ${reason}`;
  }

  /** Index in the file's text, by which problems are sorted; those of other layers come last. */
  offsetOf({ path, at }: Problem): number {
    return this.#locate(this.#first(path), at).at;
  }

  /** `isExact`: the place's name says which key it is. */
  #locate(path: KeyPath, at: Problem["at"]): { place: string; at: number; isExact: boolean } {
    for (let length = path.length; length > 0; length--) {
      const origin = this.#origins.get(keyOf(path.slice(0, length)));
      if (origin !== undefined) {
        return { place: origin, at: Number.MAX_SAFE_INTEGER, isExact: length === path.length };
      }
    }
    const found = this.#file === undefined ? undefined : this.#file.find(path);
    if (this.#file === undefined || found === undefined || (found.depth === 0 && path.length > 1)) {
      const parent = keyOf(path.slice(0, -1));
      for (const [key, origin] of this.#origins) {
        if (parent === "" || !key.startsWith(`${parent}${SEPARATOR}`)) continue;
        return { place: origin, at: Number.MAX_SAFE_INTEGER, isExact: false };
      }
    }
    if (this.#file === undefined || found === undefined)
      return { place: "", at: 0, isExact: false };
    const offset = at === "key" ? (found.keyOffset ?? found.offset) : found.offset;
    const { line, column } = this.#positions.at(offset);
    return { place: `${this.#file.name}:${line}:${column}`, at: offset, isExact: false };
  }
}

const SEPARATOR = "\u0000";

function keyOf(path: KeyPath): string {
  return path.join(SEPARATOR);
}

/** `policy_providers[0].headers[1].name`; keys that are no plain words in brackets and quotes. */
function nameOf(path: KeyPath): string {
  let name = "";
  for (const step of path) {
    if (typeof step === "number") name += `[${step}]`;
    else if (!/^[\w$-]{1,60}$/.test(step)) name += `[${quote(step)}]`;
    else name += name === "" ? step : `.${step}`;
  }
  return name;
}

/** In double quotes, escaped, at most 60 characters of it; a URL may stand under any key. */
export function quote(value: string): string {
  const text = redactText(value);
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
