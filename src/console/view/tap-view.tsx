// Passing records as they pass, searched, and why each of them is kept, dropped or edited.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Api } from "../api.ts";
import type { Looks } from "../model/looks.ts";
import { clock, countText } from "../model/numbers.ts";
import { Switches } from "../parts/switches.tsx";
import { Notice } from "../parts/notices.tsx";
import type { TapRecord } from "../model/tap-lines.ts";
import { TapFeed, type TapWish } from "../tap-feed.ts";
import { RecordDetail } from "./record-detail.tsx";
import { TapTable } from "./tap-table.tsx";

const ROWS_MAX = 200;

export function TapView({
  api,
  looks,
  policy,
}: {
  readonly api: Api;
  readonly looks: Looks;
  readonly policy: string | undefined;
}) {
  const feed = useFeed(api, ROWS_MAX);
  const [isPaused, setPaused] = useState(false);
  const [selected, setSelected] = useState<TapRecord>();
  const held = useRef<readonly TapRecord[]>([]);
  if (!isPaused) held.current = feed.records;
  const rows = held.current.toReversed();
  const ids = looks.policies.kind === "ok" ? looks.policies.data.policies.map(({ id }) => id) : [];
  return (
    <>
      <h1>Live tap</h1>
      <Switches api={api} needs={["taps", "payloads"]} />
      <TapForm
        feed={feed}
        policies={ids}
        policy={policy ?? ""}
        isPaused={isPaused}
        pause={() => setPaused(!isPaused)}
      />
      <TapState feed={feed} isPaused={isPaused} />
      <div class={selected === undefined ? "" : "split"}>
        {rows.length > 0 && <TapTable rows={rows} selected={selected} select={setSelected} />}
        {selected !== undefined && (
          <RecordDetail
            api={api}
            record={selected}
            key={selected.seq}
            close={() => setSelected(undefined)}
          />
        )}
      </div>
    </>
  );
}

/** A tap that ends with the view. */
export function useFeed(api: Api, keptMax: number): TapFeed {
  const [, setRound] = useState(0);
  const feed = useMemo(() => new TapFeed(api, keptMax), [api, keptMax]);
  feed.changed = () => setRound((round) => round + 1);
  useEffect(() => () => feed.stop(), [feed]);
  return feed;
}

function TapForm({
  feed,
  policies,
  policy: first,
  isPaused,
  pause,
}: {
  readonly feed: TapFeed;
  readonly policies: readonly string[];
  readonly policy: string;
  readonly isPaused: boolean;
  readonly pause: () => void;
}) {
  const [stage, setStage] = useState<TapWish["stage"]>("pre");
  const [signal, setSignal] = useState("");
  const [decision, setDecision] = useState("");
  const [policy, setPolicy] = useState(first);
  const [text, setText] = useState("");
  const start = (event: Event): void => {
    event.preventDefault();
    const list = (value: string): readonly string[] => (value === "" ? [] : [value]);
    const [signals, decisions, ids] = [list(signal), list(decision), list(policy)];
    feed.start({ stage, text, signals, decisions, policies: ids });
  };
  return (
    <form class="filters" onSubmit={start}>
      <Choice
        label="Stage"
        value={stage}
        choose={(value) => setStage(value === "post" ? "post" : "pre")}
        options={STAGES}
      />
      <Choice label="Signal" value={signal} choose={setSignal} options={SIGNAL_OPTIONS} />
      <Choice label="Decision" value={decision} choose={setDecision} options={DECISIONS} />
      <Choice
        label="Policy"
        value={policy}
        choose={setPolicy}
        options={[["", "any"], ...policies.map((id) => [id, id] as const)]}
      />
      <label class="grow">
        Search
        <input
          type="search"
          value={text}
          placeholder="text in the record"
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </label>
      <button type="submit" class="primary">
        {feed.isOpen ? "Apply" : "Start"}
      </button>
      {feed.isOpen && (
        <>
          <button type="button" onClick={pause} aria-pressed={isPaused}>
            Pause
          </button>
          <button type="button" onClick={() => feed.stop()}>
            Stop
          </button>
        </>
      )}
    </form>
  );
}

const STAGES = [
  ["pre", "before policies"],
  ["post", "after policies"],
] as const;
const SIGNAL_OPTIONS = [
  ["", "any"],
  ["log", "logs"],
  ["metric", "metrics"],
  ["trace", "traces"],
] as const;
const DECISIONS = [
  ["", "any"],
  ["keep", "kept"],
  ["edit", "edited"],
  ["drop", "dropped"],
  ["would_drop", "would be dropped"],
  ["would_edit", "would be edited"],
] as const;

function Choice({
  label,
  value,
  choose,
  options,
}: {
  readonly label: string;
  readonly value: string;
  readonly choose: (value: string) => void;
  readonly options: readonly (readonly [value: string, label: string])[];
}) {
  return (
    <label>
      {label}
      <select value={value} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        {options.map(([one, name]) => (
          <option key={one} value={one}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

const ENDS: Readonly<Record<string, string>> = {
  records: "it has shown all that it may",
  seconds: "its time is over",
  stopping: "Edge is stopping",
  switched_off: "taps were switched off",
};

function TapState({ feed, isPaused }: { readonly feed: TapFeed; readonly isPaused: boolean }) {
  const { end, isOpen, shown, lost } = feed;
  if (end !== undefined && "kind" in end && end.kind !== "ok") {
    const why = end.kind === "refused" ? end.message : "Edge does not answer";
    return <Notice tone="bad">There is no tap: {why}.</Notice>;
  }
  const ended = end !== undefined && "tap" in end ? (ENDS[end.reason ?? ""] ?? end.reason) : "";
  if (!isOpen && shown === 0) {
    const cost = "While none is open it costs nothing.";
    return <Notice>{ended ? `The tap has ended: ${ended}.` : `No tap is open. ${cost}`}</Notice>;
  }
  const state = isOpen ? (isPaused ? "Paused" : "Live") : "Ended";
  return (
    <p class="muted tap-state">
      <span role="status">{ended ? `${state}: ${ended}` : state}</span> · {countText(shown)} records
      {lost > 0 && `, ${countText(lost)} lost because this page was too slow`}
      {isOpen && shown === 0 && "; waiting for the first"}
      {shown > ROWS_MAX && `; the newest ${ROWS_MAX} are below`}
      {isOpen && ` · at most 100 a second`}
      {shown > 0 && ` · last at ${clock(feed.records.at(-1)?.time ?? "")}`}
    </p>
  );
}
