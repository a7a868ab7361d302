// Policies that Edge proposes from what it saw, ready to be tried and copied.

import type { Api } from "../api.ts";
import { proposeDraft } from "../drafts.ts";
import { useLooks } from "../hooks.ts";
import { money, shareText, sizePerSecond } from "../model/numbers.ts";
import type { Suggestion, SuggestionsPage } from "../model/pages.ts";
import { Copy } from "../parts/copy.tsx";
import { Notice, Unanswered } from "../parts/notices.tsx";

const LOOK_MS = 10_000;

export function Suggestions({ api }: { readonly api: Api }) {
  const [answer] = useLooks(() => api.get<SuggestionsPage>("suggestions?format=json"), LOOK_MS);
  return (
    <section aria-labelledby="suggestions">
      <h2 id="suggestions">What could be left out</h2>
      {answer?.kind === "ok" ? (
        <List page={answer.data} />
      ) : (
        <Unanswered answer={answer} page="proposals" />
      )}
    </section>
  );
}

function List({ page: { suggestions, currency } }: { readonly page: SuggestionsPage }) {
  if (suggestions.length === 0) return <Notice>Nothing is proposed from what was seen.</Notice>;
  return (
    <ul class="suggestions">
      {suggestions.map((one) => (
        <Item key={one.id} suggestion={one} currency={currency} />
      ))}
    </ul>
  );
}

function Item({
  suggestion: { id, reason, saving, examples, yaml },
  currency,
}: {
  readonly suggestion: Suggestion;
  readonly currency: string | null;
}) {
  const perDay = saving.money_per_day;
  return (
    <li class="panel">
      <p>
        <strong>{reason}</strong>
      </p>
      <p class="muted">
        Saves {sizePerSecond(saving.bytes_per_second)}, {shareText(saving.share_bytes, 1)} of bytes
        {perDay !== null && `, ${money(perDay, currency)} a day`}
      </p>
      {examples.slice(0, 3).map((example) => (
        <code class="example" key={example}>
          {example}
        </code>
      ))}
      <details>
        <summary>Policy in YAML</summary>
        <pre tabIndex={0} aria-label={`Policy ${id}`}>
          {yaml}
        </pre>
      </details>
      <p class="actions">
        <a class="button" href="#/try" onClick={() => proposeDraft(yaml)}>
          Try it
        </a>
        <Copy text={yaml} label="Copy YAML" />
      </p>
    </li>
  );
}
