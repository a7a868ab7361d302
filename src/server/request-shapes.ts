// Remembers the shapes of the last requests for crash reports: what kind of request each was, never
// what was in it. Entries are reused in place, because this runs for every request.

import { REQUEST_SHAPES_MAX } from "../core/limits.ts";
import { bodyCodingOf, mediaTypeOf } from "../protocols/content.ts";

interface Shape {
  method: string;
  knownPath: string;
  /** Read only if the description is asked for. */
  headers: Headers | undefined;
  /** -1: unknown. */
  bodyBytes: number;
  startedMs: number;
  /** 0: not answered yet. */
  status: number;
}

/** Any other media type might contain a client's own words. */
const MEDIA_TYPES: ReadonlySet<string> = new Set([
  "application/json",
  "application/x-protobuf",
  "application/protobuf",
  "application/x-ndjson",
  "text/plain",
]);

export class RequestShapes {
  readonly #shapes: Shape[] = Array.from({ length: REQUEST_SHAPES_MAX }, () => ({
    method: "",
    knownPath: "",
    headers: undefined,
    bodyBytes: -1,
    startedMs: 0,
    status: 0,
  }));
  #count = 0;

  /** Returns the number of the request, for `answered`. */
  begin(
    method: string,
    knownPath: string,
    headers: Headers,
    bodyBytes: number,
    nowMs: number,
  ): number {
    const shape = this.#at(this.#count);
    shape.method = method;
    shape.knownPath = knownPath;
    shape.headers = headers;
    shape.bodyBytes = bodyBytes;
    shape.startedMs = nowMs;
    shape.status = 0;
    return this.#count++;
  }

  answered(number: number, status: number): void {
    // Another request may have taken its entry by now.
    if (this.#count - number <= REQUEST_SHAPES_MAX) this.#at(number).status = status;
  }

  /** Returns one line for each request, the latest first. */
  describe(nowMs: number): string[] {
    const lines: string[] = [];
    for (let number = this.#count - 1; number >= 0; number--) {
      if (this.#count - number > REQUEST_SHAPES_MAX) break;
      lines.push(describe(this.#at(number), nowMs));
    }
    return lines;
  }

  #at(number: number): Shape {
    return this.#shapes[number % REQUEST_SHAPES_MAX] as Shape;
  }
}

function describe(
  { method, knownPath, headers, bodyBytes, startedMs, status }: Shape,
  nowMs: number,
): string {
  const mediaType = headers === undefined ? "" : mediaTypeOf(headers);
  const type = mediaType === "" || MEDIA_TYPES.has(mediaType) ? mediaType : "another type";
  const coding = headers === undefined ? "identity" : (bodyCodingOf(headers) ?? "another coding");
  const bytes = bodyBytes < 0 ? "a stream" : `${bodyBytes} bytes`;
  const body = bodyBytes === 0 ? "no body" : [bytes, type, coding].filter(Boolean).join(", ");
  const end = status === 0 ? "not answered" : `answered ${status}`;
  return `${method} ${knownPath}, ${body}: ${Math.round(nowMs - startedMs)} ms ago, ${end}`;
}
