// Combines what the protocols of a distribution bring.

import type { ProtocolMetrics } from "../o11y/metric-spec.ts";
import type { RecordEncoding } from "../policy/index.ts";
import type { SyncStage } from "../policy/wire/index.ts";
import type { EncodingOfRecords, ModuleRegistration, Samples } from "./protocol.ts";

type Protocols = readonly ModuleRegistration[];

/** What policies can do in a program of these protocols, in their order. */
export function stagesOf(protocols: Protocols): readonly SyncStage[] {
  return [...new Set(protocols.flatMap(({ stages = [] }) => stages))];
}

/** What they bring to the program's metrics. */
export function protocolMetricsOf(protocols: Protocols): ProtocolMetrics {
  return {
    telemetry: [...new Set(protocols.flatMap(({ telemetry = [] }) => telemetry))],
    knownPaths: [...new Set(protocols.flatMap(({ knownPaths = [] }) => knownPaths))],
    stages: stagesOf(protocols),
    metrics: protocols.flatMap(({ metrics = [] }) => metrics),
  };
}

/** What can be done with the bytes of records, by the names that formats give their encodings. */
export type Encodings = ReadonlyMap<RecordEncoding, EncodingOfRecords>;

export function encodingsOf(protocols: Protocols): Encodings {
  return new Map(protocols.flatMap(({ encodings = {} }) => Object.entries(encodings)));
}

/** What their clients post, by the name of the protocol; of those that have posts at all. */
export function samplesOf(protocols: Protocols): ReadonlyMap<string, Samples> {
  return new Map(
    protocols.flatMap(({ name, samples }) => (samples === undefined ? [] : [[name, samples]])),
  );
}
