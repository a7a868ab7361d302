// The first screen: is it healthy, what is saved, what is dropped and by whom, what is failing.

import { useState } from "preact/hooks";
import type { Looks } from "../model/looks.ts";
import { type Trouble, troublesOf } from "../model/health.ts";
import { cutsOf, type Cut, savedOf, SPAN_NAMES } from "../model/savings.ts";
import { countText, durationText, perSecond, sizePerSecond, sizeText } from "../model/numbers.ts";
import { shareText } from "../model/numbers.ts";
import { type SpanName, SPANS } from "../model/pages.ts";
import { ratesOf, seriesOf } from "../model/throughput.ts";
import { BYTE_STEPS, Chart } from "../parts/chart.tsx";
import { Notice } from "../parts/notices.tsx";
import { Budgets } from "./budgets.tsx";
import { Volumes } from "./volumes.tsx";

/** Over which current rates are told. */
const WINDOW_MS = 60_000;
const CUTS_MAX = 8;

export function Overview({ looks }: { readonly looks: Looks }) {
  const [span, setSpan] = useState<SpanName>("start");
  const { health, healthBefore, status } = looks;
  if (health === undefined || status.kind !== "ok") {
    return <Notice tone="warn">Edge does not show its metrics.</Notice>;
  }
  const troubles = troublesOf(health, healthBefore);
  return (
    <>
      <h1 class="visually-hidden">Overview</h1>
      <Tiles looks={looks} troubles={troubles} span={span} />
      <Failing troubles={troubles} />
      <Charts looks={looks} />
      <section aria-labelledby="dropped">
        <div class="section-head">
          <h2 id="dropped">What is dropped, and by whom</h2>
          {looks.savings.kind === "ok" && <SpanChoice span={span} choose={setSpan} />}
        </div>
        <Cuts looks={looks} span={span} />
      </section>
      <Budgets budgets={looks.budgets} />
      <Volumes savings={looks.savings} span={span} />
      <p class="foot">
        {status.data.build.version} ({status.data.build.commit}), {status.data.build.runtime},{" "}
        {status.data.threads} {status.data.threads === 1 ? "thread" : "threads"}, up{" "}
        {durationText(status.data.uptime_seconds)}
      </p>
    </>
  );
}

function SpanChoice({ span, choose }: { span: SpanName; choose: (span: SpanName) => void }) {
  return (
    <label class="inline">
      Over{" "}
      <select
        value={span}
        onChange={({ currentTarget }) => choose(SPANS[currentTarget.selectedIndex] ?? "start")}
      >
        {SPANS.map((one) => (
          <option key={one} value={one}>
            {SPAN_NAMES[one]}
          </option>
        ))}
      </select>
    </label>
  );
}

function Tiles({
  looks,
  troubles,
  span,
}: {
  readonly looks: Looks;
  readonly troubles: readonly Trouble[];
  readonly span: SpanName;
}) {
  const rates = ratesOf(looks.history, WINDOW_MS);
  const saved = savedOf(looks, span);
  const failing = rates === undefined ? undefined : rates.lost + rates.unjudged;
  return (
    <dl class="tiles">
      <HealthTile troubles={troubles} />
      <Tile name="Throughput" value={rates === undefined ? "…" : sizePerSecond(rates.bytesIn)}>
        {rates === undefined ? "measuring" : `${perSecond(rates.recordsIn)} records`}
      </Tile>
      <Tile name={`Saved, ${SPAN_NAMES[span]}`} value={saved.share}>
        {saved.bytes}
        {saved.money === undefined ? "" : `, ${saved.money}`}
      </Tile>
      <Tile name="Left out" value={rates === undefined ? "…" : perSecond(rates.recordsLeftOut)}>
        {rates === undefined
          ? "measuring"
          : `records, ${shareText(rates.recordsLeftOut, rates.recordsIn)} of all`}
      </Tile>
      <Tile
        name="Failing"
        tone={failing !== undefined && failing > 0 ? "bad" : undefined}
        value={failing === undefined ? "…" : perSecond(failing)}
      >
        {rates === undefined
          ? "measuring"
          : `${perSecond(rates.lost)} lost, ${perSecond(rates.unjudged)} unjudged`}
      </Tile>
    </dl>
  );
}

function HealthTile({ troubles }: { readonly troubles: readonly Trouble[] }) {
  const of = (which: Trouble["severity"]): number =>
    troubles.filter(({ severity }) => severity === which).length;
  const now = of("bad") + of("warn");
  if (now > 0) {
    const tone = of("bad") > 0 ? "bad" : "warn";
    return (
      <Tile name="Health" tone={tone} value={count(now, "problem")}>
        told below
      </Tile>
    );
  }
  if (of("unknown") > 0) {
    return (
      <Tile name="Health" value="…">
        looking a second time
      </Tile>
    );
  }
  return (
    <Tile name="Health" tone="good" value="Healthy">
      ready, nothing is failing
    </Tile>
  );
}

function count(number: number, word: string): string {
  return `${countText(number)} ${word}${number === 1 ? "" : "s"}`;
}

function Tile({
  name,
  value,
  tone,
  children,
}: {
  readonly name: string;
  readonly value: string;
  readonly tone?: "good" | "warn" | "bad" | undefined;
  readonly children: unknown;
}) {
  return (
    <div class={`tile ${tone ?? ""}`}>
      <dt>{name}</dt>
      <dd class="value">{value}</dd>
      <dd class="more">{children as string}</dd>
    </div>
  );
}

function Failing({ troubles }: { readonly troubles: readonly Trouble[] }) {
  if (troubles.length === 0) return null;
  return (
    <section aria-labelledby="failing">
      <h2 id="failing">What is failing</h2>
      <ul class="troubles">
        {troubles.map(({ severity, what, why, link }) => (
          <li key={what} class={severity}>
            <span class="sign" aria-hidden="true" />
            <div>
              <strong>
                {severity === "past" && <span class="was">Over: </span>}
                {what}
              </strong>
              <span>
                {why}
                {link !== undefined && (
                  <>
                    {" "}
                    <a href={link}>Policies</a>
                  </>
                )}
              </span>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Charts({ looks: { history } }: { readonly looks: Looks }) {
  const rates = ratesOf(history, WINDOW_MS);
  const told = (text: (of: NonNullable<typeof rates>) => string): string =>
    rates === undefined ? "measuring" : text(rates);
  return (
    <section class="charts" aria-label="The last five minutes">
      <Chart
        title="Bytes of records"
        summary={told((of) => `${sizePerSecond(of.bytesIn)} in, ${sizePerSecond(of.bytesOut)} out`)}
        lines={[
          { label: "in", colour: "one" },
          { label: "out", colour: "two" },
        ]}
        data={seriesOf(history, ["bytesIn", "bytesOut"])}
        write={sizePerSecond}
        steps={BYTE_STEPS}
      />
      <Chart
        title="Records"
        summary={told(
          (of) => `${perSecond(of.recordsIn)} in, ${perSecond(of.recordsLeftOut)} left out`,
        )}
        lines={[
          { label: "in", colour: "one" },
          { label: "left out", colour: "three" },
        ]}
        data={seriesOf(history, ["recordsIn", "recordsLeftOut"])}
        write={perSecond}
      />
    </section>
  );
}

function Cuts({ looks, span }: { readonly looks: Looks; readonly span: SpanName }) {
  const cuts = cutsOf(looks, span);
  if (cuts.length === 0) return <Notice>No policy has dropped anything yet.</Notice>;
  const most = Math.max(1, ...cuts.map(({ bytes }) => bytes));
  return (
    <div class="scroll" tabIndex={0} role="region" aria-labelledby="dropped">
      <table>
        <thead>
          <tr>
            <th scope="col">Policy</th>
            <th scope="col">Signal</th>
            <th scope="col" class="number">
              Dropped
            </th>
            <th scope="col" class="number">
              Sampled away
            </th>
            <th scope="col" class="number">
              Rate-limited
            </th>
            <th scope="col" class="number">
              Over budget
            </th>
            <th scope="col" class="number">
              Bytes saved
            </th>
            <th scope="col">Share</th>
          </tr>
        </thead>
        <tbody>
          {cuts.slice(0, CUTS_MAX).map((cut) => (
            <CutRow key={cut.id} cut={cut} most={most} />
          ))}
        </tbody>
      </table>
      {cuts.length > CUTS_MAX && (
        <p class="more">
          {countText(cuts.length - CUTS_MAX)} more in <a href="#/policies">Policies</a>
        </p>
      )}
    </div>
  );
}

function CutRow({ cut, most }: { readonly cut: Cut; readonly most: number }) {
  return (
    <tr>
      <th scope="row">
        <a href={`#/policies/${encodeURIComponent(cut.id)}`}>{cut.name || cut.id}</a>
      </th>
      <td>{cut.signal}</td>
      <td class="number">{countText(cut.dropped)}</td>
      <td class="number">{countText(cut.sampled)}</td>
      <td class="number">{countText(cut.limited)}</td>
      <td class="number">{countText(cut.budgeted)}</td>
      <td class="number">{sizeText(cut.bytes)}</td>
      <td>
        <meter class="bar" min={0} max={most} value={cut.bytes} aria-label="Bytes saved" />
      </td>
    </tr>
  );
}
