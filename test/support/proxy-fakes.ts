// Stand-ins around the proxy: an engine that drops and edits by simple words, a format whose
// records are lines, and modules that plan what a test says.

import { UndecodableError } from "../../src/core/errors.ts";
import { EventBus } from "../../src/o11y/event-bus.ts";
import type { EventName, Events } from "../../src/o11y/events.ts";
import type { Evaluation, FilterOutcome, RecordFormat } from "../../src/policy/index.ts";

/** An evaluation that only has to be there: the fake format below never asks it anything. */
export const ANY_EVALUATION = {} as Evaluation;

/**
 * Records are lines. A line with "drop" is dropped, "secret" becomes "[REDACTED]", "unreadable"
 * passes unjudged; a body with "broken" cannot be decoded, and one with "bug" finds one.
 */
export const lineFormat: RecordFormat = {
  filter(body: Uint8Array): FilterOutcome {
    const text = new TextDecoder().decode(body);
    if (text.includes("broken")) throw new UndecodableError("no lines", 3);
    if (text.includes("bug")) throw new RangeError("a bug");
    const lines = text === "" ? [] : text.split("\n");
    const kept = lines.filter((line) => !line.includes("drop"));
    const out = kept.map((line) => line.replaceAll("secret", "[REDACTED]"));
    const counts = {
      records: lines.length,
      dropped: lines.length - kept.length,
      unreadable: kept.filter((line) => line.includes("unreadable")).length,
      edited: kept.filter((line, index) => line !== out[index]).length,
    };
    if (counts.dropped === 0 && counts.edited === 0) return counts;
    return { ...counts, body: new TextEncoder().encode(out.join("\n")) };
  },
};

export interface Recorded<N extends EventName = EventName> {
  readonly name: N;
  readonly event: Events[N];
}

/** A bus that remembers. */
export class RecordingBus extends EventBus {
  readonly seen: Recorded[] = [];

  constructor() {
    super();
    this.onAny((name, event) => void this.seen.push({ name, event }));
  }

  of<N extends EventName>(name: N): Events[N][] {
    return this.seen.filter((one) => one.name === name).map((one) => one.event as Events[N]);
  }

  /** The first event of this name, past or to come. */
  first<N extends EventName>(name: N): Promise<Events[N]> {
    const [past] = this.of(name);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((resolve) => {
      const unsubscribe = this.on(name, (event) => {
        unsubscribe();
        resolve(event);
      });
    });
  }
}
