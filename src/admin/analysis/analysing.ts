// What one thread does while an analysis is on. Nothing of it is loaded before.

import type { Analyser, AnalysisCounts, AnalysisSpec } from "../../analysis/index.ts";
import type { Onlookers } from "../../pipeline/onlooker.ts";
import type { Encodings } from "../../protocols/index.ts";

export class Analysing {
  readonly #encodings: Encodings;
  #spec: AnalysisSpec | undefined;
  #analyser: Analyser | undefined;
  #loading: Promise<void> | undefined;

  constructor(encodings: Encodings) {
    this.#encodings = encodings;
  }

  readonly onlookers: Onlookers = (signal) => this.#analyser?.observer(signal);

  /** Undefined: nothing is looked at. Waits for an analysis that is being loaded. */
  async counts(): Promise<AnalysisCounts | undefined> {
    await this.#loading;
    return this.#analyser?.counts;
  }

  /** Begins anew, or ends it. */
  use(spec: AnalysisSpec | undefined): void {
    this.#spec = spec;
    this.#analyser = undefined;
    this.#loading = spec === undefined ? undefined : this.#load(spec);
  }

  async #load(spec: AnalysisSpec): Promise<void> {
    const analyser = await newAnalyser(spec, this.#encodings);
    // Another one may have been asked for meanwhile.
    if (this.#spec === spec) this.#analyser = analyser;
  }
}

export async function newAnalyser(spec: AnalysisSpec, encodings: Encodings): Promise<Analyser> {
  const { Analyser } = await import("../../analysis/index.ts");
  const loaded = [...encodings].map(async ([encoding, { series }]) => {
    const read = await series?.();
    return read === undefined ? [] : [[encoding, read] as const];
  });
  const seriesOf = new Map((await Promise.all(loaded)).flat());
  return new Analyser(spec, { random: Math.random, nowMs: () => performance.now(), seriesOf });
}
