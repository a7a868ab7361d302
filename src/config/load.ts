// Loads the proxy's configuration: settings as any program has them, and then the rules between the
// keys of this one.

import { configSchema, type ConfigFile } from "./schema.ts";
import type { ProxyConfig } from "./model.ts";
import { type Machine, thisMachine } from "./own-address.ts";
import { CREDENTIAL_VARIABLES } from "./schema-s3-dump.ts";
import { buildConfig, configProblems } from "./resolve.ts";
import { type ConfigSource, type SettingsOptions, loadSettings } from "./settings.ts";
import { unverifiedWarnings } from "./unverified.ts";

/** Where a configuration is read from. */
export interface LoadOptions extends Omit<
  SettingsOptions<typeof configSchema>,
  "schema" | "prefix" | "check"
> {
  /** Whose addresses are the program's own; default: the one that it runs on. */
  readonly machine?: Machine | undefined;
  /** For `service.instance_id`; default: `edge-` and a random UUID. */
  readonly instanceId?: string;
}

/** The configuration, where it was read from, and warnings about it. */
export interface LoadedConfig {
  readonly config: ProxyConfig;
  readonly warnings: readonly string[];
  readonly source: ConfigSource;
}

/**
 * The proxy's configuration.
 *
 * @throws {ConfigError} with every problem that was found, unless it is lenient
 *
 * @example
 * const { config, warnings } = loadConfig({ path: "config.json", env: process.env });
 */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const { env, machine = thisMachine(), instanceId = `edge-${crypto.randomUUID()}` } = options;
  const { values, warnings, source, folder, isSet } = loadSettings({
    ...options,
    schema: configSchema,
    otherVariables: [...(options.otherVariables ?? []), ...CREDENTIAL_VARIABLES],
    check: (file) => configProblems(file, machine),
  });
  const config = buildConfig(values, { folder, instanceId, memoryBytes: machine.memoryBytes });
  const own = [
    ...ownWarnings(values, isSet("upstream_url")),
    ...exposureWarnings(config),
    ...unverifiedWarnings(config, env),
  ];
  return { config, warnings: [...own, ...warnings], source };
}

function ownWarnings(file: ConfigFile, upstreamSet: boolean): readonly string[] {
  const warnings: string[] = [];
  if (file.thread_pool_count !== undefined) {
    warnings.push("thread_pool_count: has no effect; set worker_count to use more cores.");
  }
  if (file.serve_pipelined !== undefined) {
    warnings.push("serve_pipelined: has no effect; such requests are served. Leave it out.");
  }
  if (!upstreamSet) {
    warnings.push(`upstream_url: not set; telemetry goes to ${file.upstream_url}.`);
  }
  return warnings;
}

/** Payloads that anybody who reaches the port may read. */
function exposureWarnings({ admin, listen }: ProxyConfig): readonly string[] {
  const target = admin.listen ?? listen;
  if (!admin.showPayloads || admin.token !== undefined || target.kind === "unix") return [];
  if (/^(?:127\.|::1$|localhost$)/.test(target.host)) return [];
  return [
    `admin.show_payloads: telemetry can be read by whoever reaches ${target.host}; set admin.token, or admin.listen to a loopback address.`,
  ];
}
