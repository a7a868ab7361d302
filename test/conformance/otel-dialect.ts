// What becomes of OTLP requests by policies that are written as documents, in both encodings, as
// plain JSON that can be compared: without empty members, in the order of the schema.

import { type DescMessage, fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { filterInput, load, startEngine } from "../../src/cli/suite/judging.ts";
import { encodeUtf8 } from "../../src/core/utf8.ts";
import {
  AUTHORING,
  decodePolicySet,
  type Engine,
  type Policy,
  type Signal,
} from "../../src/policy/index.ts";
import { otlpProtobufFormat } from "../../src/protocols/otlp/format/index.ts";
import { REQUEST_SCHEMAS, respellIds } from "../protocols/otlp/format/decoded-request.ts";

function policiesOf(documents: readonly object[]): readonly Policy[] {
  return decodePolicySet({ policies: documents }, AUTHORING).policies;
}

export function engineOf(documents: readonly object[]): Engine {
  const engine = startEngine();
  load(engine, policiesOf(documents));
  return engine;
}

/** An OTLP/JSON document as protobuf's own JSON has it. */
export function canonical(signal: Signal, document: unknown): unknown {
  const schema = REQUEST_SCHEMAS[signal];
  return toJson(schema, messageOf(schema, document));
}

function messageOf(schema: DescMessage, document: unknown) {
  const json = respellIds(JSON.stringify(document), "hex", "base64");
  return fromJson(schema, json, { ignoreUnknownFields: true });
}

/** The request as it leaves, by each encoding. */
export function throughJson(engine: Engine, signal: Signal, input: unknown): unknown {
  const out = filterInput(engine, signal, encodeUtf8(JSON.stringify(input)));
  return canonical(signal, JSON.parse(Buffer.from(out).toString()));
}

export function throughProtobuf(engine: Engine, signal: Signal, input: unknown): unknown {
  const schema = REQUEST_SCHEMAS[signal];
  const bytes = toBinary(schema, messageOf(schema, input));
  const evaluation = engine.evaluation(signal);
  if (evaluation === undefined) return toJson(schema, fromBinary(schema, bytes));
  const filter = otlpProtobufFormat(signal).filter(bytes, evaluation, { alwaysRewrite: true });
  return toJson(schema, fromBinary(schema, filter.body ?? bytes));
}

/** Hits and misses since start, of the policies that have any. */
export function hitsOf(engine: Engine): Record<string, readonly [hits: number, misses: number]> {
  const counted = engine.totals().filter(({ hits, misses }) => hits + misses > 0);
  return Object.fromEntries(counted.map(({ id, hits, misses }) => [id, [hits, misses]]));
}
