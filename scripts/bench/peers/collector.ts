// The Collector as a peer: the rules of ten policies of the benchmarks' generator, in the words of
// its filter and transform processors. Queue and retry are off, as Edge has none: the client hears
// what the upstream said.

import { homedir } from "node:os";
import { join } from "node:path";
import { freePort, type LoadBench, type Proxy, ready } from "../load.ts";

/** What is asked of both; the policies that say it are in peers.ts. */
export type Work = "filter" | "attribute" | "body";

/** A proxy for OTLP over both: Edge fits, too. */
export interface OtlpProxy extends Proxy {
  /** Where it takes OTLP over gRPC. */
  readonly grpcUrl: string;
}

const PATHS = `${process.env["PATH"] ?? ""}:${join(homedir(), "go/bin")}`;
export const COLLECTOR = Bun.which("otelcol-peer", { PATH: PATHS });

const CONDITIONS = [
  'resource.attributes["service.name"] == "checkout-worker" and severity_text == "DEBUG"',
  'IsMatch(body, "/healthz")',
  'IsMatch(body, "^Cache hit for key ")',
  String.raw`IsMatch(body, "^GET /(ready|live)z? HTTP/1\\.[01]\" 200 [0-9]+ms$")`,
  'attributes["debug_session"] != nil',
  'attributes["http_route"] == "/metrics"',
  'IsMatch(body, " heartbeat ok$")',
  'resource.attributes["service.name"] == "batch-archiver" and severity_text != "ERROR"',
  'IsMatch(body, "(?i)verbose trace")',
  'IsMatch(attributes["url_path"], "^/internal/(debug|trace)/[0-9a-f]{8}$")',
];

const PROCESSORS: Record<Work, Record<string, unknown>> = {
  filter: { filter: { error_mode: "ignore", logs: { log_record: CONDITIONS } } },
  attribute: transform(
    'set(attributes["user_id"], "[REDACTED]") where attributes["user_id"] != nil',
  ),
  body: transform('replace_pattern(body, "[0-9]{2,}", "<N>")'),
};

function transform(statement: string): Record<string, unknown> {
  const statements = [{ context: "log", statements: [statement] }];
  return { transform: { error_mode: "ignore", log_statements: statements } };
}

/** Starts one that does `work`, and waits until it answers. */
export async function startCollector(
  bench: LoadBench,
  executable: string,
  work: Work,
  { encoding, url, isGrpc }: { encoding: "json" | "protobuf"; url: string; isGrpc: boolean },
): Promise<OtlpProxy> {
  const wire = encoding === "json" ? "json" : "proto";
  const [httpPort, grpcPort] = [freePort(), freePort()];
  const direct = { sending_queue: { enabled: false }, retry_on_failure: { enabled: false } };
  const exporters = isGrpc
    ? {
        otlp: {
          endpoint: new URL(url).host,
          tls: { insecure: true },
          compression: "none",
          ...direct,
        },
      }
    : { otlphttp: { endpoint: url, encoding: wire, compression: "none", ...direct } };
  const protocols = {
    http: { endpoint: `127.0.0.1:${httpPort}` },
    grpc: { endpoint: `127.0.0.1:${grpcPort}`, max_recv_msg_size_mib: 64 },
  };
  const config = {
    receivers: { otlp: { protocols } },
    processors: PROCESSORS[work],
    exporters,
    service: {
      telemetry: { logs: { level: "fatal" }, metrics: { level: "none" } },
      pipelines: {
        logs: {
          receivers: ["otlp"],
          processors: Object.keys(PROCESSORS[work]),
          exporters: Object.keys(exporters),
        },
      },
    },
  };
  // JSON is YAML.
  const file = bench.file(`collector-${httpPort}.yaml`, JSON.stringify(config));
  const child = bench.spawn([executable, "--config", file]);
  const proxy = `http://127.0.0.1:${httpPort}`;
  await ready(`${proxy}/v1/logs`, 25, 405);
  return { url: proxy, grpcUrl: `http://127.0.0.1:${grpcPort}`, pid: child.pid };
}
