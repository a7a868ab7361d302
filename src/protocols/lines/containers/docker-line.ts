// Lines of Docker's json-file driver: `{"log":"text\n","stream":"stdout","time":"…"}`. A log that
// does not end with a line break is a part of a line. Source: Docker, "JSON File logging driver".

import { standsAt } from "../../../core/bytes.ts";
import {
  BACKSLASH,
  JsonNode,
  quoteJson,
  releaseScratch,
  Scratch,
  unescapeToScratch,
} from "../../../core/json/index.ts";
import { encodeUtf8 } from "../../../core/utf8.ts";
import { Found, membersOf, NameTable } from "../../dotted/index.ts";
import { ObjectScanner } from "../syntax/object-scanner.ts";
import { type ContainerLine, STREAM_COUNT } from "./container-line.ts";

const NOTHING = new Uint8Array(0);
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const LETTER_N = 0x6e;
const STDOUT = encodeUtf8("stdout");
const STDERR = encodeUtf8("stderr");
const LOG_KEY = encodeUtf8("log");
const NAMES = [LOG_KEY, encodeUtf8("stream"), encodeUtf8("time")];
const LOG = 0;
const STREAM = 1;
const TIME = 2;

export class DockerLine implements ContainerLine {
  private readonly line = new ObjectScanner(new NameTable(NAMES));
  private readonly scratch = new Scratch(4096);
  stream = 0;
  isPartial = false;
  text: Uint8Array = NOTHING;
  textStart = 0;
  textEnd = 0;
  time: Uint8Array = NOTHING;
  timeStart = 0;
  timeEnd = 0;
  private hasReturn = false;

  read(bytes: Uint8Array, start: number, end: number): boolean {
    if (!this.line.scan(bytes, start, end)) return false;
    const { scanResult } = this.line;
    const log = scanResult.first(LOG);
    if (log < 0 || scanResult.kinds[log] !== Found.string) return false;
    this.readText(scanResult.starts[log] as number, scanResult.ends[log] as number);
    this.stream = this.streamOf(scanResult.first(STREAM));
    const time = scanResult.first(TIME);
    const hasTime = time >= 0 && scanResult.kinds[time] === Found.string;
    this.time = this.line.bytes;
    this.timeStart = hasTime ? (scanResult.starts[time] as number) : 0;
    this.timeEnd = hasTime ? Math.max(this.timeStart, scanResult.ends[time] as number) : 0;
    return true;
  }

  write(text: Uint8Array, isPartial: boolean): Uint8Array {
    const { bytes, start, end, objectStart, objectEnd } = this.line;
    const root = new JsonNode(bytes, objectStart, objectEnd);
    const ending = isPartial ? "" : this.hasReturn ? "\r\n" : "\n";
    const log = new Uint8Array(text.length + ending.length);
    log.set(text);
    log.set(encodeUtf8(ending), text.length);
    const literal = quoteJson(log);
    for (const member of membersOf(root, LOG_KEY)) member.replace(literal);
    const object = root.print();
    const head = objectStart - start;
    const line = new Uint8Array(head + object.length + end - objectEnd);
    line.set(bytes.subarray(start, objectStart));
    line.set(object, head);
    line.set(bytes.subarray(objectEnd, end), head + object.length);
    return line;
  }

  release(): void {
    this.line.release();
    this.text = NOTHING;
    this.time = NOTHING;
    releaseScratch(this.scratch);
  }

  /** Nearly every log has one escape, that of its line end, and needs no copy without it. */
  private readText(start: number, end: number): void {
    const { bytes } = this.line;
    this.isPartial = true;
    this.hasReturn = false;
    this.text = bytes;
    this.textStart = start;
    this.textEnd = end;
    if (end >= 0) return;
    const last = ~end - 2;
    if (bytes.indexOf(BACKSLASH, start) === last) {
      if (bytes[last + 1] === LETTER_N) {
        this.isPartial = false;
        this.textEnd = last;
        return;
      }
    }
    const { scratch } = this;
    scratch.reset();
    unescapeToScratch(bytes, start, ~end, scratch);
    this.text = scratch.text;
    this.textStart = scratch.from;
    this.textEnd = scratch.to;
    if (this.textEnd === this.textStart || this.text[this.textEnd - 1] !== NEWLINE) return;
    this.isPartial = false;
    this.textEnd--;
    this.hasReturn = this.textEnd > this.textStart && this.text[this.textEnd - 1] === RETURN;
    if (this.hasReturn) this.textEnd--;
  }

  private streamOf(at: number): number {
    const { bytes, scanResult } = this.line;
    if (at < 0 || scanResult.kinds[at] !== Found.string) return STREAM_COUNT - 1;
    const start = scanResult.starts[at] as number;
    if (scanResult.ends[at] !== start + STDOUT.length) return STREAM_COUNT - 1;
    if (standsAt(bytes, start, STDOUT)) return 0;
    return standsAt(bytes, start, STDERR) ? 1 : STREAM_COUNT - 1;
  }
}
