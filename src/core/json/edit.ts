// Lossless editing of a JSON value: a tree of nodes over byte ranges, read one level at a time and
// only where an edit goes. Printing copies everything that was not edited, whitespace, key order,
// number spellings, duplicate keys and escapes included. Expects text that the scanner has
// accepted.

import { NODE_NS, PASSED_BYTE_NS, type Work } from "../work.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { KeyTable } from "./key-table.ts";
import {
  BACKSLASH,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  scanString,
  skipColon,
  skipSpace,
  skipValue,
} from "./scan.ts";
import { quoteJson, unescaped } from "./unescape.ts";

const NOTHING = new Uint8Array(0);
/** How many nodes are made between two questions whether more may be made. */
const NODES_ASKED = 64;

export type JsonType = "object" | "array" | "string" | "number" | "true" | "false" | "null";

/** What surrounds a value in its container: white space, and a member's key and colon. */
interface Frame {
  readonly bytes: Uint8Array;
  readonly start: number;
  /** The range between the quotes of the key; both are 0 for elements. */
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly end: number;
}

const NO_FRAME: Frame = {
  bytes: NOTHING,
  start: 0,
  keyStart: 0,
  keyEnd: 0,
  valueStart: 0,
  valueEnd: 0,
  end: 0,
};

function beginningOf(key: Uint8Array, name: Uint8Array): number {
  for (let i = 0; i < key.length; i++) if (key[i] !== name[i]) return -1;
  return key.length;
}

/** A value in the tree. Removed nodes are useless, except for being appended elsewhere. */
export class JsonNode {
  private bytes: Uint8Array;
  private start: number;
  private end: number;
  private frame: Frame;
  private items: JsonNode[] | undefined;
  private parent: JsonNode | undefined;
  /** Set on the root of a tree: permits the work of reading it; undefined: it is not limited. */
  work: Work | undefined;
  /** Whether printing must look at the items. */
  private edited = false;
  /** Whether anything in this tree was changed since it was made. */
  changed = false;

  /** The value bytes[start, end), without the white space around it. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.frame = NO_FRAME;
  }

  /** A node with its own text. */
  static of(text: Uint8Array): JsonNode {
    return new JsonNode(text, 0, text.length);
  }

  /** Removes nodes from their containers; each container is walked only once. */
  static removeAll(nodes: readonly JsonNode[]): void {
    const going = new Set(nodes);
    for (const parent of new Set(nodes.map((node) => node.parent))) {
      parent?.removeChildren((child) => going.has(child));
    }
  }

  get type(): JsonType {
    const c = this.bytes[this.start];
    if (c === OPEN_OBJECT) return "object";
    if (c === OPEN_ARRAY) return "array";
    if (c === QUOTE) return "string";
    if (c === 0x74) return "true";
    if (c === 0x66) return "false";
    return c === 0x6e ? "null" : "number";
  }

  /** Source text of a scalar; a string includes its quotes. Not for edited values. */
  get text(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  /** Unescaped UTF-8 of a string. */
  get string(): Uint8Array {
    return unescaped(this.bytes, this.start + 1, this.end - 1);
  }

  /** Unescaped key of a member. */
  get key(): Uint8Array {
    return unescaped(this.frame.bytes, this.frame.keyStart, this.frame.keyEnd);
  }

  /** Id in `table` of a member's key; 0 for an unknown key. */
  keyId(table: KeyTable): number {
    return table.find(this.frame.bytes, this.frame.keyStart, this.frame.keyEnd);
  }

  /** Whether this is a member's unescaped key. */
  hasKey(key: Uint8Array): boolean {
    return this.beginningOf(key) === key.length;
  }

  /** The length of a member's unescaped key if `name` begins with it; otherwise -1. */
  beginningOf(name: Uint8Array): number {
    const { bytes, keyStart, keyEnd } = this.frame;
    const length = keyEnd - keyStart;
    for (let i = 0; i < length; i++) {
      const c = bytes[keyStart + i];
      if (c === BACKSLASH) return beginningOf(unescaped(bytes, keyStart, keyEnd), name);
      if (c !== name[i]) return -1;
    }
    return length;
  }

  /** Members of an object or elements of an array, in order; nothing for scalars. */
  get children(): readonly JsonNode[] {
    this.items ??= this.readItems();
    return this.items;
  }

  private readItems(): JsonNode[] {
    const { bytes } = this;
    const items: JsonNode[] = [];
    const open = bytes[this.start] as number;
    if (open !== OPEN_OBJECT && open !== OPEN_ARRAY) return items;
    const close = open + 2;
    let at = this.start + 1;
    if (bytes[skipSpace(bytes, at)] === close) return items;
    const work = this.workOfTree();
    work?.spend((this.end - this.start) * PASSED_BYTE_NS);
    for (;;) {
      const start = at;
      let keyStart = 0;
      let keyEnd = 0;
      at = skipSpace(bytes, at);
      if (close === CLOSE_OBJECT) {
        keyStart = at + 1;
        const quote = scanString(bytes, keyStart);
        keyEnd = quote < 0 ? ~quote : quote;
        at = skipColon(bytes, keyEnd + 1);
      }
      const valueStart = at;
      const valueEnd = skipValue(bytes, at, 0);
      const end = skipSpace(bytes, valueEnd);
      const item = new JsonNode(bytes, valueStart, valueEnd);
      item.parent = this;
      item.frame = { bytes, start, keyStart, keyEnd, valueStart, valueEnd, end };
      items.push(item);
      const isLast = bytes[end] === close;
      const unasked = items.length % NODES_ASKED;
      if (isLast || unasked === 0) work?.spend((unasked || NODES_ASKED) * NODE_NS);
      if (isLast) return items;
      at = end + 1;
    }
  }

  private workOfTree(): Work | undefined {
    return this.parent === undefined ? this.work : this.parent.workOfTree();
  }

  /** Of the members whose key has this id in `table`, the one that counts: the last. */
  member(table: KeyTable, id: number): JsonNode | undefined {
    const { children } = this;
    for (let i = children.length - 1; i >= 0; i--) {
      const child = children[i];
      if (child?.keyId(table) === id) return child;
    }
    return undefined;
  }

  /** Replaces this value by the JSON text `text`, a single value without white space around it. */
  replace(text: Uint8Array): void {
    this.bytes = text;
    this.start = 0;
    this.end = text.length;
    this.items = undefined;
    this.edited = false;
    this.changed = true;
    this.parent?.touch();
  }

  /** Removes this node from its container. */
  remove(): void {
    this.parent?.removeChildren((child) => child === this);
  }

  /** Removes all members or elements, without reading them. */
  clear(): void {
    const { bytes, items, start } = this;
    const open = bytes[start] as number;
    if (open !== OPEN_OBJECT && open !== OPEN_ARRAY) return;
    const isEmpty =
      items === undefined ? bytes[skipSpace(bytes, start + 1)] === open + 2 : items.length === 0;
    if (!isEmpty) this.replace(Uint8Array.of(open, open + 2));
  }

  /** Removes all members or elements for which `goes` returns true. */
  removeChildren(goes: (child: JsonNode) => boolean): void {
    const stay: JsonNode[] = [];
    for (const child of this.children) {
      if (goes(child)) child.parent = undefined;
      else stay.push(child);
    }
    if (stay.length === this.children.length) return;
    this.items = stay;
    this.touch();
  }

  /** Appends a node that is in no container as the last element of this array. */
  appendElement(node: JsonNode): void {
    this.append(node, NO_FRAME);
  }

  /** Appends a node that is in no container as the last member of this object. */
  appendMember(key: Uint8Array, node: JsonNode): void {
    const quoted = quoteJson(key);
    const bytes = new Uint8Array(quoted.length + 1);
    bytes.set(quoted);
    bytes[quoted.length] = COLON;
    const { length } = bytes;
    const keyEnd = quoted.length - 1;
    this.append(node, {
      bytes,
      start: 0,
      keyStart: 1,
      keyEnd,
      valueStart: length,
      valueEnd: length,
      end: length,
    });
  }

  private append(node: JsonNode, frame: Frame): void {
    this.items ??= this.readItems();
    this.items.push(node);
    node.frame = frame;
    node.parent = this;
    this.touch();
  }

  private touch(): void {
    this.edited = true;
    this.changed = true;
    for (let node = this.parent; node !== undefined; node = node.parent) {
      node.edited = true;
      node.changed = true;
    }
  }

  /** Appends the text of this value to `out`. */
  write(out: ByteWriter): void {
    const { bytes, items } = this;
    if (!this.edited || items === undefined) {
      out.copy(bytes, this.start, this.end);
      return;
    }
    const open = bytes[this.start] as number;
    out.byte(open);
    let first = true;
    for (const item of items) {
      if (!first) out.byte(COMMA);
      first = false;
      const { frame } = item;
      out.copy(frame.bytes, frame.start, frame.valueStart);
      item.write(out);
      out.copy(frame.bytes, frame.valueEnd, frame.end);
    }
    out.byte(open + 2);
  }

  /** The length of the text of this value, in bytes. */
  get length(): number {
    const { items } = this;
    if (!this.edited || items === undefined) return this.end - this.start;
    let length = 1 + Math.max(1, items.length);
    for (const { frame, length: own } of items) {
      length += frame.valueStart - frame.start + own + frame.end - frame.valueEnd;
    }
    return length;
  }

  /** The text of this value. */
  print(): Uint8Array<ArrayBuffer> {
    const out = new ByteWriter(this.length);
    this.write(out);
    return out.finish();
  }
}
