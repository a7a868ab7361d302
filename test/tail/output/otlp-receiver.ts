// A real OTLP/HTTP receiver for tests: decodes what is posted with the code that is generated from
// opentelemetry-proto, and answers as it is told.

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { gunzipSync } from "node:zlib";
import {
  ExportLogsServiceRequestSchema,
  ExportLogsServiceResponseSchema,
  type KeyValue,
} from "../../../src/proto/index.ts";

export interface ReceivedLog {
  readonly body: string;
  readonly severity: string;
  readonly timeUnixNano: bigint;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** What is answered to the `count`-th request, from 1: a status, or after it was taken or not. */
export type Answer =
  { readonly status: number; readonly headers?: Record<string, string> } | "take";

export class OtlpReceiver {
  /** Of the requests that were taken, in their order. */
  readonly logs: ReceivedLog[] = [];
  requests = 0;
  answer: (count: number) => Answer | Promise<Answer> = () => "take";
  #server: ReturnType<typeof Bun.serve> | undefined;
  #port = 0;
  readonly #tls: { readonly cert: string; readonly key: string } | undefined;

  private constructor(tls: { readonly cert: string; readonly key: string } | undefined) {
    this.#tls = tls;
  }

  /** Over TLS when it is given a certificate. */
  static start(tls?: { readonly cert: string; readonly key: string }): OtlpReceiver {
    const receiver = new OtlpReceiver(tls);
    receiver.up();
    return receiver;
  }

  get target(): string {
    return `otlp+${this.#scheme}://127.0.0.1:${this.#port}`;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.#port}/v1/logs`;
  }

  get #scheme(): string {
    return this.#tls === undefined ? "http" : "https";
  }

  get bodies(): readonly string[] {
    return this.logs.map(({ body }) => body);
  }

  /** Listens, again on the same port. */
  up(): void {
    this.#server = Bun.serve({
      port: this.#port,
      hostname: "127.0.0.1",
      ...(this.#tls === undefined ? {} : { tls: this.#tls }),
      fetch: (request) => this.#take(request),
    });
    this.#port = this.#server.port ?? 0;
  }

  /** Refuses connections, and cuts those that are open. */
  async down(): Promise<void> {
    await this.#server?.stop(true);
    this.#server = undefined;
  }

  async #take(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (request.method !== "POST" || pathname !== "/v1/logs")
      return new Response("", { status: 404 });
    const bytes = new Uint8Array(await request.arrayBuffer());
    const answer = await this.answer(++this.requests);
    if (answer !== "take") return new Response("", answer);
    const isZipped = request.headers.get("content-encoding") === "gzip";
    this.#keep(isZipped ? gunzipSync(bytes) : bytes);
    const body = toBinary(
      ExportLogsServiceResponseSchema,
      create(ExportLogsServiceResponseSchema, {}),
    );
    return new Response(body, { headers: { "content-type": "application/x-protobuf" } });
  }

  #keep(bytes: Uint8Array): void {
    const { resourceLogs } = fromBinary(ExportLogsServiceRequestSchema, bytes);
    for (const { resource, scopeLogs } of resourceLogs) {
      for (const { logRecords } of scopeLogs) {
        for (const { attributes, body, severityText, timeUnixNano } of logRecords) {
          const value = body?.value.value;
          this.logs.push({
            body:
              typeof value === "string" ? value : Buffer.from(value as Uint8Array).toString("hex"),
            severity: severityText,
            timeUnixNano,
            resource: plain(resource?.attributes ?? []),
            attributes: plain(attributes),
          });
        }
      }
    }
  }
}

function plain(attributes: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value?.value.value]));
}
