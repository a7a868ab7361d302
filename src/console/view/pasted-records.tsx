// What a draft does to records that somebody pastes.

import { useMemo, useState } from "preact/hooks";
import { EXAMPLE_RECORDS } from "../drafts.ts";
import { useSettled } from "../hooks.ts";
import { type Draft, judgePasted, tallyOf } from "../model/draft.ts";
import { counted } from "../model/numbers.ts";
import { Notice } from "../parts/notices.tsx";
import { Outcomes, Sums } from "../parts/outcomes.tsx";

export function PastedRecords({ draft }: { readonly draft: Draft }) {
  const [text, setText] = useState(EXAMPLE_RECORDS);
  const settled = useSettled(text);
  const pasted = useMemo(() => judgePasted(draft, settled), [draft, settled]);
  const { judged, unexplained, kind, fault } = pasted;
  const rows = judged.map((one, i) => ({
    key: String(i),
    text: textOf(one.explained.text),
    judged: one,
    now: undefined,
  }));
  return (
    <>
      <label for="records">
        Records: OTLP, Datadog or Loki in JSON, an exposition, or plain lines
      </label>
      <textarea
        id="records"
        spellcheck={false}
        autocapitalize="off"
        rows={9}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      <p class="muted" role="status">
        {settled.trim() === "" ? "No records." : `Read as ${kind}.`}
        {unexplained > 0 && ` ${counted(unexplained, "record")} that no policy looks at.`}
      </p>
      {fault !== undefined && <Notice tone="bad">It cannot be read: {fault}.</Notice>}
      {judged.length > 0 && <Sums tally={tallyOf(judged)} unexplained={unexplained} />}
      <Outcomes rows={rows} hasNow={false} />
    </>
  );
}

/** The text of a record alone, in a document that a line for people is made of. */
function textOf(record: string): string {
  if (/^\s*\[/.test(record)) return `{"streams":[{"values":[${record}]}]}`;
  const isLog = /^\s*\{.*"(?:body|severityText|severityNumber)"\s*:/s.test(record);
  return isLog ? `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${record}]}]}]}` : record;
}
