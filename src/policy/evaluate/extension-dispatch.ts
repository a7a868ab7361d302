// Decides which records go to which extensions, by the mode of each use. Copies are held until the
// request is known to be decodable. Then the handlers get them, outside of the evaluation, which
// nothing they do can affect. No object is made per record; its bytes are copied only if handlers
// want them and the bytes would not last.

import { type Program, Trait } from "../compile/program.ts";
import { type ExtensionHandler, type ExtensionHandlers, useFault } from "../extension-handler.ts";
import type { OfferSource, RecordEncoding, RecordFrame } from "../extension-port.ts";
import type { ExtensionMode, Policy } from "../model.ts";
import type { Rollout } from "../shadow/rollout.ts";
import { OfferedRecords, Outcome } from "../offered-records.ts";

interface Subscription {
  /** Its place in the list of all subscriptions. */
  readonly number: number;
  readonly policy: number;
  readonly mode: ExtensionMode;
  readonly batch: HandlerBatch;
  /** The number of its source in the batch. */
  readonly source: number;
}

interface HandlerBatch {
  readonly handler: ExtensionHandler;
  readonly records: OfferedRecords;
  /** Whether the subscription takes the current record. */
  isTaken: boolean;
}

type Failed = (policy: string, type: string, reason: unknown) => void;

export class ExtensionDispatch {
  private readonly failed: Failed;
  private readonly subscriptions: readonly Subscription[];
  private readonly batches: readonly HandlerBatch[];
  /** By policy: uses that take the records that it matches. */
  private readonly ofMatched: readonly (readonly Subscription[] | undefined)[];
  /** Uses that take records whether or not their policy matches. */
  private readonly ofAny: readonly Subscription[];
  /** By policy: the last record that it matched; kept for `ofAny`. */
  private readonly matchedAt: Float64Array;
  private recordNumber = 0;
  private readonly due: Int32Array;
  private dueCount = 0;
  private readonly outcomes: Uint8Array;
  private readonly enforcedPercents: Float64Array;

  constructor(program: Program, handlers: ExtensionHandlers, failed: Failed) {
    this.failed = failed;
    this.enforcedPercents = program.enforcedPercents;
    const sources = new Map<ExtensionHandler, OfferSource[]>();
    const { signal } = program;
    const uses = program.policiesWith(Trait.extended).flatMap((i) => {
      const { policy } = program.policy(i);
      return policy.extensions.flatMap((use) => {
        const handler = handlers.get(use.type);
        if (handler === undefined || useFault(use, handlers) !== undefined) return [];
        const own = sources.get(handler) ?? [];
        sources.set(handler, own);
        own.push({ policy: policy.id, use, signal, ...redactionsOf(policy) });
        return [{ policy: i, mode: use.mode, handler, source: own.length - 1 }];
      });
    });
    this.batches = [...sources].map(([handler, own]) => ({
      handler,
      records: new OfferedRecords(own),
      isTaken: false,
    }));
    const batches = new Map(this.batches.map((batch) => [batch.handler, batch]));
    this.subscriptions = uses.map(({ policy, mode, handler, source }, number) => {
      const batch = batches.get(handler) as HandlerBatch; // Made for each handler above.
      return { number, policy, mode, source, batch };
    });
    this.ofAny = this.subscriptions.filter(({ mode }) => takesAny(mode));
    const ofMatched: Subscription[][] = [];
    for (const one of this.subscriptions) {
      if (!takesAny(one.mode)) (ofMatched[one.policy] ??= []).push(one);
    }
    this.ofMatched = ofMatched;
    this.matchedAt = new Float64Array(this.ofAny.length > 0 ? program.size : 0);
    this.due = new Int32Array(this.subscriptions.length);
    this.outcomes = new Uint8Array(this.subscriptions.length);
  }

  /** Whether any policy of the program has a use that is handled. */
  get active(): boolean {
    return this.subscriptions.length > 0;
  }

  get pending(): boolean {
    return this.dueCount > 0;
  }

  /** Notes which uses want the record that was just decided. */
  collect(matched: Int32Array, count: number, kept: boolean, rollout: Rollout | undefined): void {
    this.dueCount = 0;
    const keptBit = kept ? Outcome.kept : 0;
    for (let i = 0; i < count; i++) {
      const own = this.ofMatched[matched[i] as number];
      if (own === undefined) continue;
      for (let j = 0; j < own.length; j++) {
        const one = own[j] as Subscription;
        if (one.mode === "matched" || (one.mode === "kept") === kept) {
          this.note(one, keptBit | Outcome.matched);
        }
      }
    }
    if (this.ofAny.length > 0) this.collectAny(matched, count, keptBit, rollout);
  }

  /** `body`: the body that the records of the request are ranges of, until commit. */
  begin(body: Uint8Array | undefined): void {
    this.abort();
    for (let i = 0; i < this.batches.length; i++) {
      (this.batches[i] as HandlerBatch).records.open(body);
    }
  }

  hold(
    bytes: Uint8Array,
    start: number,
    end: number,
    encoding: RecordEncoding,
    frame: RecordFrame | undefined,
  ): void {
    const { batches, due, outcomes, subscriptions } = this;
    for (let i = 0; i < batches.length; i++) (batches[i] as HandlerBatch).isTaken = false;
    for (let i = 0; i < this.dueCount; i++) {
      const { batch, source, number } = subscriptions[due[i] as number] as Subscription;
      if (!batch.isTaken) batch.records.take(bytes, start, end);
      batch.isTaken = true;
      batch.records.add(source, frame, encoding, outcomes[number] as number);
    }
    this.dueCount = 0;
  }

  commit(): void {
    for (const { handler, records } of this.batches) {
      if (records.count === 0) continue;
      try {
        handler.offer(records);
      } catch (reason) {
        this.failed(records.records()[0]?.source.policy ?? "", handler.type, reason);
      }
      records.clear();
    }
  }

  abort(): void {
    for (let i = 0; i < this.batches.length; i++) (this.batches[i] as HandlerBatch).records.clear();
    this.dueCount = 0;
  }

  private collectAny(
    matched: Int32Array,
    count: number,
    keptBit: number,
    rollout: Rollout | undefined,
  ): void {
    this.recordNumber++;
    for (let i = 0; i < count; i++) this.matchedAt[matched[i] as number] = this.recordNumber;
    for (const one of this.ofAny) {
      if (rollout?.covers(this.enforcedPercents[one.policy] as number) === false) continue;
      const isMatch = this.matchedAt[one.policy] === this.recordNumber;
      if (one.mode === "all") this.note(one, keptBit | (isMatch ? Outcome.matched : 0));
      else if (!isMatch) this.note(one, keptBit);
    }
  }

  private note({ number }: Subscription, outcome: number): void {
    this.due[this.dueCount++] = number;
    this.outcomes[number] = outcome;
  }
}

/**
 * Spec: `kept` and `dropped` apply to matched records, `matched` is both, and `all` is every
 * record.
 */
function takesAny(mode: ExtensionMode): boolean {
  return mode === "unmatched" || mode === "all";
}

function redactionsOf({ target }: Policy): Pick<OfferSource, "redactions"> {
  const { remove = [], redact = [] } = target?.transform ?? {};
  return remove.length + redact.length === 0 ? {} : { redactions: { remove, redact } };
}
