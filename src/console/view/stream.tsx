// What is in the stream: the top patterns of logs, names of metrics and spans, and what could be
// left out of it. Looked at for a bounded time, because it costs something.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Api } from "../api.ts";
import { useLooks } from "../hooks.ts";
import { countText, durationText, perSecond, shareText, sizePerSecond } from "../model/numbers.ts";
import type { AnalysisPage } from "../model/pages.ts";
import { Notice, Unanswered } from "../parts/notices.tsx";
import { Switches } from "../parts/switches.tsx";
import { Suggestions } from "./suggestions.tsx";

const SECONDS = 600;

export function Stream({ api }: { readonly api: Api }) {
  const [answer, again] = useLooks(() => api.get<AnalysisPage>("analysis?format=json&n=20"), 3000);
  const [fault, setFault] = useState("");
  const ask = async (query: string): Promise<void> => {
    const { kind } = await api.post(`analysis?${query}`);
    setFault(kind === "ok" ? "" : "Edge did not do it.");
    again();
  };
  const isHidden = answer?.kind === "refused" && answer.code === "payloads_hidden";
  return (
    <>
      <h1>What is in the stream</h1>
      <Switches api={api} needs={["payloads"]} />
      {answer?.kind !== "ok" && !isHidden && <Unanswered answer={answer} page="patterns" />}
      {isHidden && <Notice>Patterns are shown while payloads are.</Notice>}
      {answer?.kind === "ok" && <Analysis page={answer.data} ask={(query) => void ask(query)} />}
      {fault !== "" && <Notice tone="bad">{fault}</Notice>}
      {answer?.kind === "ok" && answer.data.since !== null && <Suggestions api={api} />}
    </>
  );
}

function Analysis({
  page,
  ask,
}: {
  readonly page: AnalysisPage;
  readonly ask: (query: string) => void;
}) {
  const { on, since, until, seconds, sample, logs, metrics, traces } = page;
  const start = (
    <button type="button" class="primary" onClick={() => ask(`seconds=${SECONDS}`)}>
      {since === null ? "Analyse for 10 minutes" : "Analyse anew"}
    </button>
  );
  if (since === null) {
    return (
      <Notice>
        Nothing is analysed yet. Values are masked, and only a sample is looked at. {start}
      </Notice>
    );
  }
  return (
    <>
      <p class="muted">
        {on ? "Analysing" : "Over"}: {durationText(seconds)}, {countText(sample.requests)}
        {sample.of === undefined ? "" : ` of ${countText(sample.of)}`} requests looked at
        {until !== null && on && `, until ${new Date(until).toTimeString().slice(0, 5)}`}.{" "}
        {on ? (
          <button type="button" onClick={() => ask("off=true")}>
            Stop
          </button>
        ) : (
          start
        )}
      </p>
      {logs !== null && (
        <Ranking
          title="Patterns of logs"
          head={["Pattern", "Service", "Severity"]}
          rows={logs.patterns}
        >
          {(row) => [<code key="t">{row.template}</code>, row.service, row.severity]}
        </Ranking>
      )}
      {metrics !== null && (
        <Ranking title="Metrics" head={["Name", "Series", "Labels by values"]} rows={metrics.names}>
          {(row) => [
            <code key="n">{row.name}</code>,
            countText(row.series),
            row.labels.map(({ label, values }) => `${label} ${countText(values)}`).join(", "),
          ]}
        </Ranking>
      )}
      {traces !== null && (
        <Ranking title="Spans" head={["Name", "Service", "Errors"]} rows={traces.spans}>
          {(row) => [<code key="n">{row.name}</code>, row.service, shareText(row.error_share, 1)]}
        </Ranking>
      )}
    </>
  );
}

interface Ranked {
  readonly records_per_second: number;
  readonly bytes_per_second: number;
  readonly share_bytes: number;
}

function Ranking<Row extends Ranked>({
  title,
  head,
  rows,
  children,
}: {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly Row[];
  readonly children: (row: Row) => readonly ComponentChildren[];
}) {
  const id = title.toLowerCase().replaceAll(" ", "-");
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {rows.length === 0 && <Notice>None seen yet.</Notice>}
      {rows.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-labelledby={id}>
          <table>
            <thead>
              <tr>
                {head.map((name) => (
                  <th scope="col" key={name}>
                    {name}
                  </th>
                ))}
                <th scope="col" class="number">
                  Records
                </th>
                <th scope="col" class="number">
                  Bytes
                </th>
                <th scope="col" class="number">
                  Share of bytes
                </th>
                <th scope="col">
                  <span class="visually-hidden">Share, as a bar</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row, i) => (
                <tr key={i}>
                  {children(row).map((cell, at) => (
                    <td key={at} class={at === 0 ? "text" : undefined}>
                      {cell}
                    </td>
                  ))}
                  <td class="number">{perSecond(row.records_per_second)}</td>
                  <td class="number">{sizePerSecond(row.bytes_per_second)}</td>
                  <td class="number">{shareText(row.share_bytes, 1)}</td>
                  <td>
                    <meter
                      class="bar"
                      min={0}
                      max={1}
                      value={row.share_bytes}
                      aria-label="Share of bytes"
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
