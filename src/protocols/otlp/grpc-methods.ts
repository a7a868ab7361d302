// OTLP's services of gRPC: each method takes the very message that its path of HTTP takes in
// protobuf, and answers with the same one. Source: OTLP specification, "OTLP/gRPC";
// opentelemetry/proto/collector/*/v1/*_service.proto.

/** Paths of HTTP by paths of methods. */
export const OTLP_METHODS: Readonly<Record<string, string>> = {
  "/opentelemetry.proto.collector.logs.v1.LogsService/Export": "/v1/logs",
  "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export": "/v1/metrics",
  "/opentelemetry.proto.collector.trace.v1.TraceService/Export": "/v1/traces",
};
