// Who sends how much: by signal and by service, as the page of savings tells it.

import type { Answer } from "../model/answer.ts";
import { money, shareText, sizeText } from "../model/numbers.ts";
import type { SavingsPage, ServiceVolume, SpanName } from "../model/pages.ts";
import { Notice } from "../parts/notices.tsx";

const ROWS_MAX = 10;
const UNNAMED = { named: "", none: "(without a name)", others: "(others)" } as const;

interface Row {
  readonly name: string;
  readonly in: number;
  readonly out: number;
  readonly money: ServiceVolume["money"];
}

export function Volumes({
  savings,
  span,
}: {
  readonly savings: Answer<SavingsPage>;
  readonly span: SpanName;
}) {
  if (savings.kind === "absent") {
    return <Notice>This build of Edge has no page for savings by signal and service.</Notice>;
  }
  if (savings.kind !== "ok") return null;
  const { currency, signals, services } = savings.data;
  const rows = (list: typeof signals | typeof services): readonly Row[] =>
    list.map((one) => ({
      name: "signal" in one ? one.signal : (one.service ?? UNNAMED[one.kind]),
      in: one[span].bytes.in,
      out: one[span].bytes.out,
      money: one[span].money,
    }));
  return (
    <div class="two">
      <Table
        title="By signal"
        what="Signal"
        id="by-signal"
        rows={rows(signals)}
        currency={currency}
      />
      <Table
        title="By service"
        what="Service"
        id="by-service"
        rows={rows(services)}
        currency={currency}
      />
    </div>
  );
}

function Table({
  title,
  what,
  id,
  rows,
  currency,
}: {
  readonly title: string;
  readonly what: string;
  readonly id: string;
  readonly rows: readonly Row[];
  readonly currency: string | null;
}) {
  if (rows.length === 0) return null;
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <div class="scroll" tabIndex={0} role="region" aria-labelledby={id}>
        <table>
          <thead>
            <tr>
              <th scope="col">{what}</th>
              <th scope="col" class="number">
                In
              </th>
              <th scope="col" class="number">
                Out
              </th>
              <th scope="col" class="number">
                Saved
              </th>
              {currency !== null && (
                <th scope="col" class="number">
                  Saved, {currency}
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, ROWS_MAX).map((row) => (
              <tr key={row.name}>
                <th scope="row">{row.name}</th>
                <td class="number">{sizeText(row.in)}</td>
                <td class="number">{sizeText(row.out)}</td>
                <td class="number">{shareText(row.in - row.out, row.in)}</td>
                {currency !== null && (
                  <td class="number">{row.money === null ? "" : money(row.money.saved, null)}</td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
