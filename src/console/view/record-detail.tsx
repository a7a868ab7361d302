// One record: what it holds, and the explanation that Edge gives by the policies in force.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Api } from "../api.ts";
import type { Answer } from "../model/answer.ts";
import { explainable } from "../model/documents.ts";
import { type ExplainPage, indented } from "../model/explanation.ts";
import { countText } from "../model/numbers.ts";
import type { TapRecord } from "../model/tap-lines.ts";
import { Copy } from "../parts/copy.tsx";
import { ExplanationView } from "../parts/explanation.tsx";
import { Notice, Unanswered } from "../parts/notices.tsx";

export function RecordDetail({
  api,
  record,
  close,
}: {
  readonly api: Api;
  readonly record: TapRecord;
  readonly close: () => void;
}) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus(), [record]);
  const { document, text, signal, encoding, bytes } = record;
  const shown = document ?? text;
  return (
    <section class="panel detail" aria-labelledby="record">
      <div class="section-head">
        <h2 id="record" tabIndex={-1} ref={head}>
          Record {record.seq}
        </h2>
        <button type="button" onClick={close}>
          Close
        </button>
      </div>
      <p class="muted">
        {signal}, {encoding.replace("_", " ")}, {countText(bytes)} bytes,{" "}
        {record.time.replace("T", " ")}
      </p>
      <h3>Why</h3>
      <Explained api={api} record={record} />
      <h3>What it holds</h3>
      {shown === undefined ? (
        <Notice>Payloads are hidden, or it was dropped before this stage.</Notice>
      ) : (
        <>
          <pre tabIndex={0} aria-label="The record">
            {indented(shown)}
          </pre>
          <Copy text={indented(shown)} label="Copy record" />
        </>
      )}
    </section>
  );
}

function Explained({ api, record }: { readonly api: Api; readonly record: TapRecord }) {
  const [answer, setAnswer] = useState<Answer<ExplainPage>>();
  const { document, signal } = record;
  useEffect(() => {
    if (document === undefined) return undefined;
    let isOver = false;
    const { form, body } = explainable(document, signal);
    const path = `explain?signal=${signal}&form=${form}`;
    const ask = async (): Promise<void> => {
      const found = await api.post<ExplainPage>(path, body, "application/json");
      if (!isOver) setAnswer(found);
    };
    void ask();
    return () => {
      isOver = true;
    };
  }, [api, document, signal]);
  if (document === undefined) {
    return <Notice>There is no document of this record that could be explained alone.</Notice>;
  }
  if (answer?.kind !== "ok") return <Unanswered answer={answer} page="the explanation" />;
  const { explanations, note } = answer.data;
  if (explanations.length === 0) return <Notice>{note ?? "No policy looks at it."}</Notice>;
  return (
    <>
      {explanations.map((explanation, i) => (
        <ExplanationView key={i} explanation={explanation} />
      ))}
    </>
  );
}
