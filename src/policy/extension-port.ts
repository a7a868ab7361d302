// What an extension is to the engine: a handler, registered by type, that is given copies of
// records between the keep decision and the transforms (spec, "Extensions"). It never changes what
// becomes of a record.

import type { ExtensionUse, Signal } from "./model.ts";

/** In which format a record's own bytes are. */
export type RecordEncoding =
  | "otlp_json"
  | "otlp_protobuf"
  | "datadog_json"
  | "datadog_protobuf"
  | "prometheus_text"
  | "prometheus_protobuf"
  | "line";

export interface OfferedRecord {
  /** Id of the policy that carries the extension. */
  readonly policy: string;
  readonly use: ExtensionUse;
  readonly signal: Signal;
  /** Whether that policy matched the record. */
  readonly matched: boolean;
  /** What became of the record in the end, whichever policy decided. */
  readonly kept: boolean;
  readonly encoding: RecordEncoding;
  /** The record as it came in, a copy of its own: untransformed, so also what policies redact. */
  readonly bytes: Uint8Array;
}

/**
 * Handles all uses of one extension type. `offer` must return at once: it runs between two
 * requests' work.
 */
export interface ExtensionHandler {
  /** Reverse-domain name, e.g. `com.usetero/s3-dump`. */
  readonly type: string;
  /**
   * The lowest version of a use that it understands (semver), for the advertisement to providers.
   */
  readonly minVersion: string;
  offer(record: OfferedRecord): void;
}
