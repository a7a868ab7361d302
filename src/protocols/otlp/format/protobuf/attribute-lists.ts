// Attribute lists in encoded messages, with every entry to which a path leads: keys may be equal,
// at its end and on its way. What is not addressed keeps its bytes; malformed parts are left alone.

import { sameRange } from "../../../../core/bytes.ts";
import { bytesField, FieldCursor, joinPayloads } from "../../../../core/protobuf/index.ts";
import { entryField, isWellFormed, NOTHING, Splice, withAppended } from "./splice.ts";
import { AnyValueTag, KeyValueListTag, KeyValueTag } from "./tags.ts";
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
 * changed; undefined: nothing has changed.
 */
export function changeEntries(
  bytes: Uint8Array,
  start: number,
  end: number,
  tag: number,
  path: Path,
  change: ChangeEntry,
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
      : changeMap(bytes, cursor.start, cursor.stop, (list, from, to) =>
          changeEntries(list, from, to, KeyValueListTag.values, path, change, depth + 1),
        );
    if (entry === undefined) continue;
    out ??= new Splice(bytes, start, end);
    if (entry === GONE) out.replace(cursor.fieldAt, cursor.stop, NOTHING);
    else out.replacePayload(cursor.lengthAt, cursor.stop, entry);
  }
  return out?.finish();
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
): Uint8Array | undefined {
  const around = path.slice(0, -1);
  const rename: ChangeList = (list, from, to) =>
    renameInList(list, from, to, path.at(-1) ?? NOTHING, name);
  return changeEntries(bytes, start, end, tag, around, (entry, from, to) =>
    changeMap(entry, from, to, rename),
  );
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
  const value = new ValueScan();
  if (!value.scan(bytes, start, stop, KeyValueTag.value)) return undefined;
  const { any } = value;
  if (any.member !== AnyValueTag.kvlist) return undefined;
  if (!value.isComposed) {
    const list = change(value.bytes, any.start, any.stop);
    return list && value.withMap(bytes, start, stop, KeyValueTag.value, list);
  }
  const joined = joinPayloads(value.bytes, any.rowAt, value.stop, AnyValueTag.kvlist);
  const list = joined && change(joined, 0, joined.length);
  return list && value.withMap(bytes, start, stop, KeyValueTag.value, list);
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
