// JSON bodies of Datadog series requests: an object whose `series` is an array. A series is dropped
// whole or leaves as the bytes that came in; everything around the series stays as it is.

import {
  CLOSE_OBJECT,
  enterContainer,
  expectEnd,
  failAt,
  KeyTable,
  MemberReader,
  nextInContainer,
  OPEN_ARRAY,
  OPEN_OBJECT,
  skipBom,
  skipSpace,
  skipValue,
} from "../core/json/index.ts";
import {
  type Evaluation,
  type FieldTable,
  type RecordFormat,
  Verdict,
} from "../policy/record-port.ts";
import { RecordListFilter } from "./record-list.ts";
import { SeriesJsonReader, type SeriesVersion } from "./series-json-reader.ts";

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

class SeriesFilter extends RecordListFilter<SeriesJsonReader> {
  private readonly members = new MemberReader();

  constructor(fields: FieldTable, version: SeriesVersion) {
    super(fields, new SeriesJsonReader(fields, version));
  }

  protected override walk(evaluation: Evaluation): void {
    const { bytes } = this;
    expectEnd(bytes, this.walkRoot(evaluation, skipSpace(bytes, skipBom(bytes))));
  }

  private walkRoot(evaluation: Evaluation, at: number): number {
    const { bytes, members } = this;
    if (bytes[at] !== OPEN_OBJECT) failAt(bytes, at, "an object");
    at = enterContainer(bytes, at);
    while (at >= 0) {
      const id = members.idOf(bytes, at, ROOT_KEYS);
      at = members.valueAt;
      if (id === 1 && bytes[at] === OPEN_ARRAY) {
        at = this.walkArray(evaluation, at, SERIES_DEPTH);
      } else {
        if (id === 1 && bytes[at] !== LETTER_N) this.countUnreadable();
        at = skipValue(bytes, at, 1);
      }
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
    return ~at;
  }

  /** Nothing of a metric can be edited. */
  protected override judge(evaluation: Evaluation, start: number, end: number): boolean {
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
