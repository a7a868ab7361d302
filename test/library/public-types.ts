// What an entry of the library exports, and which types its signatures name. Reads formatted
// sources as text: declarations begin at the left edge, members of classes two columns from it.

import { dirname, join, normalize } from "node:path";
import { read, withoutComments } from "../support/source-tree.ts";

interface Export {
  /** The file that declares it. */
  readonly path: string;
  /** A class that is exported so is made by others. */
  readonly isType: boolean;
}

/** Names that a file exports or passes on. */
export function exportsOf(path: string): Map<string, Export> {
  const found = new Map<string, Export>();
  const code = codeOf(path);
  const passedOn = /^export (type )?\{([^}]*)\} from "([^"]+)"/gm;
  for (const [, type, list, specifier] of code.matchAll(passedOn)) {
    const target = normalize(join(dirname(path), specifier!));
    const theirs = exportsOf(target);
    for (const item of itemsIn(list!)) {
      const [theirName = "", ourName = theirName] = item.replace(/^type /, "").split(" as ");
      const { path: origin = target, isType = false } = theirs.get(theirName) ?? {};
      const isOurs = type !== undefined || item.startsWith("type ");
      found.set(ourName, { path: origin, isType: isType || isOurs });
    }
  }
  for (const [, type, specifier] of code.matchAll(/^export (type )?\* from "([^"]+)"/gm)) {
    const all = exportsOf(normalize(join(dirname(path), specifier!)));
    for (const [name, { path: origin, isType }] of all) {
      found.set(name, { path: origin, isType: isType || type !== undefined });
    }
  }
  const declaration =
    /^export (?:abstract |async )?(?:interface|type|class|function\*?|const) (\w+)/gm;
  for (const [, name] of code.matchAll(declaration)) found.set(name!, { path, isType: false });
  return found;
}

/**
 * Names that an entry exports whose declarations have no comment, with the files that have them.
 */
export function uncommented(entry: string): string[] {
  return [...exportsOf(entry)]
    .filter(([name, { path }]) => {
      const head = `export (?:abstract |async )?(?:interface|type|class|function\\*?|const) ${name}\\b`;
      return !new RegExp(`\\*/\\n${head}`).test(read(path).text);
    })
    .map(([name, { path }]) => `${name} in ${path}`)
    .sort();
}

/** `Type, of Name in file`: types in public signatures that the entry does not export. */
export function unexportedTypes(entry: string): string[] {
  const exported = exportsOf(entry);
  const missing = new Set<string>();
  for (const [name, { path, isType }] of exported) {
    const known = typesKnownIn(path);
    for (const [type] of signatureOf(name, path, isType).matchAll(/\b[A-Z]\w*\b/g)) {
      if (known.has(type) && !exported.has(type)) missing.add(`${type}, of ${name} in ${path}`);
    }
  }
  return [...missing].sort();
}

function codeOf(path: string): string {
  return withoutComments(read(path).text);
}

function itemsIn(list: string): string[] {
  return list
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** Imported from files of the project, or declared here. */
function typesKnownIn(path: string): Set<string> {
  const code = codeOf(path);
  const imported = code.matchAll(/^import (?:type )?\{([^}]*)\} from "\./gm);
  const declared = code.matchAll(/^(?:export )?(?:abstract )?(?:interface|type|class) (\w+)/gm);
  return new Set([
    ...[...imported].flatMap(([, list]) => itemsIn(list!).map((one) => one.replace(/^type /, ""))),
    ...[...declared].map(([, name]) => name!),
  ]);
}

/** A declaration without what is private, without bodies and without values. */
function signatureOf(name: string, path: string, isType: boolean): string {
  const lines = codeOf(path).split("\n");
  const head = new RegExp(
    `^export (?:abstract |async )?(interface|type|class|function\\*?|const) ${name}\\b`,
  );
  const start = lines.findIndex((line) => head.test(line));
  if (start === -1) return "";
  const kind = head.exec(lines[start]!)![1]!;
  const text = lines
    .slice(start)
    .join("\n")
    .replace(/"[^"\n]*"|`[^`]*`/g, "");
  const code = text.slice(0, declarationEnd(text, kind === "type" || kind === "const"));
  if (kind === "interface" || kind === "type") return code;
  if (kind === "class") return classSignature(code, isType);
  return kind === "const" ? beforeValue(code) : beforeBody(code);
}

/** With a semicolon or with a body, outside of all brackets. */
function declarationEnd(text: string, endsWithSemicolon: boolean): number {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if ("([{".includes(char)) depth++;
    else if (")]}".includes(char)) depth--;
    if (depth > 0) continue;
    if (char === ";" || (!endsWithSemicolon && char === "}" && text[at - 1] === "\n"))
      return at + 1;
  }
  return text.length;
}

function classSignature(code: string, isType: boolean): string {
  const [head = "", ...lines] = code.split("\n");
  const members: string[] = [];
  for (const line of lines) {
    if (/^ {2}\S/.test(line) && !/^ {2}[})]/.test(line)) members.push(line);
    else if (members.length > 0) members.push(`${members.pop()}\n${line}`);
  }
  const hidden = /^ {2}(?:static |readonly |async |get |set |\*)*(?:#|private )/;
  const made = isType ? /^ {2}constructor\(/ : hidden;
  const open = members.filter((member) => !hidden.test(member) && !made.test(member));
  return [head, ...open.map((member) => beforeBody(beforeValue(member)))].join("\n");
}

/** What stands before ` = `, unless that is a parameter's default or a type's. */
function beforeValue(code: string): string {
  const at = code.search(/ = /);
  return at === -1 || code.slice(0, at).includes("(") ? code : code.slice(0, at);
}

/** What stands before the body: behind the parameters and the result. */
function beforeBody(code: string): string {
  let depth = 0;
  for (let at = 0; at < code.length; at++) {
    const char = code[at]!;
    if (char === "(" || char === "<" || char === "[") depth++;
    else if (char === ")" || char === "]" || (char === ">" && code[at - 1] !== "=")) depth--;
    else if (char === "{" && depth === 0 && code[at + 1] === "\n") return code.slice(0, at);
  }
  return code;
}
