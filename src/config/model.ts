// The configuration as the rest of the program sees it: complete, checked, immutable, units last in
// names. The keys that users write are in schema.ts; nothing outside this folder knows them.

import type { Budget, Signal } from "../policy/index.ts";
export type LogLevel = "trace" | "debug" | "info" | "warn" | "err";
export type LogFormat = "text" | "json";

/** Where a server listens. A port of 0 lets the system choose a free one. */
export type ListenTarget =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/**
 * Where telemetry goes: a base URL, a server of gRPC (`grpc://` or `grpcs://`), or the embedded
 * upstream that prints what it receives.
 */
export type UpstreamTarget =
  | { readonly kind: "http"; readonly url: string }
  | { readonly kind: "grpc"; readonly url: string }
  | { readonly kind: "stdout" };

/** The upstream of each kind of traffic, with all fall-backs already applied. */
export interface UpstreamTargets {
  readonly default: UpstreamTarget;
  readonly logs: UpstreamTarget;
  readonly metrics: UpstreamTarget;
  readonly traces: UpstreamTarget;
}

/** How long an upstream may take, in milliseconds; 0: for ever. */
export interface UpstreamTimeouts {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
}

/** Absolute paths of PEM files for connections to upstreams. */
export interface UpstreamTls {
  readonly caFile: string | undefined;
  readonly clientCertificate: { readonly certFile: string; readonly keyFile: string } | undefined;
}

/**
 * Absolute paths of PEM files for the listener; with a client CA, clients must show a certificate.
 */
export interface ListenTls {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile: string | undefined;
}

/** An attribute of this service, as control planes see it. */
export interface ServiceAttribute {
  readonly key: string;
  readonly value: string;
}

/** Who this instance is, as control planes see it. */
export interface ServiceMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly version: string;
  readonly instanceId: string;
  readonly resourceAttributes: readonly ServiceAttribute[];
  /** Holds `workspace.id` when `workspace_id` is set. */
  readonly labels: readonly ServiceAttribute[];
}

/** The kinds of traffic that upstreams are named after; `default`: all others. */
export type UpstreamKind = "default" | "logs" | "metrics" | "traces" | "prometheus";

/** What happens to one header of requests to upstreams. */
export interface UpstreamHeaderRule {
  /** In lower case. */
  readonly name: string;
  readonly action: "set" | "add" | "default" | "remove";
  /** A secret: never printed. Undefined: it is in a file, or the header is removed. */
  readonly value: string | undefined;
  /** Absolute. */
  readonly valueFile: string | undefined;
  readonly upstreams: readonly UpstreamKind[];
}

/** One header of a request, as it is sent. */
export interface HeaderField {
  readonly name: string;
  /** A secret: never printed. */
  readonly value: string;
}

/** Policies from a file. `pollIntervalMs`: how often it is looked at besides being watched. */
export interface FileProviderConfig {
  readonly type: "file";
  readonly id: string;
  /** Absolute. */
  readonly path: string;
  readonly pollIntervalMs: number;
}

/** Policies from a control plane, by sync over HTTP or gRPC. */
export interface HttpProviderConfig {
  readonly type: "http" | "grpc";
  readonly id: string;
  /** May hold secrets in its userinfo and query: print it through `redactUrl` only. */
  readonly url: string;
  readonly headers: readonly HeaderField[];
  readonly encoding: "json" | "protobuf";
  readonly pollIntervalMs: number;
  readonly timeoutMs: number;
  /** Absolute; where the last good response is kept for the next start. */
  readonly cachePath: string | undefined;
}

/** Policies from the configuration that an OpAMP server offers. */
export interface OpampProviderConfig {
  readonly type: "opamp";
  readonly id: string;
  /** `http`, `https`, `ws` or `wss`; may hold secrets as that of `HttpProviderConfig`. */
  readonly url: string;
  readonly headers: readonly HeaderField[];
  /** Between polls over HTTP, or heartbeats over a WebSocket. */
  readonly pollIntervalMs: number;
  readonly timeoutMs: number;
  /** Absolute; where the last good configuration is kept for the next start. */
  readonly cachePath: string | undefined;
}

/** Where policies come from. */
export type ProviderConfig = (FileProviderConfig | HttpProviderConfig | OpampProviderConfig) & {
  /** False: all of its policies are in shadow. */
  readonly enforce?: false;
};

/** Scrapes: their exporters by path, and how many bytes of each are taken in and handed out. */
export interface PrometheusConfig {
  /** Where `/metrics` and what is below it are fetched, unless `targets` names the path. */
  readonly upstream: UpstreamTarget;
  /** URL to fetch by request path. */
  readonly targets: ReadonlyMap<string, string>;
  /** 0: no limit. */
  readonly inputBytesPerScrapeMax: number;
  /** 0: no limit. */
  readonly outputBytesPerScrapeMax: number;
}

/** Which pages may send requests from a browser. */
export interface CorsConfig {
  /** Empty: nothing is said of origins. `*` is any part of a host or port, alone every origin. */
  readonly allowedOrigins: readonly string[];
  /** Besides those that every page may send; `*`: all. */
  readonly allowedHeaders: readonly string[];
  /** 0: as browsers like. */
  readonly maxAgeS: number;
}

/** Where copies of records go: a bucket, or a folder. */
export type DumpTarget =
  | {
      readonly kind: "s3";
      readonly name: string;
      readonly bucket: string;
      readonly region: string;
      /** Undefined: AWS. */
      readonly endpoint: string | undefined;
      /** The bucket is part of the path, not of the host. */
      readonly isPathStyle: boolean;
      /** Before every key, as it is. */
      readonly prefix: string;
      readonly redacts: boolean;
    }
  | {
      readonly kind: "file";
      readonly name: string;
      /** Absolute. */
      readonly path: string;
      /** Copies lack what their policy removes and redacts. */
      readonly redacts: boolean;
    };

/** How objects of a dump are compressed. */
export type DumpCompression = "none" | "gzip" | "zstd";

/** Copies of records in object storage. */
export interface S3DumpConfig {
  readonly isEnabled: boolean;
  /** No two of the same kind and name. */
  readonly targets: readonly DumpTarget[];
  readonly compression: DumpCompression;
  /** Of one object, before compression. */
  readonly batchBytesMax: number;
  readonly batchRecordsMax: number;
  readonly batchAgeMs: number;
  readonly lookIntervalMs: number;
  /** Held in memory. */
  readonly heldBytesMax: number;
  readonly attemptsMax: number;
  /** Absolute; undefined: nothing is kept on disk. */
  readonly spoolPath: string | undefined;
  readonly spoolBytesMax: number;
}

/** Where instances share their rate limits. */
export interface SharedLimitsConfig {
  /** May hold a password: print it through `redactUrl` only. */
  readonly url: string;
  readonly keyPrefix: string;
  readonly timeoutMs: number;
}

/** The pages below `/_edge/`: where they are served, and to whom. */
export interface AdminConfig {
  /** Where `/_edge/*` is served; undefined: on the main listener. */
  readonly listen: ListenTarget | undefined;
  /** Bearer token that `/_edge/*` asks for; a secret. */
  readonly token: string | undefined;
  /** Names by which they may be asked for without a token, beside addresses and private names. */
  readonly hosts: readonly string[];
  readonly showPayloads: boolean;
  /** Whether the console is served at `/_edge/`. */
  readonly console: boolean;
  /** Whether it is remembered where trace ids and texts went, for `/_edge/find`. */
  readonly find: boolean;
}

/** Whether and how analyses look at the stream. */
export interface AnalysisConfig {
  /** From the start on; empty: nothing. */
  readonly signals: readonly Signal[];
  /** Share of requests. */
  readonly sample: number;
  /** Of all threads together. */
  readonly memoryBytesMax: number;
}

/** What the backend charges for telemetry of one signal. */
export interface SignalCost {
  /** For 10^9 bytes. */
  readonly perGb: number;
  readonly perMillionRecords: number;
}

/** What the backend charges for telemetry. */
export interface CostConfig {
  /** A code of ISO 4217. */
  readonly currency: string;
  readonly log: SignalCost;
  readonly metric: SignalCost;
  readonly trace: SignalCost;
}

/** Where failed requests are kept, and how many. */
export interface FailureCaptureConfig {
  readonly folder: string;
  readonly dumpsMax: number;
}

/** What happens to requests that policies could judge while the first policies are missing. */
export type BeforePolicies = "wait" | "pass" | "refuse";

/**
 * All settings of a proxy: complete, checked, with defaults in place. Sizes in bytes, times in ms.
 */
export interface ProxyConfig {
  readonly listen: ListenTarget;
  /** Where gRPC is served; undefined: nowhere. */
  readonly grpc: ListenTarget | undefined;
  readonly tls: ListenTls | undefined;
  readonly upstreams: UpstreamTargets;
  readonly upstreamTimeouts: UpstreamTimeouts;
  readonly upstreamTls: UpstreamTls | undefined;
  /** In the order in which they are done. */
  readonly upstreamHeaders: readonly UpstreamHeaderRule[];
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** A request body as received, in bytes. */
  readonly bodyBytesMax: number;
  /** A request body after decompression, in bytes. */
  readonly decodedBytesMax: number;
  /** Requests in flight. */
  readonly connectionsMax: number;
  /** For matching and redacting one record. */
  readonly recordMsMax: number;
  /** Patterns of ids and names of policies that are in shadow. */
  readonly shadowPolicies: readonly string[];
  /** No two of the same name. */
  readonly budgets: readonly Budget[];
  /** Where what they have spent is kept; undefined: nowhere. */
  readonly budgetsStatePath: string | undefined;
  /** Bytes of request bodies held at once, in all threads together. */
  readonly inflightBytesMax: number;
  /** Bytes of bodies of requests that wait for room, in all threads together. */
  readonly waitingBytesMax: number;
  /** Undefined: as many as there are cores. */
  readonly workerCount: number | undefined;
  readonly headerTimeoutMs: number;
  /** Whether requests that come before the one before them is answered wait their turn. */
  readonly readyTimeoutMs: number;
  readonly beforePolicies: BeforePolicies;
  readonly shutdownTimeoutMs: number;
  readonly tapEnabled: boolean;
  readonly cors: CorsConfig;
  readonly admin: AdminConfig;
  readonly prometheus: PrometheusConfig;
  readonly service: ServiceMetadata;
  readonly providers: readonly ProviderConfig[];
  readonly s3Dump: S3DumpConfig;
  /** Undefined: rate limits hold for this instance alone. */
  readonly sharedLimits: SharedLimitsConfig | undefined;
  /** Undefined: nothing has a price. */
  readonly cost: CostConfig | undefined;
  readonly analysis: AnalysisConfig;
  /** Undefined: failed requests are not kept. */
  readonly failureCapture: FailureCaptureConfig | undefined;
  /** Where the program's own metrics go, as OTLP/HTTP; undefined: nowhere. */
  readonly otlpSelfMetricsUrl: string | undefined;
  /** Where the program's own spans go, as OTLP/HTTP; undefined: nowhere. */
  readonly otlpSelfTracesUrl: string | undefined;
}
