// Runs the real decoder, engine and OTLP/JSON format over one input, and returns what came out and
// what was counted. `test` and the conformance runner share it.

import { encodeUtf8 } from "../../core/utf8.ts";
import {
  AUTHORING,
  createEngine,
  decodePolicySet,
  type Engine,
  keepingAll,
  type Policy,
  type PolicyEngine,
  type PolicyStatus,
  type Signal,
} from "../../policy/index.ts";
import { parsePolicyDocument } from "../../providers/index.ts";
import { createRegexValidator } from "../../re2/index.ts";
import { type DocumentKind, formatOf } from "../policies/formats.ts";
import type { RecordBody } from "../policies/records.ts";
import { filterText, type TextBody } from "../policies/text-lines.ts";

/** Statistics of one run in the form that the cases expect: sorted by id, without empty rows. */
export interface Stats {
  readonly policies: readonly StatsRow[];
}
export interface StatsRow {
  readonly policy_id: string;
  readonly hits: number;
  readonly misses?: number;
  readonly errors?: readonly string[];
}

/** An engine with the machine's clock and randomness, and nothing loaded. */
export function startEngine(): Engine {
  return createEngine({
    validateRegex: createRegexValidator(),
    nowMs: () => performance.now(),
    random: () => Math.random(),
  });
}

/** Loads a set to its end, without letting other work in between. */
export function load(engine: PolicyEngine, policies: readonly Policy[]): void {
  const steps = engine.replace(policies);
  while (steps.next().done !== true);
}

/** The policies of a file's text; throws when the document as a whole cannot be read. */
export function readPolicies(text: string, fileName: string): readonly Policy[] {
  const { policies, errors } = decodePolicySet(parsePolicyDocument(text, fileName).tree, AUTHORING);
  if (errors.length > 0) throw new Error(`${fileName}: ${errors.join("; ")}`);
  return policies;
}

/** Filters one OTLP/JSON request; what is left when all is gone is an empty object. */
export function filterInput(engine: PolicyEngine, signal: Signal, input: Uint8Array): Uint8Array {
  return filterBody(engine, { kind: "otlp", signal, bytes: input });
}

/** The same of any body; of Datadog's an empty list is left. */
export function filterBody(
  engine: PolicyEngine,
  input: TextBody | (Pick<RecordBody, "signal" | "bytes"> & { kind: DocumentKind }),
): Uint8Array {
  const { kind, signal, bytes } = input;
  const evaluation = engine.evaluation(signal) ?? keepingAll(signal);
  if (kind === "text") return filterText(input, evaluation).body ?? bytes;
  const format = formatOf(kind, signal);
  const { body = bytes } = format.filter(bytes, evaluation, { alwaysRewrite: true });
  if (body.length > 0) return body;
  return encodeUtf8(NOTHING_LEFT[kind]);
}

const NOTHING_LEFT = { otlp: "{}", datadog: "[]", loki: '{"streams":[]}' } as const;

/** Counts since start, only of policies that have any, or errors. */
export function statsOf(totals: readonly PolicyStatus[]): Stats {
  const policies = totals
    .filter(({ hits, misses, errors }) => hits > 0 || misses > 0 || errors.length > 0)
    .map(({ id, hits, misses, errors }) => ({
      policy_id: id,
      hits,
      ...(misses > 0 ? { misses } : {}),
      ...(errors.length > 0 ? { errors } : {}),
    }));
  return { policies };
}
