// Random logs and policies of OpenTelemetry's dialect against a small model of the draft: what
// predicates find, and what transforms leave in the order of their stages, beside policies of the
// other dialect. Both encodings are held to give the same.

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { type Any, int, judged, list, logs, str } from "../../support/otlp/judged-logs.ts";

type Scalar = string | number | boolean;
type Value = Scalar | readonly Value[] | Entries;
/** A map, in its order. */
class Entries {
  readonly list: [string, Value][];
  constructor(list: readonly (readonly [string, Value])[]) {
    this.list = list.map(([key, value]) => [key, value]);
  }
  at(key: string): number {
    return this.list.findIndex(([own]) => own === key);
  }
}

const isList = (value: Value | undefined): value is readonly Value[] => Array.isArray(value);
const anyOf = (value: Value): Any => {
  if (value instanceof Entries) return { kvlistValue: { values: membersOf(value) } };
  if (typeof value === "string") return str(value);
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number")
    return Number.isInteger(value) ? int(value) : { doubleValue: value };
  return list(...value.map(anyOf));
};
const copyOf = (value: Value): Value => {
  if (value instanceof Entries) return new Entries(value.list.map(([k, v]) => [k, copyOf(v)]));
  return isList(value) ? value.map(copyOf) : value;
};
const membersOf = (entries: Entries) =>
  entries.list.map(([key, value]) => ({ key, value: anyOf(value) }));
const record = (entries: Entries) => ({
  body: str("x"),
  attributes: membersOf(entries),
});

const KEYS = ["a", "b", "m", "0"] as const;
const key = fc.constantFrom(...KEYS);
const scalar: fc.Arbitrary<Scalar> = fc.oneof(
  fc.constantFrom("red", "re", "4 2", ""),
  fc.constantFrom(1, 42, 0.5),
  fc.boolean(),
);
const { value: tree } = fc.letrec<{ value: Value; entries: Entries }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie("value"), { maxLength: 3 }),
    tie("entries"),
  ),
  entries: fc
    .uniqueArray(fc.tuple(key, tie("value")), { selector: ([own]) => own, maxLength: 3 })
    .map((members) => new Entries(members)),
}));
const entriesOf = (min: number): fc.Arbitrary<Entries> =>
  fc
    .uniqueArray(fc.tuple(key, tree), { selector: ([own]) => own, minLength: min, maxLength: 4 })
    .map((members) => new Entries(members));
const path = fc.array(fc.constantFrom(...KEYS, "1"), { minLength: 1, maxLength: 3 });

/** What a path leads to. */
function lookUp(entries: Entries, [first, ...rest]: readonly string[]): Value | undefined {
  let value: Value | undefined = entries.list[entries.at(first ?? "")]?.[1];
  for (const segment of rest) {
    if (value instanceof Entries) value = value.list[value.at(segment)]?.[1];
    else if (isList(value)) value = value[/^(?:0|[1-9]\d*)$/.test(segment) ? Number(segment) : -1];
    else return undefined;
  }
  return value;
}

test("predicates find what the draft says, among many others", () => {
  const predicate = fc.record({
    path,
    op: fc.constantFrom("equals", "contains", "exists"),
    scalar,
  });
  fc.assert(
    fc.property(entriesOf(1), fc.array(predicate, { minLength: 1, maxLength: 12 }), (own, all) => {
      const policies = all.map((one, i) => ({
        id: `p${i}`,
        log_filter: {
          matches: [
            {
              target: { log_attribute: one.path },
              predicate: one.op === "exists" ? { exists: {} } : { [one.op]: one.scalar },
            },
          ],
          action: "ACTION_KEEP",
        },
      }));
      const { counts } = judged(policies, logs(record(own)));
      const found = all.map((one) => {
        const value = lookUp(own, one.path);
        if (one.op === "exists") return value !== undefined;
        if (one.op === "equals") return value === one.scalar;
        if (typeof value === "string") {
          return typeof one.scalar === "string" && value.includes(one.scalar);
        }
        return isList(value) && value.includes(one.scalar);
      });
      expect(policies.map(({ id }) => counts[id] !== undefined)).toEqual(found);
    }),
    { numRuns: 150 },
  );
});

type Edit =
  | { readonly op: "remove"; readonly path: readonly string[] }
  | { readonly op: "redact"; readonly path: readonly string[]; readonly regex: boolean }
  | { readonly op: "rename"; readonly path: readonly string[]; to: string; upsert: boolean }
  | { readonly op: "add"; readonly path: readonly string[]; value: Scalar; upsert: boolean };
const OPERATIONS = ["remove", "redact", "rename", "add"] as const;
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ op: fc.constant("remove"), path }),
  fc.record({ op: fc.constant("redact"), path, regex: fc.boolean() }),
  fc.record({ op: fc.constant("rename"), path, to: key, upsert: fc.boolean() }),
  fc.record({ op: fc.constant("add"), path, value: scalar, upsert: fc.boolean() }),
);

/** Done to a list or a map that the path's last segment is in; arrays only `intoLists`. */
function doEdit(top: Entries, one: Edit, isOtel: boolean): void {
  const around = one.path.slice(0, -1);
  const last = one.path.at(-1) ?? "";
  const holder = around.length === 0 ? top : reach(top, around, isOtel);
  if (isOtel && around.length > 0 && isList(holder)) editElement(holder, Number(last), one);
  else if (holder instanceof Entries) {
    // Nothing is added where an array is on the way.
    const isInList = around.length > 0 && reach(top, around, false) !== holder;
    if (one.op !== "add" || !isInList || holder.at(last) >= 0) {
      editMember(top, holder, last, one, isOtel);
    }
  } else if (holder === undefined && one.op === "add") addMaps(top, one);
}

function reach(top: Entries, around: readonly string[], isOtel: boolean): Value | undefined {
  if (isOtel) return lookUp(top, around);
  let value: Value | undefined = top;
  for (const segment of around) {
    value = value instanceof Entries ? value.list[value.at(segment)]?.[1] : undefined;
  }
  return value;
}

function rewritten(value: Value, one: Edit): Value {
  if (one.op === "add") return one.upsert ? one.value : value;
  if (one.op !== "redact") return value;
  if (!one.regex) return "[X]";
  return typeof value === "string" ? value.replaceAll(/[e4]/g, "[X]") : value;
}

function editElement(holder: readonly Value[], index: number, one: Edit): void {
  // The model's own arrays may be changed.
  const own = holder as Value[];
  if (!Number.isInteger(index) || index >= own.length || one.op === "rename") return;
  if (one.op === "remove") own.splice(index, 1);
  else own[index] = rewritten(own[index]!, one);
}

function editMember(top: Entries, holder: Entries, name: string, one: Edit, isOtel: boolean) {
  const index = holder.at(name);
  const entry = holder.list[index];
  if (entry === undefined) {
    if (one.op === "add") holder.list.push([name, one.value]);
    return;
  }
  if (one.op === "remove") holder.list.splice(index, 1);
  else if (one.op !== "rename") entry[1] = rewritten(entry[1], one);
  else {
    const target = isOtel ? holder : top;
    if (target.at(one.to) >= 0 && !one.upsert) return;
    holder.list.splice(index, 1);
    if (target.at(one.to) >= 0) target.list.splice(target.at(one.to), 1);
    target.list.push([one.to, entry[1]]);
  }
}

/** Adds the value with the maps that are missing on its way; what is no map is in the way. */
function addMaps(top: Entries, one: Extract<Edit, { op: "add" }>): void {
  let holder = top;
  for (const [at, segment] of one.path.entries()) {
    const next = holder.list[holder.at(segment)]?.[1];
    if (next === undefined) {
      const rest = one.path.slice(at + 1).toReversed();
      const value = rest.reduce<Value>((inner, name) => new Entries([[name, inner]]), one.value);
      holder.list.push([segment, value]);
      return;
    }
    if (!(next instanceof Entries)) return;
    holder = next;
  }
}

const written = (one: Edit): object => {
  const target = { log_attribute: one.path };
  if (one.op === "remove") return { target };
  if (one.op === "redact") {
    return { target, replacement: "[X]", ...(one.regex ? { regex: "[e4]" } : {}) };
  }
  if (one.op === "rename") return { from: target, to: one.to, upsert: one.upsert };
  return { target, value: one.value, upsert: one.upsert };
};
const writtenTero = (one: Edit): object => {
  const { target, from, ...rest } = written(one) as Record<string, object>;
  if (from !== undefined) return { from_log_attribute: one.path, ...rest };
  return { ...target, ...rest };
};
const listsOf = (edits: readonly Edit[], write: (one: Edit) => object): object =>
  Object.fromEntries(
    OPERATIONS.map((op) => [op, edits.filter((one) => one.op === op).map(write)] as const),
  );

test("transforms are done by their stages, around those of the other dialect", () => {
  const policy = fc.record({
    isOtel: fc.boolean(),
    edits: fc.array(edit, { minLength: 1, maxLength: 4 }),
  });
  fc.assert(
    fc.property(entriesOf(0), fc.array(policy, { minLength: 1, maxLength: 4 }), (given, all) => {
      const own = copyOf(given) as Entries;
      // Texts are all that the other dialect adds.
      const set = all.map(({ isOtel, edits }) => ({
        isOtel,
        edits: edits.map((one): Edit =>
          one.op === "add" && !isOtel ? { ...one, value: `${one.value}` } : one,
        ),
      }));
      const policies = set.map(({ isOtel, edits }, i) =>
        isOtel
          ? {
              id: `p${i}`,
              log_transform: {
                matches: [{ target: { record_field: "BODY" }, predicate: { exists: {} } }],
                ...listsOf(edits, written),
              },
            }
          : {
              id: `p${i}`,
              name: "tero",
              log: {
                match: [{ log_field: "body", exists: true }],
                keep: "all",
                transform: listsOf(edits, writtenTero),
              },
            },
      );
      const before = record(own);
      const stage = (op: Edit["op"]): void => {
        for (const { isOtel, edits } of set) {
          if (!isOtel) continue;
          for (const one of edits) if (one.op === op) doEdit(own, one, true);
        }
      };
      stage("remove");
      stage("redact");
      for (const { isOtel, edits } of set) {
        if (isOtel) continue;
        for (const op of OPERATIONS) {
          for (const one of edits) if (one.op === op) doEdit(own, one, false);
        }
      }
      stage("rename");
      stage("add");
      const { left } = judged(policies, logs(before));
      expect(left).toEqual(
        own.list.length === 0 && !("attributes" in onlyRecord(left))
          ? logs({ body: str("x") })
          : logs(record(own)),
      );
    }),
    { numRuns: 150 },
  );
});

function onlyRecord(request: object): object {
  const [resource] = (request as { resourceLogs: { scopeLogs: { logRecords: object[] }[] }[] })
    .resourceLogs;
  return resource!.scopeLogs[0]!.logRecords[0]!;
}
