// Judges passing records by one draft, each record once. Pure.

import { UndecodableError } from "../../core/errors.ts";
import { bodyOf } from "./documents.ts";
import { type Draft, judge, type Judged } from "./draft.ts";
import type { TapRecord } from "./tap-lines.ts";

export interface JudgedRecord {
  readonly key: string;
  readonly text: string;
  readonly judged: Judged;
  readonly now: TapRecord["decision"];
}

export interface JudgedRecords {
  readonly rows: readonly JudgedRecord[];
  /** Those that no policy of the draft looks at, or that this page cannot read. */
  readonly unexplained: number;
}

export class LiveJudging {
  readonly #draft: Draft;
  readonly #known = new WeakMap<TapRecord, JudgedRecord | undefined>();

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  judge(records: readonly TapRecord[]): JudgedRecords {
    const rows = records.flatMap((record) => {
      if (!this.#known.has(record)) this.#known.set(record, this.#judgeOne(record));
      return this.#known.get(record) ?? [];
    });
    return { rows, unexplained: records.length - rows.length };
  }

  #judgeOne({ document, signal, seq, decision }: TapRecord): JudgedRecord | undefined {
    const body = document === undefined ? undefined : bodyOf(document, signal);
    if (body === undefined || document === undefined) return undefined;
    try {
      const [judged] = judge(this.#draft, body).judged;
      return judged && { key: String(seq), text: document, judged, now: decision };
    } catch (error) {
      if (error instanceof UndecodableError) return undefined;
      throw error;
    }
  }
}
