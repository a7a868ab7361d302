// gRPC statuses and their counterparts in HTTP, chosen so that clients may retry the same things
// over both. Source: OTLP specification, "OTLP/gRPC Response" and "OTLP/HTTP Response"; gRPC,
// http-grpc-status-mapping.md.

/** google/rpc/code.proto. */
export const GRPC = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

/** How a call ended. */
export interface GrpcStatus {
  readonly code: number;
  readonly message: string;
  /** How long to wait before another try; undefined: not stated. */
  readonly retryAfterS?: number | undefined;
}

const FROM_HTTP: Readonly<Record<number, number>> = {
  400: GRPC.invalidArgument,
  401: GRPC.unauthenticated,
  403: GRPC.permissionDenied,
  404: GRPC.unimplemented,
  405: GRPC.unimplemented,
  408: GRPC.deadlineExceeded,
  413: GRPC.resourceExhausted,
  415: GRPC.unimplemented,
  429: GRPC.unavailable,
  499: GRPC.cancelled,
  501: GRPC.unimplemented,
  502: GRPC.unavailable,
  503: GRPC.unavailable,
  504: GRPC.unavailable,
};

/**
 * The gRPC code for an HTTP response. The statuses that OTLP clients retry over HTTP (429, 502,
 * 503, 504) become UNAVAILABLE, which they retry over gRPC; other statuses become codes that they
 * do not retry.
 */
export function grpcStatusOf(httpStatus: number): number {
  if (httpStatus >= 200 && httpStatus < 300) return GRPC.ok;
  const known = FROM_HTTP[httpStatus];
  if (known !== undefined) return known;
  if (httpStatus >= 300 && httpStatus < 400) return GRPC.failedPrecondition;
  return httpStatus < 500 ? GRPC.failedPrecondition : GRPC.internal;
}

const TO_HTTP: Readonly<Record<number, number>> = {
  [GRPC.ok]: 200,
  [GRPC.cancelled]: 503,
  [GRPC.invalidArgument]: 400,
  [GRPC.deadlineExceeded]: 504,
  [GRPC.notFound]: 404,
  [GRPC.alreadyExists]: 409,
  [GRPC.permissionDenied]: 403,
  [GRPC.failedPrecondition]: 400,
  [GRPC.aborted]: 503,
  [GRPC.outOfRange]: 503,
  [GRPC.unimplemented]: 501,
  [GRPC.unavailable]: 503,
  [GRPC.dataLoss]: 503,
  [GRPC.unauthenticated]: 401,
};

/**
 * The HTTP status for a call that ended in this way. RESOURCE_EXHAUSTED may be retried if the
 * server said when, and only then.
 */
export function httpStatusOf({ code, retryAfterS }: GrpcStatus): number {
  if (code === GRPC.resourceExhausted) return retryAfterS === undefined ? 413 : 429;
  return TO_HTTP[code] ?? 500;
}
