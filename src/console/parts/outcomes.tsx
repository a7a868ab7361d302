// What a draft would do: the sums, and record by record, each with its explanation.

import { useRef, useState } from "preact/hooks";
import { summaryOf } from "../model/documents.ts";
import { isMatched, type Judged, type Outcome, type Tally } from "../model/draft.ts";
import { indented } from "../model/explanation.ts";
import { countText, shareText, sizeText } from "../model/numbers.ts";
import { ExplanationView } from "./explanation.tsx";
import { Badge } from "./notices.tsx";

export interface OutcomeRow {
  readonly key: string;
  /** The document of the record. */
  readonly text: string;
  readonly judged: Judged;
  /** What the policies in force decide; undefined: nobody asked. */
  readonly now: Outcome | undefined;
}

const ROWS_MAX = 100;
const TONES = { keep: "good", edit: "info", drop: "bad" } as const;
const WORDS = { keep: "keep", edit: "edit", drop: "drop" } as const;

export function Sums({
  tally,
  unexplained,
}: {
  readonly tally: Tally;
  readonly unexplained: number;
}) {
  const { records, bytes, matched, dropped, droppedBytes, edited } = tally;
  const all = records + unexplained;
  return (
    <dl class="sums">
      <Sum name="Records" value={countText(all)} more={sizeText(bytes)} />
      <Sum name="Matched" value={countText(matched)} more={shareText(matched, all)} />
      <Sum name="Would drop" value={countText(dropped)} more={shareText(dropped, all)} />
      <Sum
        name="Bytes saved"
        value={sizeText(droppedBytes)}
        more={shareText(droppedBytes, bytes)}
      />
      <Sum name="Would edit" value={countText(edited)} more={shareText(edited, all)} />
    </dl>
  );
}

function Sum({ name, value, more }: { name: string; value: string; more: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="value">{value}</dd>
      <dd class="more">{more}</dd>
    </div>
  );
}

const SHOWN = [
  ["all", "all"],
  ["matched", "matched"],
  ["drop", "would be dropped"],
  ["edit", "would be edited"],
  ["other", "other than now"],
] as const;
type Shown = (typeof SHOWN)[number][0];

function isShown({ judged, now }: OutcomeRow, shown: Shown): boolean {
  if (shown === "all") return true;
  if (shown === "matched") return isMatched(judged);
  if (shown === "other") return now !== undefined && now !== judged.outcome;
  return judged.outcome === shown;
}

export function Outcomes({ rows, hasNow }: { rows: readonly OutcomeRow[]; hasNow: boolean }) {
  const [shown, setShown] = useState<Shown>("all");
  const [open, setOpen] = useState<string>();
  // What somebody reads must not run away under their eyes.
  const held = useRef(rows);
  if (open === undefined) held.current = rows;
  if (rows.length === 0) return null;
  const found = held.current.filter((row) => isShown(row, shown)).slice(0, ROWS_MAX);
  const choices = SHOWN.filter(([name]) => hasNow || name !== "other");
  return (
    <>
      <label class="inline">
        Show{" "}
        <select
          onChange={({ currentTarget }) =>
            setShown(choices[currentTarget.selectedIndex]?.[0] ?? "all")
          }
        >
          {choices.map(([name, label]) => (
            <option key={name} selected={name === shown}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {hasNow && open !== undefined && (
        <span class="muted"> The list waits while one is open; the sums go on.</span>
      )}
      {found.length === 0 && <p class="notice calm">None of them.</p>}
      <ol class="outcomes">
        {found.map((row) => (
          <Item
            key={row.key}
            row={row}
            isOpen={row.key === open}
            toggle={() => setOpen(row.key === open ? undefined : row.key)}
          />
        ))}
      </ol>
      {rows.length > ROWS_MAX && (
        <p class="muted">The newest {ROWS_MAX} are shown; the sums are of all.</p>
      )}
    </>
  );
}

function Item({
  row: { text, judged, now },
  isOpen,
  toggle,
}: {
  readonly row: OutcomeRow;
  readonly isOpen: boolean;
  readonly toggle: () => void;
}) {
  const { outcome, explained } = judged;
  const summary = summaryOf(text);
  return (
    <li>
      <button type="button" class="outcome" aria-expanded={isOpen} onClick={toggle}>
        <Badge tone={TONES[outcome]}>{WORDS[outcome]}</Badge>
        {now !== undefined && now !== outcome && <span class="by">now: {WORDS[now]}</span>}
        {summary.severity !== "" && (
          <span class={`severity ${summary.severity.toLowerCase()}`}>{summary.severity}</span>
        )}
        <span class="text">{summary.text}</span>
      </button>
      {isOpen && (
        <div class="panel">
          <ExplanationView explanation={explained} />
          <h4>What it holds</h4>
          <pre tabIndex={0} aria-label="The record">
            {indented(explained.text)}
          </pre>
        </div>
      )}
    </li>
  );
}
