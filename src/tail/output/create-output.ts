// Opens the output that the user named.

import { OTLP_TIMEOUT_MS } from "../../core/limits.ts";
import type { HeaderChanges } from "../../upstream/header-changes.ts";
import { OtlpClient } from "../../upstream/otlp/index.ts";
import type { LineSyntax } from "../../protocols/lines/index.ts";
import type { LineFormat } from "../filter/index.ts";
import type { LineOutput, OutputEvents } from "../ports.ts";
import { BufferedOutput } from "./buffered-output.ts";
import { FileSink } from "./file-sink.ts";
import { LineRecords } from "./line-records.ts";
import { OtlpOutput } from "./otlp-output.ts";
import { isOtlpTarget, otlpUrl } from "./otlp-target.ts";
import { StdoutSink } from "./stdout-sink.ts";

export interface OutputOptions {
  /** `-`: standard output; `otlp+http://…`, `otlp+https://…`: a backend; else a path. */
  readonly target: string;
  readonly writeBufBytes: number;
  /** How long lines wait for others: in a buffer, or for a request to a backend. */
  readonly flushIntervalMs: number;
  readonly flushLines: number;
  /** How lines are read; a backend is told what they say of themselves. */
  readonly format: LineFormat;
  readonly innerFormat?: LineSyntax;
  /** Headers of requests to a backend that users give, and the coding. Default: none, and gzip. */
  readonly headers?: HeaderChanges | undefined;
  readonly compression?: "none" | "gzip";
  /** Version of the program. */
  readonly version: string;
}

/** Rejects with OutputFileError or OutputTargetError, which say what to do. */
export async function createOutput(
  options: OutputOptions,
  events: OutputEvents,
): Promise<LineOutput> {
  const { flushIntervalMs, flushLines, target, writeBufBytes } = options;
  if (isOtlpTarget(target)) return backend(options, events);
  const sink =
    target === "-" ? new StdoutSink({ events }) : await FileSink.open({ path: target, events });
  return new BufferedOutput({
    sink,
    events,
    bufferBytes: writeBufBytes,
    flushIntervalMs,
    flushLines,
  });
}

function backend(options: OutputOptions, events: OutputEvents): LineOutput {
  const { compression = "gzip", format, headers: changes, innerFormat = "auto" } = options;
  const { version } = options;
  const client = new OtlpClient({
    url: otlpUrl(options.target),
    userAgent: `edge-tail/${version}`,
    changes,
    compression,
    timeoutMs: OTLP_TIMEOUT_MS,
  });
  const isContainer = format === "cri" || format === "docker";
  return new OtlpOutput({
    post: (request) => client.post(request),
    records: new LineRecords(isContainer ? innerFormat : format, isContainer ? format : undefined),
    events,
    version,
    waitMsMax: options.flushIntervalMs,
  });
}
