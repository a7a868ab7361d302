// An open tap: reads its stream, keeps the newest records, and reports news at most a few times a
// second.

import type { Api } from "./api.ts";
import type { Answer } from "./model/answer.ts";
import { LineSplitter, readTapLine, type TapNote, type TapRecord } from "./model/tap-lines.ts";

export interface TapWish {
  readonly stage: "pre" | "post";
  readonly signals: readonly string[];
  readonly decisions: readonly string[];
  readonly policies: readonly string[];
  readonly text: string;
}

const RECORDS_MAX = 1_000_000;
const SECONDS_MAX = 3600;
/** What a reader can follow, and the page can show. */
const PER_SECOND_MAX = 100;
const TELL_MS = 200;

export class TapFeed {
  /** The newest last. */
  records: readonly TapRecord[] = [];
  shown = 0;
  lost = 0;
  isOpen = false;
  /** Why there is none any more, when it was not the reader who ended it. */
  end: Answer<undefined> | TapNote | undefined;
  changed: () => void = () => undefined;
  readonly #api: Api;
  readonly #keptMax: number;
  #stop: AbortController | undefined;
  #isTelling = false;

  constructor(api: Api, keptMax: number) {
    this.#api = api;
    this.#keptMax = keptMax;
  }

  start(wish: TapWish): void {
    this.stop();
    const stop = new AbortController();
    this.#stop = stop;
    this.records = [];
    this.shown = 0;
    this.lost = 0;
    this.end = undefined;
    this.isOpen = true;
    this.#tell();
    void this.#read(wish, stop.signal);
  }

  stop(): void {
    this.#stop?.abort();
    this.isOpen = false;
    this.#tell();
  }

  async #read(wish: TapWish, signal: AbortSignal): Promise<void> {
    const lines = new LineSplitter();
    const answer = await this.#api.stream(
      `tap/${wish.stage}`,
      formOf(wish),
      (text) => this.#take(lines.push(text)),
      signal,
    );
    if (signal.aborted) return;
    this.isOpen = false;
    this.end ??= answer;
    this.#tell();
  }

  #take(lines: readonly string[]): void {
    const found: TapRecord[] = [];
    for (const line of lines) {
      const read = readTapLine(line);
      if (read?.kind === "record") found.push(read.record);
      else if (read?.note.tap === "lost") this.lost += read.note.records ?? 0;
      else if (read?.note.tap === "end") this.end = read.note;
    }
    this.shown += found.length;
    if (found.length > 0) this.records = [...this.records, ...found].slice(-this.#keptMax);
    this.#tell();
  }

  #tell(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    setTimeout(() => {
      this.#isTelling = false;
      this.changed();
    }, TELL_MS);
  }
}

function formOf({ signals, decisions, policies, text }: TapWish): URLSearchParams {
  const form = new URLSearchParams({
    format: "capture",
    n: String(RECORDS_MAX),
    seconds: String(SECONDS_MAX),
    per_second: String(PER_SECOND_MAX),
  });
  for (const signal of signals) form.append("signal", signal);
  for (const decision of decisions) form.append("decision", decision);
  for (const policy of policies) form.append("policy", policy);
  if (text !== "") form.append("text", text);
  return form;
}
