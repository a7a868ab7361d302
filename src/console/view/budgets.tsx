// What budgets have spent of the day, and what they cut, as the page of budgets tells it.

import type { Answer } from "../model/answer.ts";
import { budgetLines } from "../model/budgets.ts";
import type { BudgetsPage } from "../model/pages.ts";
import { Badge } from "../parts/notices.tsx";

const NUMBERS = ["Spent today", "Left", "Cut today", "Forecast, of all that comes"];

export function Budgets({ budgets }: { readonly budgets: Answer<BudgetsPage> }) {
  if (budgets.kind !== "ok" || budgets.data.budgets.length === 0) return null;
  return (
    <section aria-labelledby="budgets">
      <h2 id="budgets">Budgets</h2>
      <div class="scroll" tabIndex={0} role="region" aria-labelledby="budgets">
        <table>
          <thead>
            <tr>
              <th scope="col">Budget</th>
              {NUMBERS.map((name) => (
                <th scope="col" class="number" key={name}>
                  {name}
                </th>
              ))}
              <th scope="col">Share of the day</th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {budgetLines(budgets.data.budgets).map((line) => (
              <tr key={line.name}>
                <th scope="row">{line.name}</th>
                <td class="number">{line.spent}</td>
                <td class="number">{line.left}</td>
                <td class="number">{line.cut}</td>
                <td class="number">{line.forecast}</td>
                <td>
                  <meter class="bar" min={0} max={1} value={line.share} aria-label="Spent today" />
                </td>
                <td>
                  <Badge tone={line.tone}>{line.state}</Badge>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
