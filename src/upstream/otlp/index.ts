// An OTLP client: posts requests in protobuf over HTTP and reports their outcome. It serves every
// part of the program that sends its own telemetry. Must not queue or retry: system/batch-queue.ts
// does that.

export {
  emptyRecord,
  type LogRecordFields,
  OtlpLogsWriter,
  stringAttribute,
} from "./logs-writer.ts";
export { type OtlpResponse, OtlpClient, type OtlpClientOptions } from "./otlp-client.ts";
