// What a draft would do to the records that pass: a tap before policies, judged in this page.

import { useMemo } from "preact/hooks";
import type { Api } from "../api.ts";
import { LiveJudging } from "../model/live-judging.ts";
import { type Draft, tallyOf } from "../model/draft.ts";
import { Notice } from "../parts/notices.tsx";
import { Outcomes, Sums } from "../parts/outcomes.tsx";
import { Switches } from "../parts/switches.tsx";
import { useFeed } from "./tap-view.tsx";

const RECORDS_MAX = 1000;
const WISH = { stage: "pre", signals: [], decisions: [], policies: [], text: "" } as const;

export function PassingRecords({ api, draft }: { readonly api: Api; readonly draft: Draft }) {
  const feed = useFeed(api, RECORDS_MAX);
  const judging = useMemo(() => new LiveJudging(draft), [draft]);
  const { rows, unexplained } = judging.judge(feed.records);
  const { end, isOpen } = feed;
  const refusal = end !== undefined && "kind" in end && end.kind === "refused" ? end.message : "";
  const hidden = feed.records.length > 0 && feed.records.every((one) => one.document === undefined);
  return (
    <>
      <Switches api={api} needs={["taps", "payloads"]} />
      <p class="actions">
        {isOpen ? (
          <button type="button" onClick={() => feed.stop()}>
            Stop
          </button>
        ) : (
          <button type="button" class="primary" onClick={() => feed.start(WISH)}>
            Judge passing records
          </button>
        )}
        <span class="muted" role="status">
          {isOpen ? "Live, at most 100 records a second; the newest 1,000 are judged" : ""}
        </span>
      </p>
      {refusal !== "" && <Notice tone="bad">There is no tap: {refusal}.</Notice>}
      {hidden && (
        <Notice tone="warn">These records are hidden, or have no JSON of their own.</Notice>
      )}
      {feed.records.length === 0 && isOpen && <Notice>Waiting for the first record…</Notice>}
      {feed.records.length > 0 && !hidden && (
        <Sums tally={tallyOf(rows.map(({ judged }) => judged))} unexplained={unexplained} />
      )}
      <Outcomes rows={rows.toReversed()} hasNow />
    </>
  );
}
