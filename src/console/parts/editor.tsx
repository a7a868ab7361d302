// Where policies are typed: a text area, with what is wrong below it, by line and column.

import { useRef } from "preact/hooks";
import type { Draft, DraftFault } from "../model/draft.ts";

export function Editor({
  text,
  change,
  draft,
}: {
  readonly text: string;
  readonly change: (text: string) => void;
  readonly draft: Draft;
}) {
  const area = useRef<HTMLTextAreaElement>(null);
  const { faults, unchecked, ids } = draft;
  const goTo = ({ line, column }: DraftFault): void => {
    const { current } = area;
    if (current === null) return;
    const lines = text.split("\n");
    const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    current.focus();
    current.setSelectionRange(before + column - 1, before + (lines[line - 1]?.length ?? column));
  };
  return (
    <div class="editor">
      <label for="policies">Policies, in YAML or JSON</label>
      <textarea
        id="policies"
        ref={area}
        spellcheck={false}
        autocapitalize="off"
        value={text}
        rows={22}
        onInput={({ currentTarget }) => change(currentTarget.value)}
        aria-describedby="draft-state"
      />
      <p id="draft-state" role="status" class={faults.length > 0 ? "fault" : "muted"}>
        {stateOf(draft)}
      </p>
      {faults.length > 0 && (
        <ul class="faults">
          {faults.map((fault) => (
            <li key={`${fault.line} ${fault.message}`} class="bad">
              <button type="button" class="link" onClick={() => goTo(fault)}>
                Line {fault.line}
              </button>{" "}
              {fault.policy !== undefined && <code>{fault.policy}</code>} {fault.message}
            </li>
          ))}
        </ul>
      )}
      {unchecked.length > 0 && ids.length > 0 && (
        <p class="muted">
          Edge asks RE2 itself about patterns; this page reads them with Edge’s own engine, which
          takes the same syntax. Not held against RE2 here:{" "}
          {unchecked.map((pattern) => (
            <code key={pattern}>{pattern} </code>
          ))}
        </p>
      )}
    </div>
  );
}

function stateOf({ ids, faults }: Draft): string {
  const works = ids.length === 1 ? "1 policy works" : `${ids.length} policies work`;
  if (faults.length === 0) return works;
  return `${works}; ${faults.length === 1 ? "1 problem" : `${faults.length} problems`}`;
}
