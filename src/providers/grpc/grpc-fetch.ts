// Replaces `fetch` for syncs over gRPC: the request becomes a call of PolicyService/Sync, and the
// answer becomes an HTTP response, so that the rest of a sync is the same for both. Each call has
// its own connection: syncs are far apart, and a connection that was silent in between may be dead.

import { GRPC, readStatusDetails, timeoutText } from "../../core/grpc/index.ts";
import { SYNC_MESSAGE_CHARS_MAX } from "../../core/limits.ts";
import { SYNC_CONTENT_TYPES } from "../../policy/wire/encoding.ts";
import type { UnaryResponse } from "../../system/grpc/index.ts";
import { type Fetch, SyncError } from "../http/sync-exchange.ts";

const SYNC = "/tero.policy.v1.PolicyService/Sync";
/** HTTP/2 is loaded by those only that call. */
const loadGrpc = () => import("../../system/grpc/index.ts");

export interface GrpcFetchOptions {
  /** What the server is told that it has. */
  readonly timeoutMs: number;
  readonly responseBytesMax: number;
}

/** For URLs `grpc://host:port` and `grpcs://host:port`, and bodies in protobuf. */
export function grpcFetch({ timeoutMs, responseBytesMax }: GrpcFetchOptions): Fetch {
  return async (url, { headers, body, signal }) => {
    if (!(body instanceof Uint8Array)) throw new TypeError("a message is bytes");
    const { call, Channel } = await loadGrpc();
    const metadata = new Headers(headers);
    // They are of HTTP; gRPC has its own.
    for (const name of ["accept", "content-type"]) metadata.delete(name);
    const channel = new Channel({ origin: url.replace(/^grpc/i, "http").replace(/\/$/, "") });
    const end = (): void => channel.destroy();
    signal?.addEventListener("abort", end);
    try {
      const connection = await channel.acquire(false);
      const timeout = timeoutText(timeoutMs);
      const request = { path: SYNC, metadata, message: body, encoding: undefined, timeout };
      return responseOf(await call(connection, { ...request, responseBytesMax }).response);
    } finally {
      signal?.removeEventListener("abort", end);
      end();
    }
  };
}

/** Throws SyncError unless there is a message. */
function responseOf(response: UnaryResponse): Response {
  const { httpStatus, status, statusMessage, details, message, isTooLarge } = response;
  if (status === undefined) {
    throw new SyncError(`no gRPC, but HTTP status ${httpStatus}; check the provider's url`);
  }
  if (isTooLarge) throw new SyncError("the response is larger than what is read at most");
  if (status !== GRPC.ok) {
    const { retryAfterS = 0 } = details === undefined ? {} : readStatusDetails(details);
    throw new SyncError(reasonOf(status, statusMessage), retryAfterS * 1000);
  }
  if (message === undefined) {
    throw new SyncError("the response is no single message, or a compressed one");
  }
  const headers = { "content-type": SYNC_CONTENT_TYPES.protobuf };
  return new Response(message.slice(), { headers });
}

function reasonOf(status: number, message: string): string {
  const said = message === "" ? "" : ` (${message.slice(0, SYNC_MESSAGE_CHARS_MAX)})`;
  return `gRPC status ${status}${said}${CURES[status] ?? ""}`;
}

const CREDENTIALS = "; check the credentials in the provider's headers";
const CURES: Readonly<Record<number, string>> = {
  [GRPC.unauthenticated]: CREDENTIALS,
  [GRPC.permissionDenied]: CREDENTIALS,
  [GRPC.unimplemented]:
    "; the server has no tero.policy.v1.PolicyService, check the provider's url",
};
