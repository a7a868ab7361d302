// What this instance tells control planes about itself.

import type { ServiceMetadata } from "../../config/model.ts";
import type { ExtensionCapability, SyncStage } from "../../policy/wire/index.ts";

/** What control planes are told about this program. */
export interface SyncIdentity {
  readonly stages: readonly SyncStage[];
  readonly service: ServiceMetadata;
  /** Extensions that have a handler here, asked with each request. Default: none. */
  readonly extensions?: () => readonly ExtensionCapability[];
}

/**
 * The identity as members of a sync request; the four required attributes win over extras of the
 * same key.
 */
export function identityMembers({ stages, service, extensions }: SyncIdentity): {
  readonly stages: readonly SyncStage[];
  readonly resourceAttributes: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly supportedExtensions: readonly ExtensionCapability[];
} {
  const extras = service.resourceAttributes.map(({ key, value }) => [key, value] as const);
  const required = {
    "service.name": service.name,
    "service.namespace": service.namespace,
    "service.instance.id": service.instanceId,
    "service.version": service.version,
  };
  return {
    stages,
    resourceAttributes: { ...required, ...Object.fromEntries(extras), ...required },
    labels: Object.fromEntries(service.labels.map(({ key, value }) => [key, value] as const)),
    supportedExtensions: extensions?.() ?? [],
  };
}
