// Why a record is kept, dropped or edited: who decides, who else matches, what is changed, who
// nearly matched.

import type { MatcherExplanation, PolicyExplanation } from "../../policy/index.ts";
import { type Explanation, verdictOf } from "../model/explanation.ts";
import { Badge } from "./notices.tsx";

const TONES = { dropped: "bad", edited: "info", kept: "good" } as const;

export function ExplanationView({ explanation }: { readonly explanation: Explanation }) {
  const { winner, matched, nearMisses, edits, shadow = [] } = explanation;
  const verdict = verdictOf(explanation);
  const changed = edits.filter((edit) => edit.changed);
  return (
    <div class="explanation">
      <p>
        <Badge tone={TONES[verdict]}>{verdict}</Badge>{" "}
        {winner === undefined || winner === null ? (
          "No policy matches this record."
        ) : (
          <>
            <code>{winner.id}</code> decides: {winner.why}.
          </>
        )}
      </p>
      {matched.length > 0 && <Matches title="Matches" policies={matched} />}
      {changed.length > 0 && (
        <section>
          <h4>Edits</h4>
          <ul class="edits">
            {changed.map((edit, i) => (
              <li key={i}>
                <code>{edit.policy}</code> {edit.operation}
                {edit.before !== undefined && <del>{edit.before}</del>}
                {edit.after !== undefined && <ins>{edit.after}</ins>}
              </li>
            ))}
          </ul>
        </section>
      )}
      {shadow.length > 0 && (
        <section>
          <h4>Not enforced</h4>
          <ul>
            {shadow.map(({ id, would, why }) => (
              <li key={id}>
                <code>{id}</code> would {would}
                {why === undefined ? "" : `: ${why}`}
              </li>
            ))}
          </ul>
        </section>
      )}
      {nearMisses.length > 0 && <Matches title="Nearly matched" policies={nearMisses} />}
    </div>
  );
}

function Matches({
  title,
  policies,
}: {
  readonly title: string;
  readonly policies: readonly PolicyExplanation[];
}) {
  return (
    <section>
      <h4>{title}</h4>
      <ul class="matches">
        {policies.map(({ id, name, keep, matchers }) => (
          <li key={id}>
            <strong>{name || id}</strong> <span class="muted">keep {keep}</span>
            <ul>
              {matchers.map((matcher, i) => (
                <Matcher key={i} matcher={matcher} />
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Matcher({
  matcher: { matcher, values, holds, butForCase },
}: {
  readonly matcher: MatcherExplanation;
}) {
  return (
    <li class={holds ? "holds" : "fails"}>
      <span class="visually-hidden">{holds ? "holds: " : "does not hold: "}</span>
      <code>{matcher}</code>
      <span class="muted">
        {" "}
        {values.length === 0 ? "there is no such value" : `found ${values.join(", ")}`}
        {butForCase === true && "; it would hold if case did not count"}
      </span>
    </li>
  );
}
