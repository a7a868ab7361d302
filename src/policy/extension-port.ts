// The interface between formats, the engine and extension handlers: which copies of records
// extensions are given, between the keep decision and the transforms (policy specification,
// "Extensions").

import type { ExtensionUse, Signal, Transform } from "./model.ts";

/**
 * The format of a record's own bytes, by the name that the format gives it: for example
 * `otlp_json`.
 */
export type RecordEncoding = string;

/**
 * On whose behalf a record is offered. The same object serves all records of one set of policies.
 */
export interface OfferSource {
  /** Id of the policy that carries the extension. */
  readonly policy: string;
  readonly use: ExtensionUse;
  readonly signal: Signal;
  /** What the policy removes and redacts; absent: nothing. */
  readonly redactions?: Pick<Transform, "remove" | "redact">;
}

/**
 * What surrounds a record of OTLP, in the record's own encoding: all members of the resource's
 * container, and of the scope's, except the list that the record is in. In JSON these are members
 * separated by commas, without braces; in protobuf they are fields. The same object serves all
 * records of one scope; it is complete by the time handlers get it.
 */
export interface RecordFrame {
  readonly resource: Uint8Array;
  readonly scope: Uint8Array;
}

/** A record as it is offered to an extension, for code that runs beside requests. */
export interface OfferedRecord {
  readonly source: OfferSource;
  /** Whether that policy matched the record. */
  readonly matched: boolean;
  /** Whether the record was kept in the end, whichever policy decided. */
  readonly kept: boolean;
  readonly encoding: RecordEncoding;
  /** The record as it came in, copied: untransformed, so it includes what policies redact. */
  readonly bytes: Uint8Array;
  /** Undefined: nothing surrounds it. */
  readonly frame: RecordFrame | undefined;
}
