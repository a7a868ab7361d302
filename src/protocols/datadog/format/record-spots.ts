// The values of one Datadog log by name: every value that goes by a name, wherever it is, in the
// order in which log-reader.ts looks for it, so that the first one is the one that counts. All
// operations of an editor search here. Spots stay valid until something is edited.

import { sameBytes } from "../../../core/bytes.ts";
import { type JsonNode } from "../../../core/json/index.ts";
import { encodeUtf8 } from "../../../core/utf8.ts";
import { Field, Scope } from "../../../policy/fields.ts";
import type { FieldSelector } from "../../../policy/record-port.ts";
import {
  aliasesOf,
  BODY_NAMES,
  HOST_NAME,
  INNER_BODY_NAMES,
  STATUS_NAMES,
  TAGS_NAME,
} from "./log-names.ts";
import { MessageDocument } from "./message-document.ts";
import { dottedName } from "../../dotted/name-table.ts";
import { membersOf, valueAt, type Way, waysTo } from "../../dotted/named-members.ts";
import { TagList } from "./tag-list.ts";

const BODY_KEYS = BODY_NAMES.map((name) => encodeUtf8(name));
const STATUS_KEYS = STATUS_NAMES.map((name) => encodeUtf8(name));
const INNER_BODIES = INNER_BODY_NAMES.map((name) => encodeUtf8(name));
const TAGS_KEY = encodeUtf8(TAGS_NAME);
const ALIASES = aliasesOf(HOST_NAME).map((alias) => ({
  key: encodeUtf8(alias.name),
  tagOnly: alias.tagOnly,
  of: alias.of.map((name) => encodeUtf8(name)),
}));

/** Where a value is. */
export type Spot = ValueSpot | TagSpot;

export interface ValueSpot {
  readonly kind: "value";
  readonly way: Way;
  /** The document in which the path begins; undefined: the record itself. */
  readonly document?: MessageDocument | undefined;
}

/** All tags with one key in one text. */
export interface TagSpot {
  readonly kind: "tag";
  /** The text, and the array that contains it, if any. */
  readonly holder: JsonNode;
  readonly isElement: boolean;
  readonly list: TagList;
  readonly key: Uint8Array;
  /** The value of the first of these tags. */
  readonly value: Uint8Array;
}

interface Tagged {
  readonly holder: JsonNode;
  readonly isElement: boolean;
  readonly list: TagList;
}

export class RecordSpots {
  private readonly root: JsonNode;
  private documents: readonly MessageDocument[] | undefined;
  private tagged: readonly Tagged[] | undefined;

  /** `root`: an object. */
  constructor(root: JsonNode) {
    this.root = root;
  }

  /** All values of a selector, beginning with the one that counts. */
  spotsOf(selector: FieldSelector): readonly Spot[] {
    if (selector.field === Field.body) return this.bodies();
    if (selector.field === Field.severity_text)
      return this.texts(STATUS_KEYS).map(inRecord(this.root));
    if (selector.field !== -1 || selector.scope === Scope.event) return [];
    return this.named(dottedName(selector.path));
  }

  /** All values with an attribute's dotted name. */
  named(name: Uint8Array): readonly Spot[] {
    const aliases = ALIASES.filter(({ of }) => of.some((one) => sameBytes(one, name)));
    const names = [name, ...aliases.flatMap(({ key, tagOnly }) => (tagOnly ? [] : [key]))];
    const spots: Spot[] = namedIn(this.root, names).map((way) => ({ kind: "value", way }));
    for (const key of [name, ...aliases.map((alias) => alias.key)]) spots.push(...this.tags(key));
    for (const document of this.readDocuments()) {
      const ways = namedIn(document.root, names);
      for (const way of ways) spots.push({ kind: "value", way, document });
    }
    return spots;
  }

  private tags(key: Uint8Array): Spot[] {
    this.tagged ??= taggedIn(this.root);
    return this.tagged.flatMap((tagged): Spot[] => {
      const value = tagged.list.valueOf(key);
      return value === undefined ? [] : [{ kind: "tag", ...tagged, key, value }];
    });
  }

  private bodies(): Spot[] {
    const documents = this.readDocuments();
    return this.texts(BODY_KEYS).flatMap((member): Spot[] => {
      const document = documents.find((one) => one.member === member);
      const ways = INNER_BODIES.flatMap((name) => (document ? waysTo(document.root, name) : []));
      const inner = ways.filter((way) => isText(valueAt(way)));
      if (inner.length === 0) return [inRecord(this.root)(member)];
      return inner.map((way) => ({ kind: "value", way, document }));
    });
  }

  /**
   * The members with these names, in order: of the first name that has a value, those that have one
   * (null and the empty string do not count); of the others, those that have text.
   */
  private texts(keys: readonly Uint8Array[]): JsonNode[] {
    const found: JsonNode[] = [];
    for (const key of keys) {
      const isFirst = found.length === 0;
      found.push(...membersOf(this.root, key).filter(isFirst ? isValue : isText));
    }
    return found;
  }

  /** The documents in the bodies. */
  private readDocuments(): readonly MessageDocument[] {
    this.documents ??= this.texts(BODY_KEYS).flatMap((body) => MessageDocument.in(body) ?? []);
    return this.documents;
  }
}

function inRecord(parent: JsonNode): (value: JsonNode) => ValueSpot {
  return (value) => ({ kind: "value", way: [{ parent, value }] });
}

function isText(value: JsonNode): boolean {
  return value.type === "string" && value.string.length > 0;
}

function isValue(value: JsonNode): boolean {
  return value.type !== "null" && (value.type !== "string" || value.string.length > 0);
}

/**
 * The paths to the first name, then to its aliases, except where the name is inside what these
 * name.
 */
function namedIn(parent: JsonNode, names: readonly Uint8Array[]): Way[] {
  const [name, ...others] = names;
  const ways = name === undefined ? [] : waysTo(parent, name);
  for (const other of others) {
    for (const way of waysTo(parent, other)) {
      const value = valueAt(way);
      if (!ways.some((one) => one.some((step) => step.value === value))) ways.push(way);
    }
  }
  return ways;
}

/** The texts with tags in an object: a single one, or an array of them. */
function taggedIn(root: JsonNode): Tagged[] {
  return membersOf(root, TAGS_KEY).flatMap((member): Tagged[] => {
    const isElement = member.type === "array";
    const texts = isElement ? member.children : [member];
    return texts
      .filter(({ type }) => type === "string")
      .map((holder) => ({ holder, isElement, list: new TagList(holder.text) }));
  });
}
