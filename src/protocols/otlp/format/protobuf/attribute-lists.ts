// Attribute lists in encoded messages, with every entry to which a path leads: keys may be equal,
// at its end and on its way. What is not addressed keeps its bytes; malformed parts are left alone.

import { sameRange } from "../../../../core/bytes.ts";
import { decimalOf } from "../../../../core/decimal.ts";
import { bytesField, FieldCursor, joinPayloads } from "../../../../core/protobuf/index.ts";
import { entryField, isWellFormed, NOTHING, Splice, withAppended } from "./splice.ts";
import { AnyValueTag, ArrayValueTag, KeyValueListTag, KeyValueTag } from "./tags.ts";
import { ValueScan } from "./value-scan.ts";

/** What an entry, the KeyValue bytes[start, stop), becomes; undefined: it stays. */
export type ChangeEntry = (
  bytes: Uint8Array,
  start: number,
  stop: number,
) => Uint8Array | undefined;

/** The entry goes. */
export const GONE = new Uint8Array(0);

/** What a list, which is fields of bytes[start, stop), becomes; undefined: it stays. */
type ChangeList = (bytes: Uint8Array, start: number, stop: number) => Uint8Array | undefined;

type Path = readonly Uint8Array[];

/**
 * The message bytes[start, end), whose fields `tag` are a list, with the entries at the path's end
 * changed; undefined: nothing has changed. `intoLists`: as in FieldSelector; `change` is given an
 * element of an array as an entry without a key.
 */
export function changeEntries(
  bytes: Uint8Array,
  start: number,
  end: number,
  tag: number,
  path: Path,
  change: ChangeEntry,
  intoLists = false,
  depth = 0,
): Uint8Array | undefined {
  const key = path[depth] ?? NOTHING;
  const isLeaf = depth === path.length - 1;
  const cursor = new FieldCursor();
  let out: Splice | undefined;
  if (!isWellFormed(bytes, start, end)) return undefined;
  cursor.open(bytes, start, end);
  while (cursor.next()) {
    if (cursor.tag !== tag || !hasKey(bytes, cursor.start, cursor.stop, key)) continue;
    const entry = isLeaf
      ? change(bytes, cursor.start, cursor.stop)
      : changeInside(bytes, cursor.start, cursor.stop, { path, change, intoLists }, depth + 1);
    if (entry === undefined) continue;
    out ??= new Splice(bytes, start, end);
    if (entry === GONE) out.replace(cursor.fieldAt, cursor.stop, NOTHING);
    else out.replacePayload(cursor.lengthAt, cursor.stop, entry);
  }
  return out?.finish();
}

interface Way {
  readonly path: Path;
  readonly change: ChangeEntry;
  readonly intoLists: boolean;
}

/** The entry with what its path leads to inside of it changed; undefined: nothing has changed. */
function changeInside(
  bytes: Uint8Array,
  start: number,
  stop: number,
  way: Way,
  depth: number,
): Uint8Array | undefined {
  const { path, change, intoLists } = way;
  const index = intoLists ? decimalOf(path[depth] ?? NOTHING) : -1;
  const entry = changeMap(bytes, start, stop, (list, from, to) =>
    changeEntries(list, from, to, KeyValueListTag.values, path, change, intoLists, depth),
  );
  if (entry !== undefined || index < 0) return entry;
  const { array } = AnyValueTag;
  return changeMember(bytes, start, stop, array, (list, from, to) =>
    changeElement(list, from, to, index, (element, first, last) =>
      depth === path.length - 1
        ? change(element, first, last)
        : changeInside(element, first, last, way, depth + 1),
    ),
  );
}

/** An ArrayValue with an element changed, as an entry without a key. */
function changeElement(
  bytes: Uint8Array,
  start: number,
  end: number,
  index: number,
  change: ChangeEntry,
): Uint8Array | undefined {
  const cursor = new FieldCursor();
  let left = index;
  cursor.open(bytes, start, end);
  while (cursor.next()) {
    if (cursor.tag !== ArrayValueTag.values || left-- > 0) continue;
    const { fieldAt, lengthAt, stop } = cursor;
    const entry = bytesField(KeyValueTag.value, bytes.subarray(cursor.start, stop));
    const changed = change(entry, 0, entry.length);
    if (changed === undefined) return undefined;
    const out = new Splice(bytes, start, end);
    if (changed === GONE) return out.replace(fieldAt, stop, NOTHING).finish();
    const value = joinPayloads(changed, 0, changed.length, KeyValueTag.value) ?? NOTHING;
    return out.replacePayload(lengthAt, stop, value).finish();
  }
  return undefined;
}

/**
 * The message with a new entry of that value, a whole field, at the path: below the first entry on
 * the way that can take it, with the maps that are missing. undefined: something on the way is no
 * map.
 */
export function addEntry(
  bytes: Uint8Array,
  start: number,
  end: number,
  tag: number,
  path: Path,
  value: Uint8Array,
  depth = 0,
): Uint8Array | undefined {
  const key = path[depth] ?? NOTHING;
  const cursor = new FieldCursor();
  let blocked = false;
  if (!isWellFormed(bytes, start, end)) return undefined;
  cursor.open(bytes, start, end);
  while (depth < path.length - 1 && cursor.next()) {
    if (cursor.tag !== tag || !hasKey(bytes, cursor.start, cursor.stop, key)) continue;
    const { lengthAt, stop } = cursor;
    const entry = changeMap(bytes, cursor.start, stop, (list, from, to) =>
      addEntry(list, from, to, KeyValueListTag.values, path, value, depth + 1),
    );
    if (entry !== undefined) {
      return new Splice(bytes, start, end).replacePayload(lengthAt, stop, entry).finish();
    }
    blocked = true;
  }
  if (blocked) return undefined;
  let inner = value;
  for (let i = path.length - 1; i > depth; i--) {
    const { values } = KeyValueListTag;
    const list = entryField(values, KeyValueTag.key, path[i] ?? NOTHING, inner);
    inner = bytesField(KeyValueTag.value, bytesField(AnyValueTag.kvlist, list));
  }
  return withAppended(bytes, start, end, tag, [entryField(tag, KeyValueTag.key, key, inner)]);
}

/**
 * The message with the entries at the path's end by another name, each at the end of its own list.
 * Where the name is taken, nothing; with `upsert`, what has it goes first.
 */
export function renameEntries(
  bytes: Uint8Array,
  start: number,
  end: number,
  tag: number,
  path: Path,
  name: { readonly to: Uint8Array; readonly upsert: boolean },
  intoLists = false,
): Uint8Array | undefined {
  const around = path.slice(0, -1);
  const rename: ChangeList = (list, from, to) =>
    renameInList(list, from, to, path.at(-1) ?? NOTHING, name);
  const change: ChangeEntry = (entry, from, to) => changeMap(entry, from, to, rename);
  return changeEntries(bytes, start, end, tag, around, change, intoLists);
}

function renameInList(
  bytes: Uint8Array,
  start: number,
  end: number,
  key: Uint8Array,
  { to, upsert }: { readonly to: Uint8Array; readonly upsert: boolean },
): Uint8Array | undefined {
  const tag = KeyValueListTag.values;
  const renamed: Uint8Array[] = [];
  const change = (from: Uint8Array, found: ChangeEntry): Uint8Array | undefined =>
    changeEntries(bytes, start, end, tag, [from], found);
  const without = change(key, (entry, from, stop) => {
    renamed.push(withKey(entry, from, stop, to, tag));
    return GONE;
  });
  if (without === undefined) return undefined;
  if (!upsert && change(to, () => GONE) !== undefined) return undefined;
  const left = changeEntries(without, 0, without.length, tag, [to], () => GONE) ?? without;
  return withAppended(left, 0, left.length, tag, renamed);
}

/** An entry with another key, as a whole field of a list whose entries have this tag. */
export function withKey(
  bytes: Uint8Array,
  start: number,
  stop: number,
  key: Uint8Array,
  tag: number,
): Uint8Array {
  const cursor = new FieldCursor();
  let keyAt = start;
  let keyStop = start;
  cursor.open(bytes, start, stop);
  while (cursor.next()) {
    if (cursor.tag !== KeyValueTag.key) continue;
    keyAt = cursor.fieldAt;
    keyStop = cursor.stop;
  }
  const before = bytes.subarray(start, keyAt);
  return bytesField(tag, before, bytesField(KeyValueTag.key, key), bytes.subarray(keyStop, stop));
}

/** The entry with the list in its map changed; undefined: it is no map, or nothing has changed. */
function changeMap(
  bytes: Uint8Array,
  start: number,
  stop: number,
  change: ChangeList,
): Uint8Array | undefined {
  return changeMember(bytes, start, stop, AnyValueTag.kvlist, change);
}

/** The same of the value's one member, which has that tag. */
function changeMember(
  bytes: Uint8Array,
  start: number,
  stop: number,
  tag: number,
  change: ChangeList,
): Uint8Array | undefined {
  const value = new ValueScan();
  if (!value.scan(bytes, start, stop, KeyValueTag.value)) return undefined;
  const { any } = value;
  if (any.member !== tag) return undefined;
  if (!value.isComposed) {
    const list = change(value.bytes, any.start, any.stop);
    return list && value.withList(bytes, start, stop, KeyValueTag.value, list);
  }
  const joined = joinPayloads(value.bytes, any.rowAt, value.stop, tag);
  const list = joined && change(joined, 0, joined.length);
  return list && value.withList(bytes, start, stop, KeyValueTag.value, list);
}

const keyCursor = new FieldCursor();

/** A malformed entry has no key. */
export function hasKey(bytes: Uint8Array, start: number, end: number, key: Uint8Array): boolean {
  // Nearly every entry is a short key and then its value, which ends with it.
  const size = bytes[start + 1] as number;
  const valueAt = start + size + 4;
  if (bytes[start] === KeyValueTag.key && size < 0x80 && valueAt <= end) {
    const isPlain = bytes[valueAt - 2] === KeyValueTag.value;
    if (isPlain && valueAt + (bytes[valueAt - 1] as number) === end && end - valueAt < 0x80) {
      return sameRange(bytes, start + 2, valueAt - 2, key, 0, key.length);
    }
  }
  let keyAt = start;
  let keyEnd = start;
  keyCursor.open(bytes, start, end);
  while (keyCursor.next()) {
    if (keyCursor.tag !== KeyValueTag.key) continue;
    keyAt = keyCursor.start;
    keyEnd = keyCursor.stop;
  }
  return keyCursor.fault < 0 && sameRange(bytes, keyAt, keyEnd, key, 0, key.length);
}
