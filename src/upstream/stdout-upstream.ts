// The embedded upstream `stdout:`: prints what it receives, one record a line, and answers as a
// backend would, so that a first run needs nothing else. For trying out; it decodes whole bodies
// and is not on any hot path.

import { bodyCodingOf } from "../protocols/content.ts";
import type { BodyCoding } from "../protocols/module.ts";
import { decode } from "../pipeline/coding/compress.ts";
import { readBounded } from "../pipeline/relay-body.ts";
import { ownAnswer } from "../pipeline/request-meter.ts";
import { recordsOfJson, recordsOfProtobuf } from "./stdout-records.ts";
import { BodyTooLargeError } from "../pipeline/upstream-error.ts";
import type { OutgoingBody, Upstream, UpstreamRequest } from "../pipeline/upstream.ts";

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
      const lines = await this.#linesOf(bytes, request, path);
      if (lines.length > 0) this.#write(`${lines.join("\n")}\n`);
    }
    return backendAnswer(path, request);
  }

  close(): void {
    // Nothing is open.
  }

  async #linesOf(bytes: Uint8Array, request: UpstreamRequest, path: string): Promise<string[]> {
    const coding: BodyCoding | undefined = bodyCodingOf(request.headers);
    const decoded = coding === undefined ? undefined : decode(bytes, coding, this.#decodedBytesMax);
    const clear = decoded?.kind === "ok" ? decoded.bytes : undefined;
    const content_type = request.headers.get("content-type");
    const records = clear && (await recordsOf(clear, content_type, path));
    if (records !== undefined) return records.map((record) => JSON.stringify(record));
    return [JSON.stringify({ path, content_type, bytes: bytes.length })];
  }
}

async function recordsOf(
  bytes: Uint8Array,
  contentType: string | null,
  path: string,
): Promise<unknown[] | undefined> {
  return /protobuf/i.test(contentType ?? "")
    ? recordsOfProtobuf(bytes, path)
    : recordsOfJson(bytes);
}

/** Datadog's client libraries raise an error when they are answered otherwise. */
const STATUS_ANSWERED: ReadonlySet<string> = new Set([
  "/api/v1/series",
  "/api/v1/distribution_points",
  "/api/v1/check_run",
]);

/** What the backend of each intake says when it took everything. */
function backendAnswer(path: string, request: UpstreamRequest): Response {
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (path === "/api/v2/series") return json(202, { errors: [] });
  if (STATUS_ANSWERED.has(path)) return json(202, { status: "ok" });
  if (path === "/api/v2/logs") return json(202, {});
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
