// Whether the sketches stay within their memory whatever the stream: ten million distinct lines of
// words alone, so that none has a value to mask, then names of spans, then names of metrics with
// labels that are all new. JavaScript's heap after collection, against the bound.

import { Analyser } from "../../../src/analysis/index.ts";
import { encodeUtf8 } from "../../../src/core/utf8.ts";
import type { Evaluation, Signal } from "../../../src/policy/index.ts";
import type { SeriesTaker } from "../../../src/protocols/index.ts";
import type { Report } from "../report/report.ts";

const MIB = 1024 * 1024;
const BOUND_BYTES = 16 * MIB;
const RECORDS_PER_REQUEST = 1000;
const LABELS = 12;
const LABEL_NAMES = Array.from({ length: LABELS }, (_, k) => `label_${k}`);

interface Stream {
  readonly signal: Signal;
  readonly what: string;
  readonly records: number;
  /** Puts the record of this number. */
  readonly put: (evaluation: Evaluation, i: number) => void;
}

/** Letters that no other number has. */
function word(number: number): string {
  let text = "";
  for (let rest = number + 1; rest > 0; rest = Math.floor(rest / 19)) {
    text += "ghijklmnopqrstuvwxy"[rest % 19] ?? "";
  }
  return text;
}

function put(evaluation: Evaluation, slot: number, text: string): void {
  const bytes = encodeUtf8(text);
  evaluation.values.putString(slot, bytes, 0, bytes.length);
}

const line = (i: number): string =>
  `${word(i)} ${word(i * 7)} ${word(i * 13)} of the ${word(i * 29)} went to ${word(i * 31)} in the end`;

/** As long as a line may be, of as many words, all of them new. */
const longLine = (i: number): string =>
  Array.from({ length: 60 }, (_, k) => `${word(i * 60 + k)}${"z".repeat(9)}`).join(" ");

/** So often is a line seen before the next one is, that its words are held. */
const TIMES_SEEN = 12;

const STREAMS: readonly Stream[] = [
  {
    signal: "log",
    what: "distinct lines",
    records: 10_000_000,
    put: (evaluation, i) => {
      put(evaluation, 1, line(i));
      evaluation.values.putInt(3, 0, 9);
    },
  },
  {
    signal: "log",
    what: `lines of 60 words, each distinct one ${TIMES_SEEN} times`,
    records: 1_000_000,
    put: (evaluation, i) => put(evaluation, 1, longLine(Math.floor(i / TIMES_SEEN))),
  },
  {
    signal: "trace",
    what: "distinct names of spans",
    records: 2_000_000,
    put: (evaluation, i) => put(evaluation, 1, `${word(i)} of ${word(i * 7)}`),
  },
  {
    signal: "metric",
    what: `distinct names of metrics, ${LABELS} new labels each`,
    records: 1_000_000,
    put: (evaluation, i) => put(evaluation, 0, `metric_${word(i)}`),
  },
];

export async function memory(report: Report, share: number): Promise<void> {
  const table = report.table(`what sketches of ${BOUND_BYTES / MIB} MiB take`, {
    heap: "MB",
    "as the page says": "MB",
    "CPU a record": "µs",
  });
  const before = heapBytes();
  for (const { signal, what, records, put: putRecord } of STREAMS) {
    const spec = { signals: [signal], sample: 1, memoryBytesMax: BOUND_BYTES, seed: 1 };
    let number = 0;
    const seriesOf = new Map([
      [
        "bench",
        (_metric: unknown, taker: SeriesTaker) => {
          for (let series = 0; series < 64; series++) {
            for (const [k, name] of LABEL_NAMES.entries()) {
              taker.label(name, number * 1e6 + series * 100 + k);
            }
            taker.series();
          }
        },
      ],
    ]);
    const analyser = new Analyser(spec, { random: () => 0, nowMs: () => 0, seriesOf });
    const total = Math.round(records * (signal === "metric" ? share / 10 : share));
    const start = process.cpuUsage();
    let evaluation: Evaluation | undefined;
    for (let i = 0; i < total; i++) {
      if (i % RECORDS_PER_REQUEST === 0) evaluation = analyser.observer(signal);
      if (evaluation === undefined) throw new Error("not looked at");
      number = i;
      evaluation.beginRecord();
      putRecord(evaluation, i);
      evaluation.decide(100);
      if (evaluation.offering) evaluation.offer(NOTHING, 0, 0, "bench");
    }
    const { user } = process.cpuUsage(start);
    const taken = heapBytes() - before;
    table.row(`${total.toLocaleString("en")} ${what}`, {
      heap: taken / MIB,
      "as the page says": analyser.memoryBytes / MIB,
      "CPU a record": user / total,
    });
    if (taken > BOUND_BYTES) report.fault(`${what}: more than ${BOUND_BYTES / MIB} MiB`);
    await Bun.sleep(0);
  }
}

const NOTHING = new Uint8Array(0);

function heapBytes(): number {
  Bun.gc(true);
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return Math.max(heapUsed + external, heapUsed + arrayBuffers);
}
