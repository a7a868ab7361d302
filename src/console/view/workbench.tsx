// Policies are typed, and it is seen at once what they would do to the records that pass, or to
// pasted ones. All of it is judged in this page; nothing is changed in Edge.

import { useEffect, useMemo, useState } from "preact/hooks";
import type { Api } from "../api.ts";
import { EXAMPLE_POLICIES, takeProposed } from "../drafts.ts";
import { useSettled } from "../hooks.ts";
import { draftOf } from "../model/draft.ts";
import type { PoliciesPage } from "../model/pages.ts";
import { yamlOf } from "../model/yaml.ts";
import { Copy } from "../parts/copy.tsx";
import { Editor } from "../parts/editor.tsx";
import { Notice } from "../parts/notices.tsx";
import { PassingRecords } from "./passing-records.tsx";
import { PastedRecords } from "./pasted-records.tsx";

const DEPS = { nowMs: () => performance.now(), random: Math.random };

/** `api`: undefined in the playground, which has no Edge to ask. */
export function Workbench({
  api,
  policy,
}: {
  readonly api: Api | undefined;
  readonly policy: string | undefined;
}) {
  const [text, setText] = useState(
    () => takeProposed() ?? (policy === undefined ? EXAMPLE_POLICIES : ""),
  );
  const [source, setSource] = useState<"passing" | "pasted">(
    api === undefined ? "pasted" : "passing",
  );
  const [fault, setFault] = useState("");
  const settled = useSettled(text);
  const draft = useMemo(() => draftOf(settled, DEPS), [settled]);
  useEffect(() => {
    if (api === undefined || policy === undefined) return;
    const load = async (): Promise<void> => {
      const written = await writtenOf(api, policy);
      if (typeof written === "string") setText(written);
      else setFault(written.fault);
    };
    void load();
  }, [api, policy]);
  return (
    <>
      <div class="section-head">
        <h1>{api === undefined ? "Playground" : "Try a policy"}</h1>
        <span class="muted">
          {api === undefined
            ? "What is pasted here stays here: this page can connect to nothing."
            : "Judged in this page; nothing is changed in Edge."}
        </span>
      </div>
      {fault !== "" && <Notice tone="warn">{fault}</Notice>}
      <div class="workbench">
        <div>
          <Editor text={text} change={setText} draft={draft} />
          <p class="actions">
            <Copy text={yamlOf(text)} label="Copy YAML" />
          </p>
        </div>
        <div>
          {api !== undefined && <SourceChoice source={source} choose={setSource} />}
          {source === "passing" && api !== undefined ? (
            <PassingRecords api={api} draft={draft} />
          ) : (
            <PastedRecords draft={draft} />
          )}
        </div>
      </div>
    </>
  );
}

function SourceChoice({
  source,
  choose,
}: {
  readonly source: "passing" | "pasted";
  readonly choose: (source: "passing" | "pasted") => void;
}) {
  const choices = [
    ["passing", "Passing records"],
    ["pasted", "Pasted records"],
  ] as const;
  return (
    <fieldset class="choice">
      <legend class="visually-hidden">Judge</legend>
      {choices.map(([name, label]) => (
        <label key={name}>
          <input
            type="radio"
            name="source"
            checked={name === source}
            onChange={() => choose(name)}
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}

/** A policy in force as it would be written in a file. */
async function writtenOf(api: Api, id: string): Promise<string | { readonly fault: string }> {
  const path = `policies?format=json&id=${encodeURIComponent(id)}`;
  const answer = await api.get<PoliciesPage>(path);
  if (answer.kind !== "ok") return { fault: "Edge does not give this policy as text." };
  const written = answer.data.policies.flatMap(({ policy }) => policy ?? []);
  if (written.length === 0) return { fault: `There is no text of the policy ${id}.` };
  return yamlOf(JSON.stringify({ policies: written }));
}
