// Configuration: from a file, variables, a command line and defaults to the checked settings of any
// program (`loadSettings`), and to the proxy's (`loadConfig`). Reads one file, prints nothing,
// starts nothing.

export { quote } from "./draft.ts";
export { ConfigError } from "./config-error.ts";
export type { Override } from "./environment.ts";
export { keyEntries } from "./keys.ts";
export { loadConfig } from "./load.ts";
export type { LoadOptions, LoadedConfig } from "./load.ts";
export { loadSettings } from "./settings.ts";
export type { ConfigSource, Settings, SettingsOptions } from "./settings.ts";
export { readFileBounded } from "./source.ts";
export type { ReadFile } from "./source.ts";
export type * from "./model.ts";
export { checkPem, PemError, pemFaults, pemPaths, readPem } from "./pem.ts";
export type { PemGroup, PemTexts } from "./pem.ts";
export { broadcastDumpTarget } from "./schema-s3-dump.ts";
export { secretsOf } from "./secrets.ts";
export { headerValuesOf } from "./upstream-headers/index.ts";
export type { UpstreamHeaderValues } from "./upstream-headers/index.ts";
export type { Environment } from "./substitute.ts";
export { unverifiedUrls } from "./unverified.ts";
