// JSON bodies of Datadog series requests: an object whose `series` is an array. A series is dropped
// whole or leaves as the bytes that came in; everything around the series stays as it is.

import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  enterContainer,
  expectEnd,
  failAt,
  KeyTable,
  ListCutter,
  MemberReader,
  nextInContainer,
  OPEN_ARRAY,
  OPEN_OBJECT,
  skipBom,
  skipSpace,
  skipValue,
  Splices,
} from "../core/json/index.ts";
import {
  type Evaluation,
  type FieldTable,
  type FilterOutcome,
  type RecordFormat,
  Verdict,
} from "../policy/record-port.ts";
import { SeriesJsonReader, type SeriesVersion } from "./series-json-reader.ts";

const NOTHING = new Uint8Array(0);
const ROOT_KEYS = new KeyTable({ series: 1 });
const LETTER_N = 0x6e;
/** Containers open around a series: the request and the array. */
const SERIES_DEPTH = 2;

/**
 * Datadog series, JSON. Not re-entrant; one may serve any number of requests, one after the other.
 */
export function datadogSeriesJsonFormat(version: SeriesVersion): RecordFormat {
  let filter: SeriesFilter | undefined;
  return {
    filter(body, evaluation, options) {
      if (evaluation.fields.signal !== "metric") {
        throw new TypeError(`a program for ${evaluation.fields.signal}s cannot filter series`);
      }
      if (filter?.fields !== evaluation.fields) {
        filter = new SeriesFilter(evaluation.fields, version);
      }
      return filter.run(body, evaluation, options?.alwaysRewrite ?? false);
    },
  };
}

class SeriesFilter {
  readonly fields: FieldTable;
  private readonly reader: SeriesJsonReader;
  private readonly members = new MemberReader();
  private readonly splices = new Splices();
  private bytes: Uint8Array = NOTHING;
  private records = 0;
  private dropped = 0;
  private unreadable = 0;

  constructor(fields: FieldTable, version: SeriesVersion) {
    this.fields = fields;
    this.reader = new SeriesJsonReader(fields, version);
  }

  run(body: Uint8Array, evaluation: Evaluation, alwaysRewrite: boolean): FilterOutcome {
    this.bytes = body;
    this.reader.open(body);
    this.records = this.dropped = this.unreadable = 0;
    let done = false;
    evaluation.begin();
    try {
      expectEnd(body, this.walkRoot(evaluation, skipSpace(body, skipBom(body))));
      done = true;
      evaluation.commit();
      const { records, dropped, unreadable } = this;
      const counts = { records, dropped, unreadable, edited: 0 };
      return dropped > 0 || alwaysRewrite ? { ...counts, body: this.splices.apply(body) } : counts;
    } finally {
      if (!done) evaluation.abort();
      this.bytes = NOTHING;
      this.splices.truncate(0);
      this.reader.release();
    }
  }

  private walkRoot(evaluation: Evaluation, at: number): number {
    const { bytes, members } = this;
    if (bytes[at] !== OPEN_OBJECT) failAt(bytes, at, "an object");
    at = enterContainer(bytes, at);
    while (at >= 0) {
      const id = members.idOf(bytes, at, ROOT_KEYS);
      at = members.valueAt;
      if (id === 1 && bytes[at] === OPEN_ARRAY) at = this.walkSeries(evaluation, at);
      else {
        if (id === 1 && bytes[at] !== LETTER_N) this.countUnreadable();
        at = skipValue(bytes, at, 1);
      }
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
    return ~at;
  }

  private countUnreadable(): void {
    this.records++;
    this.unreadable++;
  }

  private walkSeries(evaluation: Evaluation, at: number): number {
    const { bytes, reader } = this;
    const cutter = new ListCutter(this.splices);
    cutter.begin();
    at = enterContainer(bytes, at);
    while (at >= 0) {
      const start = at;
      if (bytes[at] === OPEN_OBJECT) {
        at = reader.scan(at, SERIES_DEPTH);
        if (this.judge(evaluation, start, at)) cutter.keep(start, at);
        else cutter.drop(start, at);
      } else {
        this.countUnreadable();
        at = skipValue(bytes, at, SERIES_DEPTH);
        cutter.keep(start, at);
      }
      at = nextInContainer(bytes, at, CLOSE_ARRAY);
    }
    cutter.end();
    return ~at;
  }

  /**
   * Has the series judged that was scanned last; whether it stays. Nothing of a metric can be
   * edited.
   */
  private judge(evaluation: Evaluation, start: number, end: number): boolean {
    this.reader.report(evaluation);
    this.records++;
    const verdict = evaluation.decide(end - start);
    if (evaluation.offering) evaluation.offer(this.bytes, start, end, "datadog_json");
    evaluation.endScope();
    evaluation.endResource();
    if (verdict !== Verdict.drop) return true;
    this.dropped++;
    return false;
  }
}
