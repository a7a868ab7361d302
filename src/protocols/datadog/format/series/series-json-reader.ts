// Reads one series of a JSON request, of version 1 or 2 of the API.

import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  countElements,
  enterContainer,
  failAt,
  KeyTable,
  MemberReader,
  nextInContainer,
  OPEN_OBJECT,
  parseDouble,
  QUOTE,
  releaseScratch,
  scanString,
  Scratch,
  skipValue,
  unescapeToScratch,
} from "../../../../core/json/index.ts";
import { POINTS_COUNTED_MAX, TAGS_BYTES_MAX } from "../../../../core/limits.ts";
import type { Evaluation, FieldTable } from "../../../../policy/record-port.ts";
import { DocumentScanner } from "../../../dotted/document-scanner.ts";
import { Found } from "../../../dotted/scan-result.ts";
import { SeriesType, SeriesValues } from "./series-values.ts";

const NOTHING = new Uint8Array(0);
const RESOURCE_KEYS = new KeyTable({ type: 1, name: 2 });
const TYPE_NAMES = new KeyTable({
  count: SeriesType.count,
  rate: SeriesType.rate,
  gauge: SeriesType.gauge,
});
/** Members of version 1 that version 2 replaces by resources. */
const RESOURCE_MEMBERS = ["host", "device"];

/** Versions of the API: if no type is given, version 1 means a gauge. */
export type SeriesVersion = "v1" | "v2";

export class SeriesJsonReader {
  private readonly version: SeriesVersion;
  private readonly scanner: DocumentScanner;
  private readonly values: SeriesValues;
  private readonly members = new MemberReader();
  private readonly scratch = new Scratch(1024);
  private readonly resourceMembers: readonly number[];
  private readonly nameNode: number;
  private readonly typeNode: number;
  private readonly unitNode: number;
  private readonly tagsNode: number;
  private readonly resourcesNode: number;
  private readonly pointsNode: number;
  /** The string that was read last, unescaped. */
  private text: Uint8Array = NOTHING;
  private textStart = 0;
  private textEnd = 0;

  constructor(fields: FieldTable, version: SeriesVersion) {
    this.version = version;
    this.values = new SeriesValues(fields, [
      "metric",
      "type",
      "unit",
      "tags",
      "resources",
      "points",
      ...RESOURCE_MEMBERS,
    ]);
    const { members, names } = this.values.asked;
    const [name = -1, type = -1, unit = -1, tags = -1, resources = -1, points = -1, ...others] =
      members;
    this.nameNode = name;
    this.typeNode = type;
    this.unitNode = unit;
    this.tagsNode = tags;
    this.resourcesNode = resources;
    this.pointsNode = points;
    this.resourceMembers = others;
    this.scanner = new DocumentScanner(names);
  }

  /** Sets the body of the request that series are in. */
  open(bytes: Uint8Array): void {
    this.scanner.open(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  /** Scans the object at `at`; returns the offset after it. Throws UndecodableError. */
  scan(at: number, depth: number): number {
    const { bytes, scanResult } = this.scanner;
    const end = this.scanner.scan(at, depth);
    if (end - at <= TAGS_BYTES_MAX) return end;
    for (const node of [this.tagsNode, this.resourcesNode]) {
      for (let i = scanResult.first(node); i >= 0; i = scanResult.next(i)) {
        const from = scanResult.starts[i] as number;
        const to = scanResult.ends[i] as number;
        if ((to < 0 ? ~to : to) - from > TAGS_BYTES_MAX) failAt(bytes, from, "fewer tags");
      }
    }
    return end;
  }

  /** Begins a resource, a scope and a record, and puts the values of what was scanned last. */
  report(evaluation: Evaluation, at: number): void {
    const { scanner, scratch, values } = this;
    const { bytes, scanResult } = scanner;
    scratch.reset();
    values.begin();
    if (this.foundText(this.nameNode)) values.name.set(this.text, this.textStart, this.textEnd);
    if (this.foundText(this.unitNode)) values.unit.set(this.text, this.textStart, this.textEnd);
    values.type = this.readType();
    if (values.missing) {
      this.addResources(false);
      if (values.nextPart()) this.addResources(true);
      values.nextPart();
      this.addTags(false);
      if (values.nextPart()) this.addTags(true);
      values.nextPart();
      values.addFindings(scanResult, bytes, scratch);
    }
    values.report(evaluation, at);
  }

  /** The number of points in the series that was scanned last. */
  countPoints(): number {
    const { bytes, scanResult } = this.scanner;
    const found = scanResult.first(this.pointsNode);
    if (found < 0 || scanResult.kinds[found] !== Found.array) return 0;
    return countElements(bytes, scanResult.starts[found] as number, POINTS_COUNTED_MAX);
  }

  /** Keeps no bytes of the request, and no large buffers. */
  release(): void {
    this.scanner.open(NOTHING);
    this.text = NOTHING;
    this.values.release();
    releaseScratch(this.scratch);
  }

  /** Reads a string that the scan has found. */
  private foundText(node: number): boolean {
    const { scanResult } = this.scanner;
    const at = scanResult.first(node);
    if (at < 0 || scanResult.kinds[at] !== Found.string) return false;
    this.setText(scanResult.starts[at] as number, scanResult.ends[at] as number);
    return true;
  }

  private setText(start: number, quote: number): void {
    const { bytes } = this.scanner;
    if (quote >= 0) {
      this.text = bytes;
      this.textStart = start;
      this.textEnd = quote;
      return;
    }
    const { scratch } = this;
    unescapeToScratch(bytes, start, ~quote, scratch);
    this.text = scratch.text;
    this.textStart = scratch.from;
    this.textEnd = scratch.to;
  }

  /** Reads a number or a name; an unknown one counts as none. */
  private readType(): number {
    const { bytes, scanResult } = this.scanner;
    const node = this.typeNode;
    const byDefault = this.version === "v1" ? SeriesType.gauge : SeriesType.unspecified;
    const at = scanResult.first(node);
    if (at < 0) return byDefault;
    if (scanResult.kinds[at] === Found.number) {
      return parseDouble(bytes, scanResult.starts[at] as number, scanResult.ends[at] as number);
    }
    if (!this.foundText(node)) return SeriesType.unspecified;
    if (this.textStart === this.textEnd) return byDefault;
    return TYPE_NAMES.idOf(this.text, this.textStart, this.textEnd);
  }

  private addTags(asAlias: boolean): void {
    const { scanner, values } = this;
    const { bytes, scanResult } = scanner;
    for (let i = scanResult.first(this.tagsNode); i >= 0; i = scanResult.next(i)) {
      if (scanResult.kinds[i] !== Found.array) continue;
      let at = enterContainer(bytes, scanResult.starts[i] as number);
      while (at >= 0) {
        if (bytes[at] === QUOTE) {
          at = this.readString(at);
          values.addTag(this.text, this.textStart, this.textEnd, asAlias);
        } else at = skipValue(bytes, at, 0);
        at = nextInContainer(bytes, at, CLOSE_ARRAY);
      }
    }
  }

  private addResources(asAlias: boolean): void {
    const { scanner, values } = this;
    const { bytes, scanResult } = scanner;
    for (let i = scanResult.first(this.resourcesNode); i >= 0; i = scanResult.next(i)) {
      if (scanResult.kinds[i] !== Found.array) continue;
      let at = enterContainer(bytes, scanResult.starts[i] as number);
      while (at >= 0) {
        at = bytes[at] === OPEN_OBJECT ? this.addResource(at, asAlias) : skipValue(bytes, at, 0);
        at = nextInContainer(bytes, at, CLOSE_ARRAY);
      }
    }
    for (const member of this.resourceMembers) {
      if (!this.foundText(member)) continue;
      values.addText(member, this.text, this.textStart, this.textEnd, asAlias);
    }
  }

  /** `{"type":"host","name":"x"}` is the attribute host with the value x. */
  private addResource(at: number, asAlias: boolean): number {
    const { members, values } = this;
    const { bytes } = this.scanner;
    let node = -1;
    let source = NOTHING as Uint8Array;
    let start = -1;
    let end = -1;
    at = enterContainer(bytes, at);
    while (at >= 0) {
      const id = members.idOf(bytes, at, RESOURCE_KEYS);
      at = members.valueAt;
      if (id === 0 || bytes[at] !== QUOTE) at = skipValue(bytes, at, 0);
      else {
        at = this.readString(at);
        if (id === 1) {
          node = values.asked.names.findKey(-1, this.text, this.textStart, this.textEnd);
        } else {
          source = this.text;
          start = this.textStart;
          end = this.textEnd;
        }
      }
      at = nextInContainer(bytes, at, CLOSE_OBJECT);
    }
    if (start >= 0) values.addText(node, source, start, end, asAlias);
    return ~at;
  }

  private readString(at: number): number {
    const quote = scanString(this.scanner.bytes, at + 1);
    this.setText(at + 1, quote);
    return (quote < 0 ? ~quote : quote) + 1;
  }
}
