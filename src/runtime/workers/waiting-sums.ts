// Events of a worker that found no room in the ring, of the kinds that can be added up. One event
// of each kind and label waits and holds the sum of all, so that what they count arrives late but
// is not lost.

import type { EventName, Events } from "../../o11y/index.ts";

interface Kind<N extends EventName> {
  /** What tells one sum from another; these have few values. */
  readonly by: readonly (keyof Events[N])[];
  /** No records mean a whole body, which counts as one. */
  readonly countsBodies: boolean;
}

const KINDS: { readonly [N in EventName]?: Kind<N> } = {
  "records.evaluated": { by: ["telemetry"], countsBodies: false },
  "sampling.undecided": { by: ["policy", "reason"], countsBodies: false },
  "records.lost": { by: ["telemetry", "reason"], countsBodies: true },
  "redaction.closed": { by: ["telemetry"], countsBodies: false },
  fail_open: { by: ["telemetry", "reason"], countsBodies: true },
};

type Fields = Readonly<Record<string, string | number | undefined>>;

export class WaitingSums {
  readonly #events = new Map<string, { name: EventName; event: Fields }>();

  get size(): number {
    return this.#events.size;
  }

  /** Adds the event to those that wait; false when it is of a kind that does not add up. */
  add<N extends EventName>(name: N, event: Events[N]): boolean {
    const kind: Kind<N> | undefined = KINDS[name];
    if (kind === undefined) return false;
    // Fields of these kinds are texts and numbers.
    const given = event as unknown as Fields;
    const { records } = given;
    const fields = kind.countsBodies ? { ...given, records: Math.max(1, Number(records)) } : given;
    const key = [name, ...kind.by.map((label) => event[label])].join(" ");
    const before = this.#events.get(key)?.event;
    this.#events.set(key, { name, event: before === undefined ? fields : sumOf(before, fields) });
    return true;
  }

  /** Hands out what waits until `take` has no room for it. */
  drain(take: (name: EventName, event: never) => boolean): void {
    for (const [key, { name, event }] of this.#events) {
      // Of the kind that its name says.
      if (!take(name, event as never)) return;
      this.#events.delete(key);
    }
  }
}

function sumOf(a: Fields, b: Fields): Fields {
  const sum: Record<string, string | number | undefined> = { ...a };
  for (const [name, more] of Object.entries(b)) {
    const before = sum[name];
    if (typeof more !== "number") sum[name] = more;
    else sum[name] = more + (typeof before === "number" ? before : 0);
  }
  return sum;
}
