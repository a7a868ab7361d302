// What OpAMP servers are told about this program: what identifies it, and where it runs.

import { arch, hostname, platform } from "node:os";
import { identityMembers, type SyncIdentity } from "../http/sync-identity.ts";
import type { AgentReport } from "./opamp-messages.ts";

const IDENTIFYING = new Set([
  "service.name",
  "service.namespace",
  "service.version",
  "service.instance.id",
]);

/** Of the machine as the semantic conventions spell it; what is configured goes before. */
export function agentDescription(identity: SyncIdentity): NonNullable<AgentReport["description"]> {
  const { resourceAttributes, labels } = identityMembers(identity);
  const machine = { "os.type": platform(), "host.arch": archOf(arch()), "host.name": hostname() };
  const own = Object.entries({ ...machine, ...labels, ...resourceAttributes });
  return {
    identifying: Object.fromEntries(own.filter(([key]) => IDENTIFYING.has(key))),
    other: Object.fromEntries(own.filter(([key]) => !IDENTIFYING.has(key))),
  };
}

function archOf(name: string): string {
  return name === "x64" ? "amd64" : name;
}
