// Makes a policy's transform ready to run: selectors with UTF-8 paths, parsed templates, values as
// they will be written, all sorted by the object that they edit. Within a policy the order is
// remove, redact, rename, add.

import { encodeUtf8 } from "../../core/utf8.ts";
import { Count } from "../count-table.ts";
import { Field, Level, type LevelIndex, levelOfField, levelOfScope, Scope } from "../fields.ts";
import { type CachePool, compileRegex } from "../../regex/index.ts";
import type { FieldRef, Scalar, Target } from "../model.ts";
import { type FieldSelector, type TextChange, ValueKind } from "../record-port.ts";
import { ConstantText } from "../text-change.ts";
import { Redaction } from "./redaction.ts";
import { type StageIndex, stageOf } from "./stage.ts";

/** `countAt`: the position of the hits of its kind in a policy's counts. */
interface Common {
  readonly stage: StageIndex;
  readonly countAt: number;
  readonly selector: FieldSelector;
}

export type Operation = Common &
  (
    | { readonly op: "remove" }
    | { readonly op: "redact"; readonly change: TextChange }
    /** Replaces only what a regex finds. */
    | { readonly op: "replace"; readonly redaction: Redaction }
    | {
        readonly op: "rename";
        readonly to: Uint8Array;
        readonly upsert: boolean;
        /** Whether the renamed attribute stays in its map. */
        readonly within: boolean;
      }
    /** `upsert`: an existing value is replaced, too. */
    | { readonly op: "add"; readonly value: ConstantText; readonly upsert: boolean }
  );

/** Operations by the level of the object that they edit. */
export type CompiledTransform = readonly [
  record: readonly Operation[],
  scope: readonly Operation[],
  resource: readonly Operation[],
];

/** Undefined: the policy has no transform. */
export function compileTransform(
  { transform, dialect }: Pick<Target, "transform" | "dialect">,
  pool: CachePool,
): CompiledTransform | undefined {
  if (transform === undefined) return undefined;
  const byLevel: [Operation[], Operation[], Operation[]] = [[], [], []];
  const common = (kind: "remove" | "redact" | "rename" | "add", ref: FieldRef): Common => ({
    stage: stageOf(kind, dialect),
    countAt: Count[kind],
    selector: selectorOf(ref),
  });
  for (const ref of transform.remove) {
    byLevel[levelOf(ref)].push({ ...common("remove", ref), op: "remove" });
  }
  for (const { field, replacement, regex: pattern } of transform.redact) {
    const base = common("redact", field);
    if (pattern === undefined) {
      const change = new ConstantText(encodeUtf8(replacement));
      byLevel[levelOf(field)].push({ ...base, op: "redact", change });
      continue;
    }
    const regex = compileRegex(pattern, { caseInsensitive: false, pool });
    const redaction = new Redaction(regex, replacement);
    byLevel[levelOf(field)].push({ ...base, op: "replace", redaction });
  }
  const within = dialect === "otel";
  for (const { from, to, upsert } of transform.rename) {
    const base = common("rename", from);
    byLevel[levelOf(from)].push({ ...base, op: "rename", to: encodeUtf8(to), upsert, within });
  }
  for (const { field, value, upsert } of transform.add) {
    byLevel[levelOf(field)].push({
      ...common("add", field),
      op: "add",
      value: constantOf(value),
      upsert,
    });
  }
  return byLevel;
}

/** A value in the form in which editors take it. */
function constantOf(scalar: Scalar): ConstantText {
  switch (scalar.type) {
    case "string":
      return new ConstantText(encodeUtf8(scalar.value));
    case "bytes":
      return new ConstantText(scalar.value, ValueKind.bytes);
    default: {
      const { type, value } = scalar;
      const text = Object.is(value, -0) ? "-0" : String(value);
      return new ConstantText(encodeUtf8(text), ValueKind[type]);
    }
  }
}

function levelOf(ref: FieldRef): LevelIndex {
  // Policies cannot change schema URLs and scope fields; the editor of any level says so.
  if (ref.kind === "field") return levelOfField(ref.field);
  const level = levelOfScope(ref.scope);
  return level === Level.point ? Level.record : level;
}

function selectorOf(ref: FieldRef): FieldSelector {
  if (ref.kind === "field") return { field: Field[ref.field], scope: Scope.record, path: [] };
  const selector = { field: -1, scope: Scope[ref.scope], path: ref.path.map(encodeUtf8) } as const;
  return ref.intoLists === true ? { ...selector, intoLists: true } : selector;
}
