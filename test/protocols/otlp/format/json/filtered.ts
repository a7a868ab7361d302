// One request through the JSON format with a recording evaluation.

import { decodeUtf8, encodeUtf8 } from "../../../../../src/core/utf8.ts";
import { otlpJsonFormat } from "../../../../../src/protocols/otlp/format/json/index.ts";
import type { FieldRef, Signal } from "../../../../../src/policy/model.ts";
import {
  type FakeBehaviour,
  FakeEvaluation,
  fieldRef,
} from "../../../../support/fake-evaluation.ts";

export interface Filtered {
  /** Undefined: nothing changed. */
  readonly text: string | undefined;
  readonly remains: boolean;
  readonly counts: readonly [records: number, dropped: number, edited: number, unreadable: number];
  readonly evaluation: FakeEvaluation;
}

export interface Asked {
  readonly signal?: Signal;
  readonly refs?: readonly FieldRef[];
  readonly alwaysRewrite?: boolean;
}

export function filter(
  text: string,
  behaviour: FakeBehaviour = {},
  { signal = "log", refs = [fieldRef("name")], alwaysRewrite = false }: Asked = {},
): Filtered {
  const evaluation = new FakeEvaluation(signal, refs, behaviour);
  const outcome = otlpJsonFormat(signal).filter(encodeUtf8(text), evaluation, { alwaysRewrite });
  const { records, dropped, edited, unreadable, body } = outcome;
  return {
    text: body && decodeUtf8(body),
    remains: outcome.remains === true,
    counts: [records, dropped, edited, unreadable],
    evaluation,
  };
}
