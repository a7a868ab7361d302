// An extension as the engine sees it: a handler, registered by type, which is given copies of
// records. It never changes what happens to a record.

import type { ExtensionUse } from "./model.ts";
import type { OfferedRecords } from "./offered-records.ts";

/**
 * Handles all uses of one extension type. `offer` must return at once: it runs between two
 * requests' work.
 */
export interface ExtensionHandler {
  /** Reverse-domain name, e.g. `com.usetero/s3-dump`. */
  readonly type: string;
  /**
   * What is wrong with a use, e.g. "no target of that name". The fault is reported to its policy,
   * which still works, but its records are not offered. Undefined: nothing is wrong.
   */
  faultOf?(use: ExtensionUse): string | undefined;
  /** Offers the records of one request; they are borrowed until this returns. */
  offer(records: OfferedRecords): void;
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
