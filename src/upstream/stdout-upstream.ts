// The embedded upstream `stdout:`: it prints what it receives, one record per line, and responds as
// a backend would, so that a first run needs nothing else. It is meant for trying out Edge: it
// decodes whole bodies, and is on no hot path.

import { bodyCodingOf } from "../protocols/content.ts";
import type { Backend } from "../protocols/index.ts";
import { decode } from "../pipeline/coding/decode.ts";
import { readBounded } from "../pipeline/relay-body.ts";
import { acceptedResponse, localResponse } from "../pipeline/request-meter.ts";
import { recordsOf } from "./stdout-records.ts";
import { BodyTooLargeError } from "../pipeline/upstream-error.ts";
import type { OutgoingBody, Upstream, UpstreamRequest } from "../pipeline/upstream.ts";

/** Where the embedded upstream prints, and what it responds with. */
export interface StdoutUpstreamOptions {
  readonly name: string;
  readonly decodedBytesMax: number;
  /** What the program's protocols know about their backends. */
  readonly backends: readonly Backend[];
  /** Takes whole lines, each with its newline. Default: standard output. */
  readonly write?: (lines: string) => void;
}

/** The embedded upstream `stdout:`, which prints what it is sent. */
export class StdoutUpstream implements Upstream {
  readonly name: string;
  readonly #decodedBytesMax: number;
  readonly #backends: readonly Backend[];
  readonly #write: (lines: string) => void;

  constructor(options: StdoutUpstreamOptions) {
    this.name = options.name;
    this.#decodedBytesMax = options.decodedBytesMax;
    this.#backends = options.backends;
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
    return backendResponse(path, request, this.#backends);
  }

  stop(): void {
    // There is nothing to close.
  }

  async #linesOf(bytes: Uint8Array, request: UpstreamRequest, path: string): Promise<string[]> {
    const clear = this.#decoded(bytes, request.headers);
    const content_type = request.headers.get("content-type");
    const records = clear && (await recordsOf(clear, content_type ?? "", path, this.#backends));
    if (records !== undefined) return records.map((record) => JSON.stringify(record));
    return [JSON.stringify({ path, content_type, bytes: bytes.length })];
  }

  /** As received if the coding is unknown: it may be a protocol's own. */
  #decoded(bytes: Uint8Array, headers: Headers): Uint8Array | undefined {
    const coding = bodyCodingOf(headers);
    if (coding === undefined) return bytes;
    const decoded = decode(bytes, coding, this.#decodedBytesMax);
    return decoded.kind === "ok" ? decoded.bytes : undefined;
  }
}

/** The response of a backend that accepted everything. */
function backendResponse(
  path: string,
  request: UpstreamRequest,
  backends: readonly Backend[],
): Response {
  for (const { accepted } of backends) {
    const answer = accepted?.[path];
    if (answer !== undefined) return acceptedResponse(answer);
  }
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (isRead) return json(200, { upstream: "stdout" });
  const contentType = request.headers.get("content-type") ?? "application/json";
  if (!/protobuf/i.test(contentType)) return json(200, {});
  return localResponse("", 200, { "content-type": contentType });
}

function json(status: number, document: unknown): Response {
  return localResponse(JSON.stringify(document), status, { "content-type": "application/json" });
}

async function bytesOf(body: OutgoingBody, bytesMax: number): Promise<Uint8Array> {
  if (body === null) return new Uint8Array(0);
  if (body instanceof Uint8Array) return body;
  const bytes = await readBounded(body, bytesMax);
  if (bytes === undefined) throw new BodyTooLargeError(bytesMax);
  return bytes;
}
