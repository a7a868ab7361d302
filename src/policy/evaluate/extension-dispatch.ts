// Which records go to which extensions, by the mode of each use. Copies are held until the request
// is known to be decodable; handlers get them then, outside of the evaluation, and nothing they do
// has an effect on it.

import { copyBytes } from "../../core/bytes.ts";
import { type Program, Trait } from "../compile/program.ts";
import {
  type ExtensionHandler,
  type ExtensionHandlers,
  type OfferedRecord,
  type OfferSource,
  type RecordEncoding,
  type RecordFrame,
  useFault,
} from "../extension-port.ts";
import type { ExtensionMode } from "../model.ts";

/** Of memory that records share; it is kept as long as any of them. */
const SHARED_BYTES = 64 * 1024;

interface Subscription {
  readonly policy: number;
  readonly source: OfferSource;
  readonly handler: ExtensionHandler;
}

export class ExtensionDispatch {
  private readonly subscriptions: readonly Subscription[];
  private readonly failed: (policy: string, type: string, reason: unknown) => void;
  private readonly due: { subscription: Subscription; matched: boolean }[] = [];
  private readonly held: { handler: ExtensionHandler; record: OfferedRecord }[] = [];
  private kept = true;
  private shared = new Uint8Array(0);
  private used = 0;

  constructor(
    program: Program,
    handlers: ExtensionHandlers,
    failed: (policy: string, type: string, reason: unknown) => void,
  ) {
    this.failed = failed;
    const { signal } = program;
    this.subscriptions = program.policiesWith(Trait.extended).flatMap((i) => {
      const { id, extensions } = program.policy(i).policy;
      return extensions.flatMap((use) => {
        const handler = handlers.get(use.type);
        if (handler === undefined || useFault(use, handlers) !== undefined) return [];
        return [{ policy: i, source: { policy: id, use, signal }, handler }];
      });
    });
  }

  /** Whether any policy of the program has a use that is handled. */
  get active(): boolean {
    return this.subscriptions.length > 0;
  }

  get pending(): boolean {
    return this.due.length > 0;
  }

  /** Notes who wants the record that was just decided. */
  collect(matched: Int32Array, count: number, kept: boolean): void {
    this.due.length = 0;
    this.kept = kept;
    for (const subscription of this.subscriptions) {
      const at = matched.indexOf(subscription.policy);
      const isMatch = at >= 0 && at < count;
      if (wants(subscription.source.use.mode, isMatch, kept)) {
        this.due.push({ subscription, matched: isMatch });
      }
    }
  }

  hold(
    bytes: Uint8Array,
    start: number,
    end: number,
    encoding: RecordEncoding,
    frame: RecordFrame | undefined,
  ): void {
    const copy = this.copyOf(bytes, start, end);
    for (const { subscription, matched } of this.due) {
      const { source, handler } = subscription;
      const record = { source, matched, kept: this.kept, encoding, bytes: copy, frame };
      this.held.push({ handler, record });
    }
    this.due.length = 0;
  }

  /** A view of a piece of memory that many records share: making one for each costs more. */
  private copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const length = end - start;
    if (this.used + length > this.shared.length) {
      this.shared = new Uint8Array(Math.max(length, SHARED_BYTES));
      this.used = 0;
    }
    const at = this.used;
    this.used = copyBytes(bytes, start, end, this.shared, at);
    return this.shared.subarray(at, this.used);
  }

  commit(): void {
    for (const { handler, record } of this.held.splice(0)) {
      try {
        handler.offer(record);
      } catch (reason) {
        this.failed(record.source.policy, record.source.use.type, reason);
      }
    }
  }

  abort(): void {
    this.held.length = 0;
    this.due.length = 0;
  }
}

/** Spec: kept and dropped are of matched records; matched is both; all is everything. */
function wants(mode: ExtensionMode, matched: boolean, kept: boolean): boolean {
  switch (mode) {
    case "kept":
      return matched && kept;
    case "dropped":
      return matched && !kept;
    case "matched":
      return matched;
    case "unmatched":
      return !matched;
    case "all":
      return true;
  }
}
