// The embedded upstream `stdout:`: prints what it receives, one record a line, and answers as a
// backend would, so that a first run needs nothing else. For trying out; it decodes whole bodies
// and is not on any hot path.

import { type BodyCoding, bodyCodingOf } from "../modules/content.ts";
import { decode } from "./compress.ts";
import { readBounded } from "./relay-body.ts";
import { ownAnswer } from "./request-meter.ts";
import { BodyTooLargeError } from "./upstream-error.ts";
import type { OutgoingBody, Upstream, UpstreamRequest } from "./upstream.ts";

export interface StdoutUpstreamOptions {
  readonly name: string;
  readonly decodedBytesMax: number;
  /** Takes whole lines, each with its newline. Default: standard output. */
  readonly write?: (lines: string) => void;
}

export class StdoutUpstream implements Upstream {
  readonly name: string;
  readonly #decodedBytesMax: number;
  readonly #write: (lines: string) => void;

  constructor(options: StdoutUpstreamOptions) {
    this.name = options.name;
    this.#decodedBytesMax = options.decodedBytesMax;
    this.#write = options.write ?? ((lines) => void process.stdout.write(lines));
  }

  async send(request: UpstreamRequest): Promise<Response> {
    const { body, bodyBytesMax, meter } = request;
    const bytes = await bytesOf(body, bodyBytesMax);
    if (body instanceof ReadableStream) meter?.received(bytes.length);
    const [path = "/"] = request.target.split("?", 1);
    if (bytes.length > 0) {
      const lines = this.#linesOf(bytes, request, path);
      if (lines.length > 0) this.#write(`${lines.join("\n")}\n`);
    }
    return backendAnswer(path, request);
  }

  close(): void {
    // Nothing is open.
  }

  #linesOf(bytes: Uint8Array, request: UpstreamRequest, path: string): string[] {
    const coding: BodyCoding | undefined = bodyCodingOf(request.headers);
    const decoded = coding === undefined ? undefined : decode(bytes, coding, this.#decodedBytesMax);
    const clear = decoded?.kind === "ok" ? decoded.bytes : undefined;
    const records = clear === undefined ? undefined : recordsOf(clear);
    if (records !== undefined) return records.map((record) => JSON.stringify(record));
    const content_type = request.headers.get("content-type");
    return [JSON.stringify({ path, content_type, bytes: bytes.length })];
  }
}

/** What the backend of each intake says when it took everything. */
function backendAnswer(path: string, request: UpstreamRequest): Response {
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (path === "/api/v2/series") return json(202, { errors: [] });
  if (path === "/api/v1/series") return json(202, { status: "ok" });
  if (path === "/api/v2/logs" || path.startsWith("/v1/input")) return json(202, {});
  if (isRead) return json(200, { upstream: "stdout" });
  const contentType = request.headers.get("content-type") ?? "application/json";
  if (!/protobuf/i.test(contentType)) return json(200, {});
  return ownAnswer("", 200, { "content-type": contentType });
}

function json(status: number, document: unknown): Response {
  return ownAnswer(JSON.stringify(document), status, { "content-type": "application/json" });
}

async function bytesOf(body: OutgoingBody, bytesMax: number): Promise<Uint8Array> {
  if (body === null) return new Uint8Array(0);
  if (body instanceof Uint8Array) return body;
  const bytes = await readBounded(body, bytesMax);
  if (bytes === undefined) throw new BodyTooLargeError(bytesMax);
  return bytes;
}

/** Where records are inside a JSON document, from the outside in. */
const PATHS: readonly (readonly string[])[] = [
  ["resourceLogs", "scopeLogs", "logRecords"],
  ["resourceMetrics", "scopeMetrics", "metrics"],
  ["resourceSpans", "scopeSpans", "spans"],
  ["series"],
];

/**
 * The records of a JSON body: of OTLP, of Datadog, of an array, or of lines; undefined when it is
 * none.
 */
function recordsOf(bytes: Uint8Array): unknown[] | undefined {
  const text = new TextDecoder().decode(bytes);
  const document = parse(text);
  if (document === undefined) return recordsOfLines(text);
  if (Array.isArray(document)) return document;
  for (const path of PATHS) {
    const [first = ""] = path;
    if (typeof document === "object" && document !== null && first in document) {
      return path.reduce<unknown[]>(
        (list, key) => list.flatMap((item) => listAt(item, key)),
        [document],
      );
    }
  }
  return [document];
}

function recordsOfLines(text: string): unknown[] | undefined {
  const documents = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map(parse);
  return documents.includes(undefined) ? undefined : documents;
}

function listAt(item: unknown, key: string): unknown[] {
  if (typeof item !== "object" || item === null || !(key in item)) return [];
  // The document is whatever the client sent; anything but a list has no records.
  const list = (item as Record<string, unknown>)[key];
  return Array.isArray(list) ? list : [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
