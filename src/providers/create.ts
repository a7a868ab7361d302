// Creates the providers that a configuration names.

import type { ProviderConfig } from "../config/model.ts";
import type { ExtensionConfig } from "../policy/wire/index.ts";
import { FileProvider } from "./file/file-provider.ts";
import { SYNC_RESPONSE_BYTES_MAX as responseBytesMax } from "../core/limits.ts";
import { grpcFetch } from "./grpc/grpc-fetch.ts";
import { HttpProvider } from "./http/http-provider.ts";
import { OpampProvider } from "./opamp/opamp-provider.ts";
import type { PolicyProvider } from "./provider-port.ts";
import type { SyncIdentity } from "./http/sync-identity.ts";

/** What providers are made with. */
export interface ProviderDeps {
  readonly identity: SyncIdentity;
  /**
   * Told the extension configurations that a control plane broadcasts. Whether what policies may
   * ask for has changed.
   */
  readonly onExtensionConfigs?: (provider: string, configs: readonly ExtensionConfig[]) => boolean;
}

/**
 * One provider for each entry, in the order of the configuration.
 *
 * @example
 * const providers = createProviders(config.providers, { identity });
 */
export function createProviders(
  configs: readonly ProviderConfig[],
  { identity, onExtensionConfigs }: ProviderDeps,
): PolicyProvider[] {
  return configs.map((config) => {
    if (config.type === "file") return new FileProvider(config);
    if (config.type === "opamp") return new OpampProvider({ ...config, identity });
    const { timeoutMs } = config;
    const isGrpc = config.type === "grpc";
    return new HttpProvider({
      ...config,
      ...(isGrpc ? { fetch: grpcFetch({ timeoutMs, responseBytesMax }) } : {}),
      identity,
      onExtensionConfigs: (list) => onExtensionConfigs?.(config.id, list) ?? false,
    });
  });
}
