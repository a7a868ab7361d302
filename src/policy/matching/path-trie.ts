// The attribute paths that a program asks for, as a trie over byte keys. Looking up a key costs one
// hash of the key, whatever the number of paths; a key that no path contains ends the look-up.

import { FNV32_START, fnv32, markOfKey, spread } from "../../core/hash.ts";
import { SCOPE_COUNT, type ScopeIndex } from "../fields.ts";
import type { AttributePaths } from "../record-port.ts";

/** Value of a mark that more than one node has. */
const SEVERAL = -1;
const MARKS_PER_CELL_LOG2 = 3;
const MARKS_PER_CELL = 1 << MARKS_PER_CELL_LOG2;

export class PathTrie implements AttributePaths {
  /**
   * Per node: its slot, its parent, its key, whether it has children. Nodes 0 to 3 are the roots of
   * the scopes.
   */
  private readonly nodeSlots: number[] = [];
  private readonly parents: number[] = [];
  private readonly keys: Uint8Array[] = [];
  private readonly hashes: number[] = [];
  private readonly childCounts: number[] = [];
  private readonly listNodes: number[] = [];
  private table = new Int32Array(16);
  private mask = 15;
  /**
   * Marks of the keys below all nodes. A mark is made of what distinguishes most keys: no policy
   * asks for most attributes, and hashing their keys would be most of their cost. Its value is the
   * node that has it, which is never 0; or SEVERAL.
   */
  private marks = new Int32Array(16 * MARKS_PER_CELL);
  private marksShift = 32 - 4 - MARKS_PER_CELL_LOG2;
  /** A longer key is not hashed. */
  private keyBytesMax = 0;

  constructor() {
    for (let scope = 0; scope < SCOPE_COUNT; scope++) this.newNode(-1, new Uint8Array(0), 0);
  }

  /**
   * The node of `path` below the root of `scope`; it is created if it does not exist. `intoLists`:
   * the path leads into lists; such paths share the node of their first key with the others.
   */
  add(scope: ScopeIndex, path: readonly Uint8Array[], intoLists = false): number {
    let node: number = scope;
    for (const [at, key] of path.entries()) {
      if (at === 1 && intoLists) node = this.listNodeOf(node);
      const found = this.child(node, key, 0, key.length);
      node = found >= 0 ? found : this.addChild(node, key);
    }
    return node;
  }

  private listNodeOf(node: number): number {
    const known = this.lists(node);
    if (known >= 0) return known;
    const added = this.newNode(-1, new Uint8Array(0), 0);
    this.listNodes[node] = this.listNodes[added] = added;
    return added;
  }

  setSlot(node: number, slot: number): void {
    this.nodeSlots[node] = slot;
  }

  root(scope: ScopeIndex): number {
    return (this.childCounts[scope] as number) > 0 ? scope : -1;
  }

  child(node: number, bytes: Uint8Array, start: number, end: number): number {
    if (end - start > this.keyBytesMax) return -1;
    const only = this.marks[markOfKey(bytes, start, end) >>> this.marksShift] as number;
    if (only === 0) return -1;
    if (only !== SEVERAL) {
      return this.parents[only] === node && this.isKeyOf(only, bytes, start, end) ? only : -1;
    }
    const { table, mask } = this;
    const hash = spread(fnv32(bytes, start, end, FNV32_START ^ Math.imul(node, 0x9e3779b1)));
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const found = (table[at] as number) - 1;
      if (found < 0) return -1;
      if (this.hashes[found] !== hash || this.parents[found] !== node) continue;
      if (this.isKeyOf(found, bytes, start, end)) return found;
    }
  }

  private isKeyOf(node: number, bytes: Uint8Array, start: number, end: number): boolean {
    const key = this.keys[node] as Uint8Array;
    const length = end - start;
    if (key.length !== length) return false;
    let i = 0;
    while (i < length && key[i] === bytes[start + i]) i++;
    return i === length;
  }

  slot(node: number): number {
    return this.nodeSlots[node] as number;
  }

  hasChildren(node: number): boolean {
    return (this.childCounts[node] as number) > 0;
  }

  lists(node: number): number {
    return this.listNodes[node] as number;
  }

  private addChild(parent: number, key: Uint8Array): number {
    const hash = spread(fnv32(key, 0, key.length, FNV32_START ^ Math.imul(parent, 0x9e3779b1)));
    const node = this.newNode(parent, key, hash);
    if (this.lists(parent) === parent) this.listNodes[node] = node;
    this.childCounts[parent] = (this.childCounts[parent] as number) + 1;
    if ((this.keys.length + 1) * 2 > this.table.length) this.grow();
    else this.insert(node, hash);
    return node;
  }

  private newNode(parent: number, key: Uint8Array, hash: number): number {
    this.nodeSlots.push(-1);
    this.keyBytesMax = Math.max(this.keyBytesMax, key.length);
    this.parents.push(parent);
    this.keys.push(key);
    this.hashes.push(hash);
    this.childCounts.push(0);
    this.listNodes.push(-1);
    return this.keys.length - 1;
  }

  private insert(node: number, hash: number): void {
    let at = hash & this.mask;
    while (this.table[at] !== 0) at = (at + 1) & this.mask;
    this.table[at] = node + 1;
    const key = this.keys[node] as Uint8Array;
    const mark = markOfKey(key, 0, key.length) >>> this.marksShift;
    this.marks[mark] = this.marks[mark] === 0 ? node : SEVERAL;
  }

  private grow(): void {
    this.table = new Int32Array(this.table.length * 2);
    this.mask = this.table.length - 1;
    this.marks = new Int32Array(this.table.length * MARKS_PER_CELL);
    this.marksShift--;
    for (let node = SCOPE_COUNT; node < this.keys.length; node++) {
      // The node where paths into lists begin has no key.
      if ((this.parents[node] as number) >= 0) this.insert(node, this.hashes[node] as number);
    }
  }
}
