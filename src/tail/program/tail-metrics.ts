// The tailer's metrics for Prometheus, filled from the counts of its files when somebody asks.

import { MetricFamily } from "../../o11y/metric-family.ts";
import type { MetricSpec } from "../../o11y/index.ts";
import type { LineCounts } from "../ports.ts";
import { SeriesNames } from "./series-names.ts";

/** Paths with series of their own; further ones are counted together. */
const PATHS_MAX = 100;
const path = { name: "path", valuesMax: PATHS_MAX };
const outcome = { name: "outcome", values: ["forwarded", "dropped", "lost"] };

const counter = { type: "counter", unit: "none" } as const;
const byteCounter = { type: "counter", unit: "bytes" } as const;

/** Every metric of the tailer beside those that all programs have. */
export const TAIL_METRICS = {
  readBytes: {
    ...byteCounter,
    name: "edge_tail_read_bytes_total",
    help: "Bytes that were read, by file.",
    open: path,
  },
  lines: {
    ...counter,
    name: "edge_tail_lines_total",
    help: "Lines: accepted by the output, dropped by rules, policies or for their length, refused by the output for good.",
    open: path,
    labels: [outcome],
  },
  bytes: {
    ...byteCounter,
    name: "edge_tail_bytes_total",
    help: "Bytes of the input that these lines were; what was dropped is what was saved.",
    open: path,
    labels: [outcome],
  },
  unreadBytes: {
    ...byteCounter,
    name: "edge_tail_unread_bytes_total",
    help: "Bytes that were seen, and that truncation, rotation or deletion destroyed before they were read.",
    open: path,
  },
  lagBytes: {
    type: "gauge",
    unit: "bytes",
    name: "edge_tail_lag_bytes",
    help: "Bytes of the file that the output has not accepted yet.",
    open: path,
  },
  lagSeconds: {
    type: "gauge",
    unit: "seconds",
    name: "edge_tail_lag_seconds",
    help: "For how long there has been something that the output has not accepted; of `other`, the longest.",
    open: path,
  },
  rotations: {
    ...counter,
    name: "edge_tail_rotations_total",
    help: "Times that another file stood at the path.",
    open: path,
  },
  truncations: {
    ...counter,
    name: "edge_tail_truncations_total",
    help: "Times that the file was truncated or written anew.",
    open: path,
  },
  files: {
    type: "gauge",
    unit: "none",
    name: "edge_tail_files",
    help: "Paths: followed, open, and those that cannot be read.",
    labels: [{ name: "state", values: ["followed", "open", "troubled"] }],
  },
  checkpointAge: {
    type: "gauge",
    unit: "seconds",
    name: "edge_tail_checkpoint_age_seconds",
    help: "Time since positions were last written, or there was nothing new to write.",
    labels: [],
  },
} as const satisfies Record<string, MetricSpec>;

/** A file, or several together, as the metrics show them. */
export interface FileSample {
  readonly path: string;
  readonly counts: Readonly<LineCounts>;
  readonly lagBytes: number;
  readonly lagSeconds: number;
  readonly rotations: number;
  readonly truncations: number;
}

export interface TailSample {
  readonly files: readonly FileSample[];
  readonly followed: number;
  readonly open: number;
  readonly troubled: number;
  /** Undefined: nothing is remembered. */
  readonly checkpointAgeSeconds: number | undefined;
}

export class TailMetrics {
  /** One is that of the others. */
  readonly #names = new SeriesNames(PATHS_MAX - 1);

  /** In the Prometheus text format 0.0.4. */
  text(sample: TailSample): string {
    const families = familiesOf();
    const labels = this.#names.of(sample.files.map(({ path: name }) => name));
    sample.files.forEach((file, i) => addFile(families, file, labels[i] ?? ""));
    const lagSeconds = mostOf(sample.files, labels);
    for (const [label, most] of lagSeconds) {
      families.lagSeconds.set(families.lagSeconds.atOpen(label), most);
    }
    const { files, checkpointAge } = families;
    files.set(files.at("followed"), sample.followed);
    files.set(files.at("open"), sample.open);
    files.set(files.at("troubled"), sample.troubled);
    checkpointAge.set(checkpointAge.at(), sample.checkpointAgeSeconds ?? 0);
    return Object.values(families)
      .map((family) => family.text())
      .join("");
  }
}

/** By label: of files together, the one that is behind the longest. */
function mostOf(
  files: readonly FileSample[],
  labels: readonly string[],
): ReadonlyMap<string, number> {
  const most = new Map<string, number>();
  files.forEach(({ lagSeconds }, i) => {
    const label = labels[i] ?? "";
    most.set(label, Math.max(most.get(label) ?? 0, lagSeconds));
  });
  return most;
}

type Families = Readonly<Record<keyof typeof TAIL_METRICS, MetricFamily>>;

function familiesOf(): Families {
  const entries = Object.entries(TAIL_METRICS).map(([key, spec]) => [key, new MetricFamily(spec)]);
  // Of the keys of the table, each once.
  return Object.fromEntries(entries) as Families;
}

function addFile(families: Families, { counts, ...file }: FileSample, name: string): void {
  const { lines, bytes } = families;
  const add = (family: MetricFamily, value: number): void => family.add(family.atOpen(name), value);
  add(families.readBytes, counts.readBytes);
  add(families.unreadBytes, counts.unreadBytes);
  add(families.lagBytes, file.lagBytes);
  add(families.rotations, file.rotations);
  add(families.truncations, file.truncations);
  for (const what of outcome.values as readonly ("forwarded" | "dropped" | "lost")[]) {
    lines.add(lines.atOpen(name, what), counts[`${what}Lines`]);
    bytes.add(bytes.atOpen(name, what), counts[`${what}Bytes`]);
  }
}
