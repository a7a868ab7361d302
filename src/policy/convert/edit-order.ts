// Whether the transforms of a set still have the same outcome if some of its policies change
// dialect. One dialect runs transforms policy by policy, the other kind by kind; two operations may
// change places if neither affects the other. Pure.

import { TRANSFORM_KINDS } from "../count-table.ts";
import type { FieldRef, Policy, Target } from "../model.ts";
import { stageOf } from "../transform/stage.ts";
import { compareUtf8 } from "../../core/utf8.ts";
import { type Candidate, isInForce } from "./terms.ts";

type Kind = (typeof TRANSFORM_KINDS)[number];

interface Operation {
  readonly by: Candidate;
  readonly kind: Kind;
  /** When it would be done: its position in the order of all operations. */
  after: number;
  /** What it may change. */
  readonly names: readonly string[];
  /** Whether it may change what any other operation does. */
  readonly isWide: boolean;
}

/** Added values go to the end of a list, so that the order of additions is visible. */
const END = "";
/** Names that formats give the same place. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  hostname: "host",
  env: "deployment",
  version: "service",
};
/** Attributes that formats read as fields, or in which they look for others. */
const WIDE_NAMES = ["message", "msg", "log", "body", "data", "attributes", "ddtags"];

/** Notes each converted policy of which an operation would change places with a related one. */
export function checkEditOrder(candidates: readonly Candidate[]): void {
  const operations = orderedOperations(candidates);
  const byName = Map.groupBy(
    operations.flatMap((one) => one.names.map((name) => ({ name, one }))),
    ({ name }) => name,
  );
  for (const related of byName.values()) {
    noteInversions(related.map(({ one }) => one));
  }
  if (operations.some(({ isWide }) => isWide)) {
    noteInversions(operations, (one) => one.isWide);
  }
}

/** The operations in the order in which they were done before. */
function orderedOperations(candidates: readonly Candidate[]): readonly Operation[] {
  const editing = candidates
    .filter(({ policy }) => edits(policy))
    .toSorted((a, b) => compareUtf8(a.policy.id, b.policy.id));
  const all = editing.flatMap((by) => operationsOf(by));
  const order = (isAfter: boolean): Operation[] =>
    all.toSorted((a, b) => stageIn(a, isAfter) - stageIn(b, isAfter));
  order(true).forEach((one, at) => {
    one.after = at;
  });
  return order(false);
}

/** A policy that keeps nothing edits nothing. */
function edits(policy: Policy): boolean {
  const { target } = policy;
  return isInForce(policy) && target?.transform !== undefined && target.keep.kind !== "none";
}

function stageIn({ by: { policy, isConverted }, kind }: Operation, isAfter: boolean): number {
  const { dialect } = policy.target as Target;
  const other = dialect === undefined ? "otel" : undefined;
  return stageOf(kind, isAfter && isConverted ? other : dialect);
}

function operationsOf(by: Candidate): Operation[] {
  const { remove = [], redact = [], rename = [], add = [] } = by.policy.target?.transform ?? {};
  const operation = (kind: Kind, ref: FieldRef, more: readonly string[] = []): Operation => {
    const names = [...namesOf(ref), ...more];
    const isWide = ref.kind === "field" || names.some((name) => WIDE_NAMES.includes(name));
    return { by, kind, after: 0, names, isWide };
  };
  return [
    ...remove.map((ref) => operation("remove", ref)),
    ...redact.map(({ field }) => operation("redact", field)),
    ...rename.map(({ from, to }) => operation("rename", from, [nameOf(to), END])),
    ...add.map(({ field }) => operation("add", field, [END])),
  ];
}

function namesOf(ref: FieldRef): readonly string[] {
  if (ref.kind === "field") return [ref.field];
  return [nameOf(ref.path.join("."))];
}

/** Formats write one name in several ways, nested or with dots, and some have only one scope. */
function nameOf(key: string): string {
  const [first = ""] = key.split(/[^\p{L}\p{N}]/u);
  return OTHER_NAMES[first] ?? first;
}

/** `operations`: in the order before. Pairs of which neither is chosen may change places. */
function noteInversions(
  operations: readonly Operation[],
  isChosen: (one: Operation) => boolean = () => true,
): void {
  noteOvertaken(operations, isChosen, (a, b) => a.after < b.after);
  noteOvertaken(operations.toReversed(), isChosen, (a, b) => a.after > b.after);
}

/** Notes each operation that would overtake an earlier one. */
function noteOvertaken(
  operations: readonly Operation[],
  isChosen: (one: Operation) => boolean,
  precedes: (a: Operation, b: Operation) => boolean,
): void {
  let last: Operation | undefined;
  let lastChosen: Operation | undefined;
  for (const one of operations) {
    const rival = isChosen(one) ? last : lastChosen;
    if (rival !== undefined && precedes(one, rival)) {
      note(one, rival);
      note(rival, one);
    }
    if (last === undefined || precedes(last, one)) last = one;
    if (!isChosen(one)) continue;
    if (lastChosen === undefined || precedes(lastChosen, one)) lastChosen = one;
  }
}

/** Notes one fault per policy: further ones of the same kind would be of no use. */
function note({ by, kind }: Operation, other: Operation): void {
  if (!by.isConverted || !by.losses.none) return;
  const id = JSON.stringify(other.by.policy.id);
  by.losses.add(`its ${kind} and the ${other.kind} of ${id} would be done in another order`);
}
