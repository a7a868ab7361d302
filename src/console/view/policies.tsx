// The policies in force: hits, savings, mode and errors of each.

import { useState } from "preact/hooks";
import type { Looks } from "../model/looks.ts";
import { countText, sizeText } from "../model/numbers.ts";
import type { PolicyRow } from "../model/pages.ts";
import {
  filtered,
  modeOf,
  ORDERS,
  type PolicyOrder,
  sorted,
  leftOutBytesOf,
  savedBytesOf,
} from "../model/policies.ts";
import { Badge, Notice, Unanswered } from "../parts/notices.tsx";

/** A page of thousands of rows helps nobody. */
const ROWS_MAX = 200;

export function Policies({
  looks,
  selected,
}: {
  readonly looks: Looks;
  readonly selected: string | undefined;
}) {
  const [search, setSearch] = useState("");
  const [order, setOrder] = useState<PolicyOrder>("bytes");
  if (looks.policies.kind !== "ok") {
    return <Unanswered answer={looks.policies} page="policies" />;
  }
  const { policies, version } = looks.policies.data;
  const found = sorted(filtered(policies, search), order);
  const one = policies.find(({ id }) => id === selected);
  return (
    <>
      <div class="section-head">
        <h1>Policies</h1>
        <span class="muted">
          {countText(policies.length)} in version {version}
        </span>
        <label class="inline">
          Search{" "}
          <input
            type="search"
            value={search}
            onInput={({ currentTarget }) => setSearch(currentTarget.value)}
          />
        </label>
        <label class="inline">
          Order{" "}
          <select
            onChange={({ currentTarget }) =>
              setOrder(ORDERS[currentTarget.selectedIndex]?.[0] ?? "bytes")
            }
          >
            {ORDERS.map(([name, label]) => (
              <option key={name} selected={name === order}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      {one !== undefined && <Detail policy={one} />}
      {policies.length === 0 && <Notice>No policies are in force: everything is forwarded.</Notice>}
      {policies.length > 0 && found.length === 0 && <Notice>No policy has that in it.</Notice>}
      {found.length > 0 && <Table rows={found.slice(0, ROWS_MAX)} selected={selected} />}
      {found.length > ROWS_MAX && (
        <p class="muted">
          The first {ROWS_MAX} of {countText(found.length)}; search for the others.
        </p>
      )}
    </>
  );
}

const COLUMNS = [
  "Policy",
  "Signal",
  "Mode",
  "Hits",
  "Misses",
  "Dropped",
  "Sampled away",
  "Rate-limited",
  "Over budget",
  "Bytes saved",
];

function Table({
  rows,
  selected,
}: {
  readonly rows: readonly PolicyRow[];
  readonly selected: string | undefined;
}) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Policies in force">
      <table>
        <thead>
          <tr>
            {COLUMNS.map((name, i) => (
              <th scope="col" key={name} class={i > 2 ? "number" : undefined}>
                {name}
              </th>
            ))}
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} aria-current={row.id === selected ? "true" : undefined}>
              <th scope="row">
                <a href={`#/policies/${encodeURIComponent(row.id)}`}>{row.name || row.id}</a>
                <code class="id">{row.id}</code>
              </th>
              <td>{row.signal ?? ""}</td>
              <td>
                <Mode row={row} />
              </td>
              <td class="number">{countText(row.hits)}</td>
              <td class="number">{countText(row.misses)}</td>
              <td class="number">{countText(row.dropped)}</td>
              <td class="number">{countText(row.sampled)}</td>
              <td class="number">{countText(row.rate_limited)}</td>
              <td class="number">{countText(row.budgeted)}</td>
              <td class="number">{sizeText(savedBytesOf(row))}</td>
              <td>
                <State row={row} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Mode({ row }: { readonly row: PolicyRow }) {
  const mode = modeOf(row);
  return <Badge tone={mode.startsWith("enforced") ? "plain" : "info"}>{mode}</Badge>;
}

function State({ row }: { readonly row: PolicyRow }) {
  if (row.errors.length > 0) return <Badge tone="bad">errors</Badge>;
  if (!row.enabled) return <Badge tone="plain">disabled</Badge>;
  if (row.warnings.length > 0) return <Badge tone="warn">warnings</Badge>;
  return <Badge tone="good">in force</Badge>;
}

function Detail({ policy }: { readonly policy: PolicyRow }) {
  const { id, name, errors, warnings, shadow } = policy;
  return (
    <section class="panel" aria-labelledby="policy-name">
      <div class="section-head">
        <h2 id="policy-name">{name || id}</h2>
        <code class="id">{id}</code>
        <a class="button" href={`#/try/${encodeURIComponent(id)}`}>
          Edit and try
        </a>
        <a class="button" href={`#/tap/${encodeURIComponent(id)}`}>
          See its records
        </a>
        <a class="button" href="#/policies" aria-label="Close this policy">
          Close
        </a>
      </div>
      {errors.length > 0 && <p>It does nothing until this is corrected:</p>}
      <ul class="faults">
        {errors.map((error) => (
          <li key={error} class="bad">
            {error}
          </li>
        ))}
        {warnings.map((warning) => (
          <li key={warning} class="warn">
            {warning}
          </li>
        ))}
      </ul>
      {shadow !== undefined && (
        <p>
          Not enforced, it matched {countText(shadow.records)} records and would have dropped{" "}
          {countText(shadow.dropped)}, sampled away {countText(shadow.sampled)}, rate-limited{" "}
          {countText(shadow.rate_limited)} ({sizeText(leftOutBytesOf(shadow))}) and edited{" "}
          {countText(shadow.edited)}.
        </p>
      )}
    </section>
  );
}
