// What an extension is to the engine: a handler, registered by type, that is given copies of
// records between the keep decision and the transforms (spec, "Extensions"). It never changes what
// becomes of a record.

import type { ExtensionUse, Signal } from "./model.ts";

/** In which format a record's own bytes are, as that format calls it: for example `otlp_json`. */
export type RecordEncoding = string;

/** On whose behalf a record is offered. The same object for all records of one set of policies. */
export interface OfferSource {
  /** Id of the policy that carries the extension. */
  readonly policy: string;
  readonly use: ExtensionUse;
  readonly signal: Signal;
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

/** A record as an extension is offered it: bytes are borrowed for the call. */
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

/**
 * Handles all uses of one extension type. `offer` must return at once: it runs between two
 * requests' work.
 */
export interface ExtensionHandler {
  /** Reverse-domain name, e.g. `com.usetero/s3-dump`. */
  readonly type: string;
  /**
   * What is wrong with a use, e.g. "no target of that name": its policy is told, and works, but its
   * records are not offered. Undefined: nothing.
   */
  faultOf?(use: ExtensionUse): string | undefined;
  offer(record: OfferedRecord): void;
}

/** Handlers of extensions by their type. */
export type ExtensionHandlers = ReadonlyMap<string, ExtensionHandler>;

/** What is wrong with a use; undefined: it works. */
export function useFault(
  use: ExtensionUse,
  handlers: ExtensionHandlers | undefined,
): string | undefined {
  const handler = handlers?.get(use.type);
  if (handler === undefined) return `no handler for type "${use.type}"; it is skipped`;
  return handler.faultOf?.(use);
}
