// What a Datadog log says and what edits make of it, worked out on a plain tree that knows equal
// keys: no offsets, no tables. Slow and simple; the code under test is held against it.

import type { SeenRecord, SeenValue } from "../../../support/fake-evaluation.ts";
import { COMPOSITE, refName } from "../../../support/fake-evaluation.ts";
import type { FieldRef } from "../../../../src/policy/model.ts";
import {
  type Container,
  type Entry,
  isContainer,
  isObject,
  parse,
  print,
  type Step,
  type Tree,
  type Way,
  ways,
} from "./json-tree.ts";

const BODIES = ["message", "msg", "log"];
const STATUSES = ["status", "level", "severity"];
const INNER = ["message", "body", "log"].map((name) => `data.jsonPayload.${name}`);
const ALIASES: Readonly<Record<string, { readonly name: string; readonly tagOnly: boolean }>> = {
  "service.name": { name: "service", tagOnly: false },
  "host.name": { name: "hostname", tagOnly: false },
  "deployment.environment": { name: "env", tagOnly: true },
  "deployment.environment.name": { name: "env", tagOnly: true },
  "service.version": { name: "version", tagOnly: true },
};

const last = (way: Way): Step => way.at(-1)!;
const valueOf = (way: Way): Tree => last(way).entry.value;
const isText = (value: Tree): boolean => typeof value === "string" && value !== "";
const isValue = (value: Tree): boolean => value !== null && value !== "";
const keyed = (record: Container, key: string): Entry[] =>
  record.entries.filter((one) => one.key === key).toReversed();

/** The members of the first name that has a value, and the texts of the others. */
function texts(record: Container, keys: readonly string[]): Entry[] {
  const found: Entry[] = [];
  for (const key of keys) {
    const counts = found.length === 0 ? isValue : isText;
    found.push(...keyed(record, key).filter((one) => counts(one.value)));
  }
  return found;
}

/** Of these the ones whose name counts. */
function counting(members: readonly Entry[]): Entry[] {
  return members.filter(({ key, value }) => key === members[0]!.key && isValue(value));
}

interface Document {
  readonly root: Container;
  readonly host: Entry;
}

function documentOf(host: Entry): Document | undefined {
  const { value } = host;
  if (isObject(value)) return { root: value, host };
  if (typeof value !== "string" || !value.trimStart().startsWith("{")) return undefined;
  try {
    JSON.parse(value);
  } catch {
    return undefined;
  }
  return { root: parse(value) as Container, host };
}

interface Tag {
  readonly key: string;
  readonly value: string;
}

function tagsOf(text: string): Tag[] {
  return text.split(",").flatMap((raw) => {
    const tag = raw.replace(/^ +| +$/g, "");
    const colon = tag.indexOf(":");
    if (tag === "") return [];
    return colon < 0
      ? [{ key: tag, value: "" }]
      : [{ key: tag.slice(0, colon), value: tag.slice(colon + 1) }];
  });
}

interface Holder {
  readonly entry: Entry;
  readonly array?: Container;
}

/** The texts of tags, that of the last member first. */
function holdersOf(record: Container): Holder[] {
  return keyed(record, "ddtags").flatMap((entry): Holder[] => {
    if (typeof entry.value === "string") return [{ entry }];
    if (!isContainer(entry.value) || entry.value.type === "object") return [];
    const array = entry.value;
    const isString = ({ value }: Entry): boolean => typeof value === "string";
    return array.entries.filter(isString).map((one) => ({ entry: one, array }));
  });
}

export type FieldSelector =
  { readonly field: "body" | "severity_text" } | { readonly path: string[] };

type Spot =
  | { readonly kind: "value"; readonly way: Way; readonly document?: Document | undefined }
  | { readonly kind: "tag"; readonly holder: Holder; readonly key: string };

function namesOf(name: string): { members: string[]; tags: string[] } {
  const alias = ALIASES[name];
  const others = alias === undefined ? [] : [alias.name];
  return { members: alias?.tagOnly === true ? [name] : [name, ...others], tags: [name, ...others] };
}

/** What stands for a name does not, when the name is inside it. */
function namedIn(root: Container, names: readonly string[]): Way[] {
  const [own = [], ...others] = names.map((name) => ways(root, name));
  const isOnTheWay = ({ entry }: Step): boolean =>
    own.some((way) => way.some((step) => step.entry === entry));
  return [...own, ...others.flat().filter((way) => !isOnTheWay(last(way)))];
}

/** Every value of a name, the one that counts first. */
function spotsOf(record: Container, selector: FieldSelector): Spot[] {
  const top = (entry: Entry): Spot => ({ kind: "value", way: [{ owner: record, entry }] });
  if ("field" in selector && selector.field === "severity_text")
    return texts(record, STATUSES).map(top);
  const bodies = texts(record, BODIES);
  if ("field" in selector) {
    return bodies.flatMap((entry): Spot[] => {
      const document = documentOf(entry);
      const inner = INNER.flatMap((name) => ways(document?.root, name));
      const spots = inner.filter((way) => isText(valueOf(way)));
      if (spots.length === 0) return [top(entry)];
      return spots.map((way) => ({ kind: "value", way, document }));
    });
  }
  const names = namesOf(selector.path.join("."));
  const spots: Spot[] = namedIn(record, names.members).map((way) => ({ kind: "value", way }));
  for (const key of names.tags) {
    for (const holder of holdersOf(record)) {
      const isThere = tagsOf(holder.entry.value as string).some((tag) => tag.key === key);
      if (isThere) spots.push({ kind: "tag", holder, key });
    }
  }
  for (const document of bodies.flatMap((entry) => documentOf(entry) ?? [])) {
    const found = namedIn(document.root, names.members);
    spots.push(...found.map((way): Spot => ({ kind: "value", way, document })));
  }
  return spots;
}

/** The first of these that is not empty. */
function firstOf<T>(...lists: readonly (() => T[])[]): T[] {
  for (const list of lists) {
    const values = list();
    if (values.length > 0) return values;
  }
  return [];
}

/** The values that matchers see: those of the first part of the record that has any. */
function valuesOf(record: Container, selector: FieldSelector): Tree[] {
  if ("field" in selector) {
    const isBody = selector.field === "body";
    const members = texts(record, isBody ? BODIES : STATUSES);
    const values = (members.length === 0 ? [] : counting(members)).map((entry) => {
      const root = isBody ? documentOf(entry)?.root : undefined;
      const inner = INNER.flatMap((name) => ways(root, name)).map(valueOf);
      return inner.find(isText) ?? entry.value;
    });
    return values.filter((value, i) => i === 0 || typeof value === "string");
  }
  const names = namesOf(selector.path.join("."));
  const bodies = texts(record, BODIES);
  const documents = bodies.length === 0 ? [] : counting(bodies).map((one) => documentOf(one));
  const members = (root: Container): Tree[] =>
    firstOf(...names.members.map((name) => () => ways(root, name).map(valueOf)));
  const tags = (key: string): Tree[] =>
    holdersOf(record)
      .flatMap(({ entry }) => tagsOf(entry.value as string))
      .filter((tag) => tag.key === key)
      .map(({ value }) => value);
  return firstOf(
    () => members(record),
    ...names.tags.map((key) => () => tags(key)),
    () => documents.flatMap((document) => (document === undefined ? [] : members(document.root))),
  );
}

function seenValue(value: Tree): SeenValue {
  if (isContainer(value)) return COMPOSITE;
  if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
  return value as string | number | boolean;
}

/** What the policies see of a record: its text and the places that are asked for. */
export function seenOf(text: string, refs: readonly FieldRef[]): SeenRecord {
  const record = parse(text) as Container;
  const seen: Record<string, SeenValue | SeenValue[]> = {};
  for (const ref of refs) {
    const selector =
      ref.kind === "attribute"
        ? { path: [...ref.path] }
        : { field: ref.field as "body" | "severity_text" };
    const values = valuesOf(record, selector).map(seenValue);
    const [first] = values;
    if (first !== undefined) seen[refName(ref)] = values.length > 1 ? values : first;
  }
  return seen;
}

/** The value that counts. */
export function valueAt(record: Container, selector: FieldSelector): Tree | undefined {
  const [spot] = spotsOf(record, selector);
  if (spot === undefined) return undefined;
  if (spot.kind === "value") return valueOf(spot.way);
  return tagsOf(spot.holder.entry.value as string).find(({ key }) => key === spot.key)!.value;
}

export type Operation =
  | { readonly op: "rewrite" | "set"; readonly selector: FieldSelector; readonly text: string }
  | { readonly op: "remove"; readonly selector: FieldSelector }
  | {
      readonly op: "rename";
      readonly selector: FieldSelector;
      readonly to: string;
      readonly upsert: boolean;
    };

/** Carries the operation out on `record`; whether it applies. */
export function apply(record: Container, operation: Operation): boolean {
  const spots = spotsOf(record, operation.selector);
  switch (operation.op) {
    case "rewrite":
      return setAll(spots, operation.text);
    case "set":
      if (spots.length === 0) return create(record, operation.selector, operation.text);
      setAll(alike(spots), operation.text);
      return true;
    case "remove":
      removeAll(spots);
      return spots.length > 0;
    case "rename":
      return !("field" in operation.selector) && rename(record, alike(spots), operation);
  }
}

const keysOf = (way: Way): string =>
  JSON.stringify(
    way.map(({ owner, entry }) => [
      entry.key,
      owner.entries.indexOf(entry) * Number(owner.type === "array"),
    ]),
  );

/** The first spot and those that are spelled alike. */
function alike(spots: readonly Spot[]): Spot[] {
  const spelled = (spot: Spot): string =>
    spot.kind === "tag"
      ? `tag ${spot.key}`
      : `value ${spot.document?.host.key} ${keysOf(spot.way)}`;
  return spots.filter((spot) => spelled(spot) === spelled(spots[0]!));
}

function editTags({ entry }: Holder, edit: (tag: Tag) => Tag | undefined): void {
  const tags = tagsOf(entry.value as string).flatMap((tag) => edit(tag) ?? []);
  entry.value = tags.map(({ key, value }) => (value === "" ? key : `${key}:${value}`)).join(",");
}

function writeBack(spots: readonly Spot[]): void {
  for (const spot of spots) {
    if (spot.kind === "tag" || spot.document === undefined) continue;
    const { host, root } = spot.document;
    if (typeof host.value === "string") host.value = print(root);
  }
}

/** Whether any value is another than it was. */
function setAll(spots: readonly Spot[], text: string): boolean {
  let changed = false;
  const value = text.replaceAll(",", "_");
  for (const spot of spots) {
    if (spot.kind === "value") {
      const { entry } = last(spot.way);
      changed ||= entry.value !== text;
      entry.value = text;
      continue;
    }
    editTags(spot.holder, (tag) => {
      if (tag.key !== spot.key) return tag;
      changed ||= tag.value !== value;
      return { ...tag, value };
    });
  }
  writeBack(spots);
  return changed;
}

function removeAll(spots: readonly Spot[]): void {
  for (const spot of spots) {
    if (spot.kind === "value") {
      const { owner, entry } = last(spot.way);
      owner.entries = owner.entries.filter((one) => one !== entry);
      continue;
    }
    const { array, entry } = spot.holder;
    editTags(spot.holder, (tag) => (tag.key === spot.key ? undefined : tag));
    if (array !== undefined && entry.value === "") {
      array.entries = array.entries.filter((one) => one !== entry);
    }
  }
  writeBack(spots);
}

function rename(
  record: Container,
  sources: readonly Spot[],
  { to, upsert }: Extract<Operation, { op: "rename" }>,
): boolean {
  const [first] = sources;
  if (first === undefined) return false;
  const id = (spot: Spot): unknown =>
    spot.kind === "value" ? last(spot.way).entry : spot.holder.entry;
  const isSource = (spot: Spot): boolean =>
    sources.some(
      (one) =>
        one.kind === spot.kind &&
        id(one) === id(spot) &&
        (one.kind === "value" || one.key === (spot as { key: string }).key),
    );
  const targets = sharing(spotsOf(record, { path: [to] }), sources).filter((one) => !isSource(one));
  if (targets.length > 0 && !upsert) return false;
  if (first.kind === "tag") {
    if (/[,:]|^ | $|^$/.test(to)) return false;
    removeAll(targets);
    for (const { holder, key } of sources as Extract<Spot, { kind: "tag" }>[]) {
      editTags(holder, (tag) => (tag.key === key ? { ...tag, key: to } : tag));
    }
    return true;
  }
  removeAll(targets);
  for (const { way, document } of (sources as Extract<Spot, { kind: "value" }>[]).toReversed()) {
    const { owner, entry } = last(way);
    owner.entries = owner.entries.filter((one) => one !== entry);
    const goes = targets.some((one) => id(one) === document?.host);
    const list = document === undefined || goes ? record : document.root;
    list.entries = list.entries.filter((one) => one.value !== null || one.key !== to);
    list.entries.push({ key: to, value: entry.value });
  }
  writeBack(sources);
  return true;
}

/** The same spots, in the trees of the same documents as others are in. */
function sharing(spots: readonly Spot[], others: readonly Spot[]): Spot[] {
  return spots.map((spot) => {
    if (spot.kind === "tag" || spot.document === undefined) return spot;
    const { host } = spot.document;
    const same = others.find((one) => one.kind === "value" && one.document?.host === host);
    if (same?.kind !== "value" || same.document === undefined) return spot;
    let owner = same.document.root;
    const way = spot.way.map((step): Step => {
      const entry = owner.entries[step.owner.entries.indexOf(step.entry)]!;
      const found = { owner, entry };
      owner = entry.value as Container;
      return found;
    });
    return { kind: "value", way, document: same.document };
  });
}

function create(record: Container, selector: FieldSelector, text: string): boolean {
  const path =
    "path" in selector ? selector.path : [selector.field === "body" ? "message" : "status"];
  let owner = record;
  for (const key of path.slice(0, -1)) {
    const [next] = keyed(owner, key);
    if (next !== undefined && next.value !== null && !isObject(next.value)) return false;
    const entry = next ?? { key, value: null };
    if (next === undefined) owner.entries.push(entry);
    entry.value ??= { type: "object", entries: [] };
    owner = entry.value as Container;
  }
  const key = path.at(-1)!;
  const [present] = keyed(owner, key);
  if (present === undefined) owner.entries.push({ key, value: text });
  else present.value = text;
  return true;
}
