// The doors of Edge, each with a client that sends records with numbers through it, and says how
// the request ended. Clients never send again, and share no connections but for gRPC: what comes
// twice is Edge's doing.

import * as http2 from "node:http2";
import { create, fromJson, toBinary } from "@bufbuild/protobuf";
import { framed } from "../../src/core/grpc/index.ts";
import {
  ExportLogsServiceRequestSchema,
  ExportLogsServiceResponseSchema,
} from "../../src/proto/gen/opentelemetry/proto/collector/logs/v1/logs_service_pb.ts";
import { CLASSES, type Ledger, nextNumber, textsOf } from "./ledger.ts";

export interface Place {
  /** Of the listener, and of the port for gRPC. */
  readonly url: string;
  readonly grpcPort: number;
}

export interface Outcome {
  readonly text: string;
  readonly isTaken: boolean;
}

export interface Door {
  readonly name: string;
  /** The label by which Edge counts its records. */
  readonly telemetry: string;
  readonly ledger: Ledger;
  /** Whether its records come to the backend; those of scrapes go the other way. */
  readonly isPush: boolean;
  /** One request of ten records. */
  readonly send: (place: Place) => Promise<void>;
  /** Ends what clients keep open. */
  readonly close: () => void;
}

const CLIENT_MS_MAX = 15_000;
/** Of a scrape. */
const SERIES = 40;

const LOGS_PATH = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

const otlpTree = (texts: readonly string[]): object => ({
  resourceLogs: [
    { scopeLogs: [{ logRecords: texts.map((text) => ({ body: { stringValue: text } })) }] },
  ],
});

function otlpProtobuf(texts: readonly string[]): Uint8Array<ArrayBuffer> {
  const json = otlpTree(texts) as Parameters<typeof fromJson>[1];
  return Uint8Array.from(
    toBinary(ExportLogsServiceRequestSchema, fromJson(ExportLogsServiceRequestSchema, json)),
  );
}

/** What a backend of OTLP in protobuf answers. */
export const OTLP_RESPONSE = toBinary(
  ExportLogsServiceResponseSchema,
  create(ExportLogsServiceResponseSchema),
);

export interface Push {
  readonly name: string;
  readonly telemetry: string;
  readonly path: string;
  readonly type: string;
  readonly body: (texts: readonly string[]) => string | Uint8Array<ArrayBuffer>;
}

export const PUSHES: readonly Push[] = [
  {
    name: "OTLP JSON",
    telemetry: "otlp_logs",
    path: "/v1/logs",
    type: "application/json",
    body: (texts) => JSON.stringify(otlpTree(texts)),
  },
  {
    name: "OTLP protobuf",
    telemetry: "otlp_logs",
    path: "/v1/logs",
    type: "application/x-protobuf",
    body: otlpProtobuf,
  },
  {
    name: "Datadog logs",
    telemetry: "datadog_logs",
    path: "/api/v2/logs",
    type: "application/json",
    body: (texts) => JSON.stringify(texts.map((message) => ({ message, service: "checkout" }))),
  },
  {
    name: "Loki",
    telemetry: "loki_logs",
    path: "/loki/api/v1/push",
    type: "application/json",
    body: (texts) =>
      JSON.stringify({
        streams: [
          {
            stream: { app: "checkout" },
            values: texts.map((text, i) => [String(1_700_000_000_000_000_000n + BigInt(i)), text]),
          },
        ],
      }),
  },
];

/** `ledgerOf`: one for each. */
export function doorsWith(ledgerOf: () => Ledger): Door[] {
  return [
    ...PUSHES.map((push) => pushDoor(push, ledgerOf())),
    grpcDoor(ledgerOf()),
    scrapeDoor(ledgerOf()),
  ];
}

function pushDoor({ name, telemetry, path, type, body }: Push, ledger: Ledger): Door {
  const send = (place: Place): Promise<void> =>
    numbered(ledger, async (number) => {
      const content = body(textsOf(number));
      ledger.sentBytes(content.length);
      const answer = await fetch(place.url + path, {
        method: "POST",
        headers: { "content-type": type },
        body: content,
        keepalive: false,
        signal: AbortSignal.timeout(CLIENT_MS_MAX),
      });
      await answer.arrayBuffer();
      return { text: String(answer.status), isTaken: answer.ok };
    });
  return { name, telemetry, ledger, isPush: true, send, close: () => undefined };
}

function grpcDoor(ledger: Ledger): Door {
  let session: http2.ClientHttp2Session | undefined;
  const connected = ({ grpcPort }: Place): http2.ClientHttp2Session => {
    if (session === undefined || session.closed || session.destroyed) {
      session = http2.connect(`http://127.0.0.1:${grpcPort}`);
      session.on("error", () => session?.destroy());
      session.on("goaway", () => (session = undefined));
    }
    return session;
  };
  const send = (place: Place): Promise<void> =>
    numbered(ledger, (number) => {
      const message = otlpProtobuf(textsOf(number));
      ledger.sentBytes(message.length);
      return call(connected(place), framed(message));
    });
  const close = (): void => session?.destroy();
  return { name: "OTLP gRPC", telemetry: "otlp_logs", ledger, isPush: true, send, close };
}

function call(session: http2.ClientHttp2Session, body: Uint8Array): Promise<Outcome> {
  return new Promise((resolve) => {
    const ended = (text: string): void => {
      clearTimeout(timer);
      resolve({ text, isTaken: text === "grpc 0" });
    };
    const timer = setTimeout(() => ended("no answer"), CLIENT_MS_MAX);
    const stream = session.request({
      ":method": "POST",
      ":path": LOGS_PATH,
      "content-type": "application/grpc",
      te: "trailers",
    });
    let status: string | undefined;
    const seen = (fields: http2.IncomingHttpHeaders): void => {
      const value = fields["grpc-status"];
      if (value !== undefined) status = String(value);
    };
    stream.on("response", seen);
    stream.on("trailers", seen);
    stream.on("error", () => undefined);
    stream.on("close", () => ended(status === undefined ? "cut" : `grpc ${status}`));
    stream.resume();
    stream.end(body);
  });
}

/** What the exporter behind this door answers: a quarter of it is noise. */
export function scrapeText(): string {
  const lines = Array.from({ length: SERIES }, (_, i) =>
    i % 4 === 0 ? `debug_state{number="${i}"} 1` : `work_done{number="${i}"} ${i}`,
  );
  return `${lines.toSorted().join("\n")}\n`;
}

const SCRAPED = scrapeText()
  .split("\n")
  .filter((line) => line.startsWith("work_done")).length;

/** Its records are samples, which go the other way: a whole scrape has all that policies keep. */
function scrapeDoor(ledger: Ledger): Door {
  const send = (place: Place): Promise<void> =>
    numbered(ledger, async (number) => {
      const answer = await fetch(`${place.url}/metrics`, {
        keepalive: false,
        signal: AbortSignal.timeout(CLIENT_MS_MAX),
      });
      const text = await answer.text();
      const samples = text.split("\n").filter((line) => line.startsWith("work_done")).length;
      // In the words of the ledger: what is missing of a whole scrape is lost.
      const isWhole = samples === SCRAPED && !text.includes("debug_state");
      if (answer.ok && isWhole) ledger.arrived(keptText(number));
      return { text: String(answer.status), isTaken: answer.ok };
    });
  const close = (): void => undefined;
  const telemetry = "prometheus_metrics";
  return { name: "Prometheus scrape", telemetry, ledger, isPush: false, send, close };
}

function keptText(number: number): string {
  return textsOf(number)
    .filter((_, i) => CLASSES[i] === "kept")
    .join("\n");
}

async function numbered(
  ledger: Ledger,
  request: (number: number) => Promise<Outcome>,
): Promise<void> {
  const number = nextNumber();
  ledger.sent(number);
  const startedMs = performance.now();
  let outcome: Outcome;
  try {
    outcome = await request(number);
  } catch (error) {
    const isLate = error instanceof Error && error.name === "TimeoutError";
    outcome = { text: isLate ? "no answer" : "cut", isTaken: false };
  }
  ledger.answered(number, outcome.text, outcome.isTaken, performance.now() - startedMs);
}
