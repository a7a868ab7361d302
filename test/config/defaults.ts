// The settings of a configuration that says nothing.

import type { ProxyConfig } from "../../src/config/index.ts";
import { INSTANCE_ID, S3_DUMP_DEFAULTS } from "./support.ts";

const DEFAULT_UPSTREAM = { kind: "http", url: "http://127.0.0.1:80" } as const;
export const DEFAULTS: ProxyConfig = {
  listen: { kind: "tcp", host: "127.0.0.1", port: 8080 },
  grpc: undefined,
  tls: undefined,
  upstreams: {
    default: DEFAULT_UPSTREAM,
    logs: DEFAULT_UPSTREAM,
    metrics: DEFAULT_UPSTREAM,
    traces: DEFAULT_UPSTREAM,
  },
  upstreamTimeouts: { connectMs: 5000, firstByteMs: 30_000, idleMs: 30_000 },
  upstreamTls: undefined,
  upstreamHeaders: [],
  logLevel: "info",
  logFormat: "text",
  bodyBytesMax: 20 * 1024 * 1024,
  decodedBytesMax: 64 * 1024 * 1024,
  connectionsMax: 256,
  recordMsMax: 50,
  shadowPolicies: [],
  inflightBytesMax: 128 * 1024 * 1024,
  waitingBytesMax: 1024 * 1024 * 1024,
  workerCount: undefined,
  headerTimeoutMs: 10_000,
  readyTimeoutMs: 10_000,
  beforePolicies: "wait",
  shutdownTimeoutMs: 5000,
  tapEnabled: false,
  cors: { allowedOrigins: [], allowedHeaders: [], maxAgeS: 0 },
  admin: { listen: undefined, token: undefined, showPayloads: false, console: false, find: false },
  prometheus: {
    upstream: DEFAULT_UPSTREAM,
    targets: new Map(),
    inputBytesPerScrapeMax: 0,
    outputBytesPerScrapeMax: 0,
  },
  service: {
    name: "tero-edge",
    namespace: "tero",
    version: "latest",
    instanceId: INSTANCE_ID,
    resourceAttributes: [],
    labels: [],
  },
  providers: [],
  s3Dump: S3_DUMP_DEFAULTS,
  sharedLimits: undefined,
  cost: undefined,
  analysis: { signals: [], sample: 0.01, memoryBytesMax: 16 * 1024 * 1024 },
  failureCapture: undefined,
  otlpSelfTracesUrl: undefined,
};
