// Filters blocks of lines by policies as files have them, for tests.

import { expect } from "bun:test";
import { decodeUtf8, encodeUtf8 } from "../../../src/core/utf8.ts";
import { AUTHORING, decodePolicySet } from "../../../src/policy/index.ts";
import {
  type ContainerFormat,
  type LineRule,
  LineRules,
  LinesFormat,
  type LinesOutcome,
  type LineSyntax,
} from "../../../src/protocols/lines/index.ts";
import { testEngine, type TestEngine } from "../../support/engine.ts";

export interface Setup {
  readonly syntax?: LineSyntax;
  readonly container?: ContainerFormat;
  readonly rules?: readonly LineRule[];
  /** The `log` parts of policies, which go by the names p0, p1 and so on. */
  readonly policies?: readonly object[];
  readonly resource?: Readonly<Record<string, string>>;
  readonly heldBytesMax?: number;
}

export interface Filtered {
  /** What leaves, of the part of the block that was consumed. */
  readonly text: string;
  readonly outcome: LinesOutcome;
}

export function engineOf(policies: readonly object[]): TestEngine {
  const set = policies.map((log, i) => ({ id: `p${i}`, name: `p${i}`, log }));
  const { policies: decoded, errors } = decodePolicySet({ policies: set }, AUTHORING);
  expect(errors).toEqual([]);
  expect(decoded.flatMap((policy) => policy.errors)).toEqual([]);
  return testEngine(decoded);
}

export function formatOf({ syntax = "raw", container, rules = [], heldBytesMax }: Setup) {
  return new LinesFormat({
    syntax,
    container,
    rules: new LineRules(rules, () => undefined),
    ...(heldBytesMax === undefined ? {} : { heldBytesMax }),
  });
}

export function filterBytes(block: Uint8Array, setup: Setup, isFinal = true): LinesOutcome {
  const { policies = [], resource = {} } = setup;
  const evaluation = engineOf(policies).engine.evaluation("log");
  const attributes = new Map(Object.entries(resource));
  return formatOf(setup).filterBlock(block, evaluation, { resource: attributes, isFinal });
}

export function filterText(text: string, setup: Setup, isFinal = true): Filtered {
  const block = encodeUtf8(text);
  const outcome = filterBytes(block, setup, isFinal);
  const left = outcome.body ?? block.subarray(0, outcome.consumedBytes);
  return { text: decodeUtf8(left), outcome };
}

/** What leaves of a text. */
export function left(text: string, setup: Setup): string {
  return filterText(text, setup).text;
}

/** A policy that drops what matches all of these. */
export const drop = (...match: object[]): object => ({ match, keep: "none" });
/** A policy that edits what matches. */
export const edit = (match: object, transform: object): object => ({
  match: [match],
  keep: "all",
  transform,
});
/** Edits every line. */
export const editAll = (transform: object): object =>
  edit({ log_attribute: "no.such.attribute", exists: false }, transform);
