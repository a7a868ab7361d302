// The interface between formats, the engine and extension handlers: which copies of records
// extensions are given, between the keep decision and the transforms (policy specification,
// "Extensions").

import type { ExtensionUse, Signal, Transform } from "./model.ts";

/** In which format a record's own bytes are, as that format calls it: for example `otlp_json`. */
export type RecordEncoding = string;

/** On whose behalf a record is offered. The same object for all records of one set of policies. */
export interface OfferSource {
  /** Id of the policy that carries the extension. */
  readonly policy: string;
  readonly use: ExtensionUse;
  readonly signal: Signal;
  /** What the policy removes and redacts; absent: nothing. */
  readonly redactions?: Pick<Transform, "remove" | "redact">;
}

/**
 * What stands around a record of OTLP, in the record's own encoding: all members of the resource's
 * container, and of the scope's, but the list that the record is in. In JSON these are members with
 * commas between them, without braces; in protobuf fields. The same object for all records of one
 * scope; whole when handlers are given them.
 */
export interface RecordFrame {
  readonly resource: Uint8Array;
  readonly scope: Uint8Array;
}

/** A record as an extension is offered it, for whoever works beside the way of requests. */
export interface OfferedRecord {
  readonly source: OfferSource;
  /** Whether that policy matched the record. */
  readonly matched: boolean;
  /** What became of the record in the end, whichever policy decided. */
  readonly kept: boolean;
  readonly encoding: RecordEncoding;
  /** The record as it came in, a copy of its own: untransformed, so also what policies redact. */
  readonly bytes: Uint8Array;
  /** Undefined: nothing stands around it. */
  readonly frame: RecordFrame | undefined;
}
