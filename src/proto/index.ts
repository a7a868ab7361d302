// The protobuf messages that this program speaks: tero.policy.v1, OpenTelemetry's own policies,
// OpAMP, and the export requests of OTLP.
// The .proto files beside this one are the source; gen/ is generated from them by scripts/gen.ts
// and never edited. Code on the hot path does not decode OTLP with these: they serve policy sync,
// tools and tests.

export {
  ExtensionTargetRefSchema,
  ExtensionTargetSchema,
} from "./gen/tero/policy/v1/extension_pb.ts";
export {
  PolicySchema,
  SyncRequestSchema,
  SyncResponseSchema,
} from "./gen/tero/policy/v1/policy_pb.ts";
export type { SyncRequest, SyncResponse } from "./gen/tero/policy/v1/policy_pb.ts";
export {
  AgentCapabilities,
  AgentRemoteConfigSchema,
  type AgentToServer,
  AgentToServerSchema,
  RemoteConfigStatuses,
  ServerCapabilities,
  ServerErrorResponseType,
  ServerToAgentFlags,
  ServerToAgentSchema,
} from "./gen/opamp/proto/opamp_pb.ts";
export {
  PolicySchema as OtelPolicySchema,
  PolicySetSchema as OtelPolicySetSchema,
} from "./gen/opentelemetry/proto/policies/v1development/policies_pb.ts";
export { PolicyStage } from "./gen/tero/policy/v1/shared_pb.ts";
export type { KeyValue } from "./gen/opentelemetry/proto/common/v1/common_pb.ts";
export {
  ExportLogsServiceRequestSchema,
  ExportLogsServiceResponseSchema,
} from "./gen/opentelemetry/proto/collector/logs/v1/logs_service_pb.ts";
export {
  ExportMetricsServiceRequestSchema,
  ExportMetricsServiceResponseSchema,
} from "./gen/opentelemetry/proto/collector/metrics/v1/metrics_service_pb.ts";
export {
  ExportTraceServiceRequestSchema,
  ExportTraceServiceResponseSchema,
} from "./gen/opentelemetry/proto/collector/trace/v1/trace_service_pb.ts";
