// Lines that container runtimes write for Kubernetes: `TIME STREAM TAGS TEXT`, with one space
// between. The first of the tags, which colons separate, is P for a part of a line and F for a
// whole one, or its end. Source: Kubernetes, "kubelet: CRI logging" (the runtime's log format).

import { standsAt } from "../../../core/bytes.ts";
import type { ContainerLine } from "./container-line.ts";
import { encodeUtf8 } from "../../../core/utf8.ts";

const NOTHING = new Uint8Array(0);
const SPACE = 0x20;
const COLON = 0x3a;
const RETURN = 0x0d;
const PARTIAL = 0x50;
const FULL = 0x46;
const STDOUT = encodeUtf8("stdout");
const STDERR = encodeUtf8("stderr");
/** `2006-01-02T15:04:05Z` and up to nanoseconds with an offset. */
const TIME_BYTES_MIN = 20;
const TIME_BYTES_MAX = 40;

export class CriLine implements ContainerLine {
  stream = 0;
  isPartial = false;
  text: Uint8Array = NOTHING;
  textStart = 0;
  textEnd = 0;
  timeStart = 0;
  timeEnd = 0;
  private start = 0;
  private end = 0;
  private tagAt = 0;

  get time(): Uint8Array {
    return this.text;
  }

  read(bytes: Uint8Array, start: number, end: number): boolean {
    const timeEnd = spaceFrom(bytes, start, Math.min(end, start + TIME_BYTES_MAX + 1));
    if (timeEnd < start + TIME_BYTES_MIN || timeEnd >= end || !isDigit(bytes[start])) return false;
    const streamAt = timeEnd + 1;
    const streamEnd = streamAt + STDOUT.length;
    if (streamEnd + 1 >= end || bytes[streamEnd] !== SPACE) return false;
    if (standsAt(bytes, streamAt, STDOUT)) this.stream = 0;
    else if (standsAt(bytes, streamAt, STDERR)) this.stream = 1;
    else return false;
    const tagAt = streamEnd + 1;
    const tag = bytes[tagAt];
    if (tag !== PARTIAL && tag !== FULL) return false;
    const behind = tagAt + 1 < end ? bytes[tagAt + 1] : SPACE;
    if (behind !== SPACE && behind !== COLON) return false;
    const tagsEnd = spaceFrom(bytes, tagAt, end);
    this.isPartial = tag === PARTIAL;
    this.text = bytes;
    this.start = start;
    this.end = end;
    this.tagAt = tagAt;
    this.timeStart = start;
    this.timeEnd = timeEnd;
    this.textStart = Math.min(tagsEnd + 1, end);
    const hasReturn = !this.isPartial && end > this.textStart && bytes[end - 1] === RETURN;
    this.textEnd = hasReturn ? end - 1 : end;
    return true;
  }

  write(text: Uint8Array, isPartial: boolean): Uint8Array {
    const { end, start, tagAt, textEnd, textStart } = this;
    const head = this.text.slice(start, textStart);
    head[tagAt - start] = isPartial ? PARTIAL : FULL;
    // An empty text may have no space before it.
    const hasSpace = head[head.length - 1] === SPACE;
    const line = new Uint8Array(head.length + (hasSpace ? 0 : 1) + text.length + end - textEnd);
    line.set(head);
    if (!hasSpace) line[head.length] = SPACE;
    line.set(text, head.length + (hasSpace ? 0 : 1));
    line.set(this.text.subarray(textEnd, end), line.length - (end - textEnd));
    return line;
  }

  release(): void {
    this.text = NOTHING;
  }
}

/** Offset of the next space, or `end`. */
function spaceFrom(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at] !== SPACE) at++;
  return at;
}

function isDigit(c: number | undefined): boolean {
  return c !== undefined && c >= 0x30 && c <= 0x39;
}
