// What a stream of logs contains: records and bytes by service and severity, and templates of
// texts.

import type { Onlooker } from "../../policy/evaluate/onlooker.ts";
import { showing } from "../../policy/evaluate/onlooking.ts";
import type { Evaluation } from "../../policy/record-port.ts";
import type { ValueStore } from "../../policy/value-store.ts";
import { Names, OTHER_NAME } from "../names.ts";
import { PutText, putText, smallNumber } from "../put-text.ts";
import type { SketchOptions } from "../sketch-options.ts";
import { type Counted, type Look, Tally } from "../tally.ts";
import { LogTemplates, type TemplateCounts } from "./log-templates.ts";
import { MaskedLine } from "./masked-line.ts";
import { bandOf, numbersOf, type Severity } from "./severity.ts";

/** Services, and texts of severities, that are told apart. */
const SERVICES_MAX = 256;
const SEVERITY_TEXTS_MAX = 64;
const SEVERITY_TEXT_BYTES_MAX = 16;
/** Numbers of texts come behind those of bands. */
const BANDS_END = 8;
const SEVERITIES_END = 128;
/** Further groups are one; the tree of templates has room for so many. */
const GROUPS_MAX = 4095;

/** Records of a sampled request whose texts are all read; of those behind them, one of so many. */
const READ_ALL_MAX = 16;
const READ_ONE_OF = 8;

const show = showing("log", [
  { kind: "attribute", scope: "resource", path: ["service.name"] },
  { kind: "field", field: "body" },
  { kind: "field", field: "severity_text" },
  { kind: "field", field: "severity_number" },
]);
const Slot = { service: 0, body: 1, severityText: 2, severityNumber: 3 } as const;

/** Who says it, and how much it matters. */
export interface LogGroup {
  readonly service: string;
  readonly severity: Severity;
}

export interface LogPattern extends LogGroup, Counted {
  /** By token: its text with masks; undefined where lines differ. */
  readonly words: readonly (string | undefined)[];
  /** Its lines go on behind the last token. */
  readonly isCut: boolean;
}

/** To be sent and merged. */
export interface LogCounts {
  readonly total: Counted;
  readonly groups: readonly (LogGroup & { readonly counted: Counted })[];
  /** `group`: the index of one of the groups. */
  readonly templates: readonly TemplateCounts[];
}

interface Group extends LogGroup {
  readonly number: number;
  readonly tally: Tally;
}

export class LogSketch {
  readonly #total = new Tally();
  readonly #services = new Names(SERVICES_MAX);
  readonly #severities = new Names(SEVERITY_TEXTS_MAX);
  readonly #groups = new Map<number, Group>();
  readonly #others: Group = {
    number: GROUPS_MAX,
    service: "(others)",
    severity: { band: 0, text: "" },
    tally: new Tally(),
  };
  readonly #templates: LogTemplates;
  readonly #line: MaskedLine;
  #looks = 0;

  constructor({ seed, placesMax, shownMin }: SketchOptions) {
    this.#line = new MaskedLine(seed);
    this.#templates = new LogTemplates({ clustersMax: placesMax, shownMin });
  }

  get size(): number {
    return this.#templates.size;
  }

  /** What counts the records of one request. */
  observer(look: Look): Evaluation {
    const isSampled = look.weight > 1;
    const thinned: Look = { ...look, weight: look.weight * READ_ONE_OF };
    let records = 0;
    // Another one of so many each time: kinds of records may come in turns.
    const turn = this.#looks++ % READ_ONE_OF;
    return show(
      new ShownLogs((service, severityText, severityNumber, body, bytes) => {
        const group = this.#groupOf(service, severityText, severityNumber);
        group.tally.add(look, bytes);
        look.counted();
        this.#total.add(look, bytes);
        const isThinned = isSampled && records >= READ_ALL_MAX;
        if (records++ % READ_ONE_OF !== turn && isThinned) return;
        this.#line.read(body.bytes, body.start, body.end);
        this.#templates.observe(group.number, this.#line, isThinned ? thinned : look, bytes);
      }),
    );
  }

  get total(): Counted {
    return this.#total.counted;
  }

  /** No pattern's bytes are too many by more. */
  get bytesErrorMax(): number {
    return this.#templates.bytesErrorMax;
  }

  *groups(): Generator<LogGroup & Counted, void> {
    for (const { service, severity, tally } of this.#all()) {
      yield { service, severity, ...tally.counted };
    }
  }

  /** Templates that were seen often enough to be shown. */
  *patterns(): Generator<LogPattern, void> {
    const groups = new Map(this.#all().map((group) => [group.number, group]));
    for (const { group, words, isCut, hashes: _hashes, ...counted } of this.#templates.counts()) {
      const { service, severity } = groups.get(group) ?? this.#others;
      if (words !== undefined) yield { service, severity, words, isCut, ...counted };
    }
  }

  get counts(): LogCounts {
    return {
      total: this.#total.counted,
      groups: this.#all().map(({ service, severity, tally }) => ({
        service,
        severity,
        counted: tally.counted,
      })),
      templates: [...this.#templates.counts()],
    };
  }

  merge({ total, groups, templates }: LogCounts): void {
    this.#total.merge(total);
    const own = groups.map(({ service, severity, counted }) => {
      const number = severity.band === 0 ? 0 : numbersOf(severity.band).min;
      const group = this.#groupOf(putText(service), putText(severity.text), number);
      group.tally.merge(counted);
      return group.number;
    });
    for (const template of templates) {
      this.#templates.merge({ ...template, group: own[template.group] ?? 0 });
    }
  }

  /** The one of all others is last: its number is its index. */
  #all(): readonly Group[] {
    const groups = [...this.#groups.values()];
    return groups.length === GROUPS_MAX ? [...groups, this.#others] : groups;
  }

  #groupOf(service: PutText, severityText: PutText, severityNumber: number): Group {
    const serviceNumber = this.#services.numberOf(service);
    const band = bandOf(severityNumber);
    const textNumber = band > 0 ? 0 : this.#textNumber(severityText);
    const key = serviceNumber * SEVERITIES_END + (band > 0 ? band : BANDS_END + textNumber);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    if (this.#groups.size >= GROUPS_MAX) return this.#others;
    const group: Group = {
      number: this.#groups.size,
      service: this.#services.text(serviceNumber),
      severity: { band, text: this.#severities.text(textNumber) },
      tally: new Tally(),
    };
    this.#groups.set(key, group);
    return group;
  }

  #textNumber(text: PutText): number {
    const isShort = text.end - text.start <= SEVERITY_TEXT_BYTES_MAX;
    return isShort ? this.#severities.numberOf(text) : OTHER_NAME;
  }
}

type TakeLog = (
  service: PutText,
  severityText: PutText,
  severityNumber: number,
  body: PutText,
  recordBytes: number,
) => void;

class ShownLogs implements Onlooker {
  readonly wantsBytes = false;
  readonly #service = new PutText();
  readonly #severityText = new PutText();
  readonly #body = new PutText();
  readonly #take: TakeLog;

  constructor(take: TakeLog) {
    this.#take = take;
  }

  record(values: ValueStore, recordBytes: number): void {
    this.#take(
      this.#service.read(values, Slot.service),
      this.#severityText.read(values, Slot.severityText),
      smallNumber(values, Slot.severityNumber),
      this.#body.read(values, Slot.body),
      recordBytes,
    );
  }
}
