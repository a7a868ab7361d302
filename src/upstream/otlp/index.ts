// OTLP as a client speaks it: requests in protobuf, posted over HTTP, and what becomes of them. For
// all that sends telemetry of its own. Must not queue or try again: that is system/batch-queue.ts.

export {
  emptyRecord,
  type LogRecordFields,
  OtlpLogsWriter,
  stringAttribute,
} from "./logs-writer.ts";
export { type OtlpResponse, OtlpClient, type OtlpClientOptions } from "./otlp-client.ts";
