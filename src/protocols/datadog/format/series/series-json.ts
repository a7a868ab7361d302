// JSON bodies of Datadog series requests: an object whose `series` is an array. A series is either
// dropped whole or leaves as the bytes that came in; everything around the series stays as it is.

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
} from "../../../../core/json/index.ts";
import { keptWalkFormat, KeptWalks } from "../../../../policy/body-walk.ts";
import {
  type Evaluation,
  type FieldTable,
  type FilterOutcome,
  type RecordFormat,
  Verdict,
} from "../../../../policy/record-port.ts";
import { RecordListWalk } from "../record-list.ts";
import { SeriesJsonReader, type SeriesVersion } from "./series-json-reader.ts";

const ROOT_KEYS = new KeyTable({ series: 1 });
const LETTER_N = 0x6e;
/** Containers open around a series: the request and the array. */
const SERIES_DEPTH = 2;

/**
 * Datadog series in JSON, of version 1 or 2 of the API. Not re-entrant; one may serve any number of
 * requests, one after the other. Source: Datadog API reference, "Submit metrics".
 *
 * @example
 * const { dropped } = datadogSeriesJsonFormat("v2").filter(body, evaluation);
 * console.log(dropped); // a series is kept or dropped whole
 */
export function datadogSeriesJsonFormat(version: SeriesVersion): RecordFormat {
  const walks = new KeptWalks((fields) => new SeriesWalk(fields, version));
  return keptWalkFormat(walks, {
    signal: "metric",
    records: "series",
    isJson: true,
    open: (walk, body, alwaysRewrite) => walk.open(body, alwaysRewrite),
  });
}

class SeriesWalk extends RecordListWalk<SeriesJsonReader> {
  private readonly members = new MemberReader();
  private points = 0;

  constructor(fields: FieldTable, version: SeriesVersion) {
    super(fields, new SeriesJsonReader(fields, version));
  }

  override open(body: Uint8Array, alwaysRewrite: boolean): void {
    super.open(body, alwaysRewrite);
    this.points = 0;
  }

  override outcome(): FilterOutcome {
    return { ...super.outcome(), points: this.points };
  }

  protected override walk(evaluation: Evaluation): boolean {
    const { bytes } = this;
    const end = this.isPaused
      ? this.resumeRoot(evaluation)
      : this.walkRoot(evaluation, skipSpace(bytes, skipBom(bytes)));
    if (this.isPaused) return false;
    expectEnd(bytes, end);
    return true;
  }

  private walkRoot(evaluation: Evaluation, at: number): number {
    const { bytes } = this;
    if (bytes[at] !== OPEN_OBJECT) failAt(bytes, at, "an object");
    this.members.begin();
    return this.walkMembers(evaluation, enterContainer(bytes, at));
  }

  private resumeRoot(evaluation: Evaluation): number {
    const end = this.resumeArray(evaluation, SERIES_DEPTH);
    if (this.isPaused) return end;
    return this.walkMembers(evaluation, nextInContainer(this.bytes, end, CLOSE_OBJECT));
  }

  /** Walks the request from its member at `at` on. */
  private walkMembers(evaluation: Evaluation, at: number): number {
    const { bytes, members } = this;
    while (at >= 0) {
      const id = members.idOf(bytes, at, ROOT_KEYS);
      at = members.valueAt;
      if (id === 1 && bytes[at] === OPEN_ARRAY) {
        at = this.walkArray(evaluation, at, SERIES_DEPTH);
        if (this.isPaused) return at;
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
    this.reader.report(evaluation, start);
    this.records++;
    this.points += this.reader.countPoints();
    const verdict = evaluation.decide(end - start);
    if (evaluation.offering) evaluation.offer(this.bytes, start, end, "datadog_json");
    evaluation.endScope();
    evaluation.endResource();
    if (verdict !== Verdict.drop) return true;
    this.dropped++;
    return false;
  }
}
