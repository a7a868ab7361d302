// Finds the place of a value in a YAML document, through aliases and merged maps. Remembers the
// maps that it passes, so that many look-ups do not read them many times.

import { isAlias, isMap, isScalar, isSeq, type ParsedNode, type YAMLMap } from "yaml";
import type { DocumentPath, DocumentPlace, PathSegment } from "../core/document/document-error.ts";
import { putPlace, spellingOf } from "../core/document/json-places.ts";
import { isMergeKey } from "./tree-builder.ts";

interface Member {
  readonly key?: ParsedNode;
  readonly value: ParsedNode | null;
}

export class YamlPlaces {
  readonly #root: ParsedNode | null;
  readonly #targets: ReadonlyMap<ParsedNode, ParsedNode | null>;
  readonly #maps = new Map<YAMLMap<ParsedNode, ParsedNode | null>, Map<PathSegment, Member>>();

  /** `targets`: the node that each alias stands for. */
  constructor(root: ParsedNode | null, targets: ReadonlyMap<ParsedNode, ParsedNode | null>) {
    this.#root = root;
    this.#targets = targets;
  }

  find(path: DocumentPath, isExact = false): DocumentPlace {
    let node = this.#meant(this.#root);
    let found: DocumentPlace = { offset: node?.range[0] ?? 0, depth: 0 };
    for (const [at, segment] of path.entries()) {
      const member = this.#memberOf(node, segment, isExact);
      if (member === undefined) return found;
      const { key } = member;
      node = this.#meant(member.value);
      const offset = node?.range[0] ?? key?.range[1] ?? found.offset;
      const ofKey = key === undefined ? {} : { keyOffset: key.range[0] };
      found = { offset, ...ofKey, depth: at + 1 };
    }
    return found;
  }

  #meant(node: ParsedNode | null): ParsedNode | null {
    return isAlias(node) ? (this.#targets.get(node) ?? node) : node;
  }

  #memberOf(node: ParsedNode | null, segment: PathSegment, isExact: boolean): Member | undefined {
    if (isSeq(node)) {
      const value = typeof segment === "number" ? node.items[segment] : undefined;
      return value === undefined ? undefined : { value };
    }
    if (!isMap(node)) return undefined;
    const members = this.#membersOf(node);
    return members.get(segment) ?? (isExact ? undefined : members.get(spellingOf(segment)));
  }

  #membersOf(map: YAMLMap<ParsedNode, ParsedNode | null>): Map<PathSegment, Member> {
    const known = this.#maps.get(map);
    if (known !== undefined) return known;
    const members = new Map<PathSegment, Member>();
    this.#maps.set(map, members);
    for (const { key, value } of map.items) {
      if (!isMergeKey(key)) putPlace(members, nameOf(this.#meant(key)), { key, value });
    }
    for (const { key, value } of map.items) {
      if (isMergeKey(key)) this.#merge(this.#meant(value), members);
    }
    return members;
  }

  #merge(node: ParsedNode | null, into: Map<PathSegment, Member>): void {
    if (isSeq(node)) for (const item of node.items) this.#merge(this.#meant(item), into);
    if (!isMap(node)) return;
    for (const [name, member] of this.#membersOf(node)) {
      if (!into.has(name)) into.set(name, member);
    }
  }
}

function nameOf(key: ParsedNode | null): string {
  const value: unknown = isScalar(key) ? key.value : undefined;
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "bigint":
    case "boolean":
      return String(value);
    default:
      return "";
  }
}
