// A control plane on loopback that answers as the test says, and keeps what it was asked.

import { fromBinary, fromJson } from "@bufbuild/protobuf";
import { type SyncRequest, SyncRequestSchema } from "../../../src/proto/index.ts";

export interface Asked {
  readonly headers: Headers;
  readonly request: SyncRequest;
  readonly method: string;
}

export class StubControlPlane {
  readonly asked: Asked[] = [];
  /** What to answer; takes the number of the request, from 1. */
  answer: (count: number) => Response | Promise<Response> = () => Response.json({});
  readonly #server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const bytes = await request.bytes();
      const isJson = request.headers.get("content-type") === "application/json";
      this.asked.push({
        headers: request.headers,
        method: request.method,
        request: isJson
          ? fromJson(SyncRequestSchema, JSON.parse(new TextDecoder().decode(bytes)))
          : fromBinary(SyncRequestSchema, bytes),
      });
      return this.answer(this.asked.length);
    },
  });

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}/v1/policy/sync`;
  }

  async stop(): Promise<void> {
    await this.#server.stop(true);
  }
}

/** A response in proto3 JSON with one log policy for each id. */
export function syncResponse(ids: readonly string[], more: Record<string, unknown> = {}): object {
  return {
    policies: ids.map((id) => ({
      id,
      name: id,
      enabled: true,
      log: { match: [{ logField: "LOG_FIELD_BODY", exists: true }], keep: "none" },
    })),
    hash: `hash of ${ids.join(",")}`,
    syncTimestampUnixNano: "1700000000000000001",
    syncType: "SYNC_TYPE_FULL",
    ...more,
  };
}
