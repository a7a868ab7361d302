// A client of OTLP: posts requests in protobuf over HTTP and reports their outcome. It is for every
// part that sends telemetry of its own. Must not queue or retry: system/batch-queue.ts does that.

export {
  emptyRecord,
  type LogRecordFields,
  OtlpLogsWriter,
  stringAttribute,
} from "./logs-writer.ts";
export { type OtlpResponse, OtlpClient, type OtlpClientOptions } from "./otlp-client.ts";
