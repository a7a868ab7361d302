// What a Datadog log says and what edits make of it, worked out on plain objects: JSON.parse, no
// offsets. Slow and simple; the code under test is held against it.

import type { SeenRecord, SeenValue } from "../support/fake-evaluation.ts";
import { COMPOSITE, refName } from "../support/fake-evaluation.ts";
import type { FieldRef } from "../../src/policy/model.ts";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type Container = Json[] | { [key: string]: Json };
interface Spot {
  readonly owner: Container;
  readonly key: string;
}

const isContainer = (value: Json | undefined): value is Container =>
  typeof value === "object" && value !== null;

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  isContainer(value) && !Array.isArray(value);

const at = ({ owner, key }: Spot): Json => (owner as { [key: string]: Json })[key] as Json;

/** Longest first key first, then the longest second key, and so on. */
export function find(owner: Json | undefined, name: string): Spot | undefined {
  if (!isContainer(owner)) return undefined;
  const parts = name.split(".");
  for (let count = parts.length; count > 0; count--) {
    const key = parts.slice(0, count).join(".");
    if (!Object.hasOwn(owner, key) || key === "length") continue;
    const spot = { owner, key };
    if (at(spot) === null) continue;
    if (count === parts.length) return spot;
    const inner = find(at(spot), parts.slice(count).join("."));
    if (inner !== undefined) return inner;
  }
  return undefined;
}

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

type Plain = { [key: string]: Json };

function firstOf(record: Plain, keys: readonly string[]): string | undefined {
  return keys.find(
    (key) => Object.hasOwn(record, key) && record[key] !== null && record[key] !== "",
  );
}

function documentOf(value: Json | undefined): Plain | undefined {
  if (isObject(value)) return value;
  if (typeof value !== "string" || !value.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(value) as Plain;
  } catch {
    return undefined;
  }
}

interface Tag {
  readonly key: string;
  readonly value: string;
}

function tagsOf(record: Plain): Tag[] {
  const { ddtags } = record;
  if (typeof ddtags !== "string") return [];
  return ddtags.split(",").flatMap((raw) => {
    const tag = raw.replace(/^ +| +$/g, "");
    const colon = tag.indexOf(":");
    if (tag === "") return [];
    return colon < 0
      ? [{ key: tag, value: "" }]
      : [{ key: tag.slice(0, colon), value: tag.slice(colon + 1) }];
  });
}

export type Place = { readonly field: "body" | "severity_text" } | { readonly path: string[] };

type Found =
  | { readonly kind: "value"; readonly spot: Spot; readonly root: Plain; readonly host?: string }
  | { readonly kind: "tag"; readonly tag: Tag };

/** Where the value of a place is; `host`: the member whose text holds the document `root`. */
export function locate(record: Plain, place: Place): Found | undefined {
  const top = (key: string | undefined): Found | undefined =>
    key === undefined ? undefined : { kind: "value", spot: { owner: record, key }, root: record };
  if ("field" in place && place.field === "severity_text") return top(firstOf(record, STATUSES));
  const host = firstOf(record, BODIES);
  const document = host === undefined ? undefined : documentOf(record[host]);
  const inDocument = (spot: Spot): Found => ({
    kind: "value",
    spot,
    root: document!,
    ...(typeof record[host!] === "string" ? { host: host! } : {}),
  });
  if ("field" in place) {
    for (const name of INNER) {
      const spot = find(document, name);
      const value = spot && at(spot);
      if (typeof value === "string" && value !== "") return inDocument(spot!);
    }
    return top(host);
  }
  const name = place.path.join(".");
  const alias = ALIASES[name];
  const names = [name, ...(alias === undefined || alias.tagOnly ? [] : [alias.name])];
  for (const one of names) {
    const spot = find(record, one);
    if (spot !== undefined) return { kind: "value", spot, root: record };
  }
  for (const one of alias === undefined ? [name] : [name, alias.name]) {
    const tag = tagsOf(record).find(({ key }) => key === one);
    if (tag !== undefined) return { kind: "tag", tag };
  }
  for (const one of names) {
    const spot = find(document, one);
    if (spot !== undefined) return inDocument(spot);
  }
  return undefined;
}

export function valueOf(record: Plain, place: Place): Json | undefined {
  const found = locate(record, place);
  if (found === undefined) return undefined;
  return found.kind === "tag" ? found.tag.value : at(found.spot);
}

function seenValue(value: Json): SeenValue {
  if (isContainer(value)) return COMPOSITE;
  if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
  return value as string | number | boolean;
}

/** What the policies see of a record: its text and the places that are asked for. */
export function seenOf(text: string, refs: readonly FieldRef[]): SeenRecord {
  const record = JSON.parse(text) as Plain;
  const seen: Record<string, SeenValue> = {};
  for (const ref of refs) {
    const place =
      ref.kind === "attribute"
        ? { path: [...ref.path] }
        : { field: ref.field as "body" | "severity_text" };
    const value = valueOf(record, place);
    if (value !== undefined) seen[refName(ref)] = seenValue(value);
  }
  return seen;
}

export type Operation =
  | { readonly op: "set"; readonly place: Place; readonly text: string }
  | { readonly op: "remove"; readonly place: Place }
  | {
      readonly op: "rename";
      readonly place: Place;
      readonly to: string;
      readonly upsert: boolean;
    };

/** Carries the operation out on `record`; whether it applies. */
export function apply(record: Plain, operation: Operation): boolean {
  const found = locate(record, operation.place);
  if (found === undefined) {
    return operation.op === "set" && create(record, operation.place, operation.text);
  }
  if (found.kind === "tag") return applyToTag(record, found.tag.key, operation);
  const { spot, root, host } = found;
  const { owner, key } = spot;
  const take = (): void => {
    if (Array.isArray(owner)) owner.splice(Number(key), 1);
    else delete owner[key];
  };
  if (operation.op === "set") (owner as Plain)[key] = operation.text;
  else if (operation.op === "remove") take();
  else {
    if ("field" in operation.place) return false;
    const target = Object.hasOwn(root, operation.to) ? root[operation.to] : null;
    if (target !== null && !operation.upsert) return false;
    const value = at(spot);
    take();
    root[operation.to] = value;
  }
  if (host !== undefined) record[host] = JSON.stringify(root);
  return true;
}

function create(record: Plain, place: Place, text: string): boolean {
  const path = "path" in place ? place.path : [place.field === "body" ? "message" : "status"];
  let owner: Plain = record;
  for (const key of path.slice(0, -1)) {
    const next = Object.hasOwn(owner, key) ? owner[key] : undefined;
    if (next === undefined || next === null) owner[key] = {};
    else if (!isObject(next)) return false;
    owner = owner[key] as Plain;
  }
  owner[path.at(-1)!] = text;
  return true;
}

function applyToTag(record: Plain, key: string, operation: Operation): boolean {
  const tags = tagsOf(record);
  const first = tags.findIndex((tag) => tag.key === key);
  const print = (changed: string | undefined, gone: readonly string[]): true => {
    const texts = tags.flatMap((tag, i): string[] => {
      if (i === first) return changed === undefined ? [] : [changed];
      if (gone.includes(tag.key)) return [];
      return [tag.value === "" ? tag.key : `${tag.key}:${tag.value}`];
    });
    record["ddtags"] = texts.join(",");
    return true;
  };
  if (operation.op === "remove") return print(undefined, [key]);
  if (operation.op === "set") {
    return print(`${key}:${operation.text.replaceAll(",", "_")}`, [key]);
  }
  const { to, upsert } = operation;
  if (!upsert && tags.some((tag) => tag.key === to)) return false;
  if (/[,:]|^ | $|^$/.test(to)) return false;
  const value = tags[first]!.value;
  return print(value === "" ? to : `${to}:${value}`, [key, to]);
}
