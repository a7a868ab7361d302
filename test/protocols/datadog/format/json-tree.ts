// JSON as a plain tree that knows equal keys, for oracles.

export interface Entry {
  readonly key: string;
  value: Tree;
}
export interface Container {
  readonly type: "object" | "array";
  entries: Entry[];
}
export type Tree = string | number | boolean | null | Container;

export const isContainer = (value: Tree | undefined): value is Container =>
  typeof value === "object" && value !== null;
export const isObject = (value: Tree | undefined): value is Container =>
  isContainer(value) && value.type === "object";

/** The tree of a JSON text, which is valid. */
export function parse(text: string): Tree {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  let at = 0;
  const value = (): Tree => {
    const token = tokens[at++]!;
    if (token !== "{" && token !== "[") return JSON.parse(token) as string;
    const container: Container = { type: token === "{" ? "object" : "array", entries: [] };
    while (tokens[at] !== "}" && tokens[at] !== "]") {
      if (tokens[at] === ",") at++;
      let key = "";
      if (token === "{") {
        key = JSON.parse(tokens[at]!) as string;
        at += 2;
      }
      container.entries.push({ key, value: value() });
    }
    at++;
    return container;
  };
  return value();
}

export function print(value: Tree): string {
  if (!isContainer(value)) return JSON.stringify(value);
  if (value.type === "array") return `[${value.entries.map((one) => print(one.value)).join(",")}]`;
  const members = value.entries.map((one) => `${JSON.stringify(one.key)}:${print(one.value)}`);
  return `{${members.join(",")}}`;
}

export interface Step {
  readonly owner: Container;
  readonly entry: Entry;
}
export type Way = readonly Step[];

/** Longest first key first, then the longest second key; of equal keys the last. */
export function ways(owner: Tree | undefined, name: string): Way[] {
  if (!isContainer(owner)) return [];
  const parts = name.split(".");
  const found: Way[] = [];
  for (let count = parts.length; count > 0; count--) {
    const key = parts.slice(0, count).join(".");
    const rest = parts.slice(count).join(".");
    const named = owner.entries.filter((one, i) =>
      owner.type === "array" ? String(i) === key : one.key === key,
    );
    for (const entry of named.toReversed()) {
      if (entry.value === null) continue;
      const step = { owner, entry };
      if (count === parts.length) found.push([step]);
      else found.push(...ways(entry.value, rest).map((way) => [step, ...way]));
    }
  }
  return found;
}
