// Names of the members of a Datadog log that have a meaning of their own, each list in order of
// precedence. Source: Datadog, "Send logs" (API v2) and "Pipelines: preprocessing for JSON logs".

import type { Alias } from "../../dotted/requested-attributes.ts";

export const BODY_NAMES = ["message", "msg", "log"] as const;
export const STATUS_NAMES = ["status", "level", "severity"] as const;
export const TAGS_NAME = "ddtags";
export const HOST_NAME = "hostname";
export const SERVICE_NAME = "service";

/** Where the text is in a message that the Google Cloud forwarder has wrapped in a document. */
export const INNER_BODY_NAMES = [
  "data.jsonPayload.message",
  "data.jsonPayload.body",
  "data.jsonPayload.log",
] as const;

/** OpenTelemetry's names for what Datadog keeps elsewhere. */
export function aliasesOf(hostMember: string): readonly Alias[] {
  return [
    { name: SERVICE_NAME, of: ["service.name"], tagOnly: false },
    { name: hostMember, of: ["host.name"], tagOnly: false },
    { name: "env", of: ["deployment.environment", "deployment.environment.name"], tagOnly: true },
    { name: "version", of: ["service.version"], tagOnly: true },
  ];
}
