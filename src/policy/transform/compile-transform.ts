// Makes a policy's transform ready to run: selectors with UTF-8 paths, parsed templates, sorted by
// the object that they edit. Within a policy the order is remove, redact, rename, add.

import { encodeUtf8 } from "../../core/utf8.ts";
import { Count } from "../count-table.ts";
import { Field, type LevelIndex, levelOfField, levelOfScope, Scope } from "../fields.ts";
import { type CachePool, compileRegex } from "../../regex/index.ts";
import type { FieldRef, Transform } from "../model.ts";
import type { FieldSelector, TextChange } from "../record-port.ts";
import { ConstantText } from "../text-change.ts";
import { Redaction } from "./redaction.ts";

/** `countAt`: where in a policy's counts the hits of its kind are. */
export type Operation =
  | { readonly op: "remove"; readonly countAt: number; readonly selector: FieldSelector }
  | {
      readonly op: "redact";
      readonly countAt: number;
      readonly selector: FieldSelector;
      readonly change: TextChange;
    }
  | {
      /** Only what a regex finds. */
      readonly op: "replace";
      readonly countAt: number;
      readonly selector: FieldSelector;
      readonly redaction: Redaction;
    }
  | {
      readonly op: "rename";
      readonly countAt: number;
      readonly selector: FieldSelector;
      readonly to: Uint8Array;
      readonly upsert: boolean;
    }
  | {
      readonly op: "add";
      readonly countAt: number;
      readonly selector: FieldSelector;
      readonly text: Uint8Array;
      /** What is there becomes the text, too; undefined: it stays. */
      readonly change: TextChange | undefined;
    };

/** Operations by the level of what they edit. */
export type CompiledTransform = readonly [
  record: readonly Operation[],
  scope: readonly Operation[],
  resource: readonly Operation[],
];

export function compileTransform(transform: Transform, pool: CachePool): CompiledTransform {
  const byLevel: [Operation[], Operation[], Operation[]] = [[], [], []];
  const push = (ref: FieldRef, operation: Operation): void => {
    byLevel[levelOf(ref)].push(operation);
  };
  for (const ref of transform.remove) {
    push(ref, { op: "remove", countAt: Count.remove, selector: selectorOf(ref) });
  }
  for (const { field, replacement, regex: pattern } of transform.redact) {
    const selector = selectorOf(field);
    const countAt = Count.redact;
    if (pattern === undefined) {
      const change = new ConstantText(encodeUtf8(replacement));
      push(field, { op: "redact", countAt, selector, change });
      continue;
    }
    const regex = compileRegex(pattern, { caseInsensitive: false, pool });
    const redaction = new Redaction(regex, replacement);
    push(field, { op: "replace", countAt, selector, redaction });
  }
  for (const { from, to, upsert } of transform.rename) {
    const name = encodeUtf8(to);
    push(from, {
      op: "rename",
      countAt: Count.rename,
      selector: selectorOf(from),
      to: name,
      upsert,
    });
  }
  for (const { field, value, upsert } of transform.add) {
    const text = encodeUtf8(value);
    const change = upsert ? new ConstantText(text) : undefined;
    push(field, { op: "add", countAt: Count.add, selector: selectorOf(field), text, change });
  }
  return byLevel;
}

function levelOf(ref: FieldRef): LevelIndex {
  // A policy cannot change schema urls and scope fields; editors answer so, whichever is asked.
  if (ref.kind === "field") return levelOfField(ref.field);
  return levelOfScope(ref.scope);
}

function selectorOf(ref: FieldRef): FieldSelector {
  if (ref.kind === "field") return { field: Field[ref.field], scope: Scope.record, path: [] };
  return { field: -1, scope: Scope[ref.scope], path: ref.path.map(encodeUtf8) };
}
