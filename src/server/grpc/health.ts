// The messages and states of grpc.health.v1.Health: whether the program serves, either asked once
// or watched. Source: gRPC, health-checking.md; grpc/health/v1/health.proto.

import { decodeUtf8 } from "../../core/utf8.ts";
import { FieldCursor, tagOf, WireType } from "../../core/protobuf/index.ts";

export const HEALTH_CHECK = "/grpc.health.v1.Health/Check";
export const HEALTH_WATCH = "/grpc.health.v1.Health/Watch";

const SERVICE = tagOf(1, WireType.bytes);
const STATUS_TAG = 0x08;
const SERVING = Uint8Array.of(STATUS_TAG, 1);
const NOT_SERVING = Uint8Array.of(STATUS_TAG, 2);
/** What watchers receive for an unknown service. */
export const SERVICE_UNKNOWN = Uint8Array.of(STATUS_TAG, 3);

/** The service that a HealthCheckRequest asks about; "" stands for the program as a whole. */
export function askedService(request: Uint8Array): string {
  const cursor = new FieldCursor();
  cursor.open(request, 0, request.length);
  let service = "";
  while (cursor.next()) {
    if (cursor.tag === SERVICE) service = decodeUtf8(request, cursor.start, cursor.stop);
  }
  return service;
}

/** A HealthCheckResponse. */
export function healthMessage(isServing: boolean): Uint8Array {
  return isServing ? SERVING : NOT_SERVING;
}

/** Names of the services of methods: the part before the last slash, without the leading slash. */
export function servicesOf(methods: Iterable<string>): ReadonlySet<string> {
  return new Set(["", ...[...methods].map((path) => path.slice(1, path.lastIndexOf("/")))]);
}
