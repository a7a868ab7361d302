// Encodes events as bytes, to pass them between threads. The few kinds that come with every request
// are rows of numbers, with each label written only once; all others are JSON.

import type { EventName, Events } from "../../o11y/index.ts";

type FieldKind = "number" | "string";

/** All fields of an event; one that is missing here does not compile. */
type Row<N extends EventName> = Readonly<Record<keyof Events[N] & string, FieldKind>>;

const ROWS = {
  "loop.delayed": { delayMs: "number" },
  "prefilter.decided": { routeKind: "string", decision: "string" },
  "request.completed": {
    method: "string",
    knownPath: "string",
    status: "number",
    durationMs: "number",
    bytesIn: "number",
    bytesOut: "number",
  },
  "records.evaluated": {
    telemetry: "string",
    records: "number",
    points: "number",
    dropped: "number",
    sampled: "number",
    limited: "number",
    budgeted: "number",
    unjudged: "number",
    edited: "number",
    bytesIn: "number",
    bytesOut: "number",
    droppedBytes: "number",
    sampledBytes: "number",
    limitedBytes: "number",
    budgetedBytes: "number",
    removedBytes: "number",
    addedBytes: "number",
  },
  "records.lost": { telemetry: "string", reason: "string", records: "number" },
  "upstream.completed": { upstream: "string", status: "number", durationMs: "number" },
} satisfies { [N in EventName]?: Row<N> };

export interface EventRow {
  readonly name: EventName;
  readonly fields: readonly (readonly [name: string, kind: FieldKind])[];
}

/** Kinds of events that are rows; their position is their code. */
export const EVENT_ROWS: readonly EventRow[] = Object.entries(ROWS).map(([name, row]) => ({
  // The keys are those of ROWS, which `entries` cannot know.
  name: name as EventName,
  fields: Object.entries(row),
}));

export const ROW_CODES: ReadonlyMap<string, number> = new Map(
  EVENT_ROWS.map(({ name }, code) => [name, code]),
);
