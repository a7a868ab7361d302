// Tapped records as rows, the newest first.

import { useMemo } from "preact/hooks";
import { summaryOf } from "../model/documents.ts";
import { clock, countText } from "../model/numbers.ts";
import type { TapRecord } from "../model/tap-lines.ts";
import { Badge } from "../parts/notices.tsx";

const TONES = { keep: "good", edit: "info", drop: "bad" } as const;
const WORDS = { keep: "kept", edit: "edited", drop: "dropped" } as const;

export function TapTable({
  rows,
  selected,
  select,
}: {
  readonly rows: readonly TapRecord[];
  readonly selected: TapRecord | undefined;
  readonly select: (record: TapRecord) => void;
}) {
  return (
    <div class="scroll tall" tabIndex={0} role="region" aria-label="Tapped records">
      <table class="records">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Decision</th>
            <th scope="col">Service</th>
            <th scope="col">Severity</th>
            <th scope="col">Record</th>
            <th scope="col" class="number">
              Bytes
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((record) => (
            <Row
              key={record.seq}
              record={record}
              isSelected={record.seq === selected?.seq}
              select={select}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({
  record,
  isSelected,
  select,
}: {
  readonly record: TapRecord;
  readonly isSelected: boolean;
  readonly select: (record: TapRecord) => void;
}) {
  const { time, decision, droppedBy, policies, would, bytes } = record;
  const shown = record.document ?? record.text;
  const summary = useMemo(() => (shown === undefined ? undefined : summaryOf(shown)), [shown]);
  const by = droppedBy ?? policies.join(", ");
  return (
    <tr class="pick" aria-current={isSelected ? "true" : undefined} onClick={() => select(record)}>
      <td>
        <button type="button" class="link" aria-label={`Record at ${clock(time)}: explain`}>
          {clock(time)}
        </button>
      </td>
      <td class="decision">
        <Badge tone={TONES[decision]}>{WORDS[decision]}</Badge>
        {by !== "" && <span class="by"> by {by}</span>}
        {would.map((one) => (
          <span class="by" key={one.policy}>
            {" "}
            {one.policy} would {one.would}
          </span>
        ))}
      </td>
      <td>{summary?.service}</td>
      <td>
        {summary?.severity !== undefined && summary.severity !== "" && (
          <span class={`severity ${summary.severity.toLowerCase()}`}>{summary.severity}</span>
        )}
      </td>
      <td class="text">{summary?.text ?? <span class="muted">hidden</span>}</td>
      <td class="number">{bytes === 0 ? "" : countText(bytes)}</td>
    </tr>
  );
}
