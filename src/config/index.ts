// Configuration: from a file, TERO_* variables and defaults to one checked ProxyConfig. Reads one
// file, prints nothing, starts nothing.

export { quote } from "./draft.ts";
export { ConfigError, loadConfig, readFileBounded } from "./load.ts";
export type { ConfigSource, LoadOptions, LoadedConfig, ReadFile } from "./load.ts";
export type * from "./model.ts";
export { checkPem, PEM_KEYS, PemError, pemFaults } from "./pem.ts";
export type { PemGroup, PemTexts } from "./pem.ts";
export { secretsOf } from "./secrets.ts";
export type { Environment } from "./substitute.ts";
export { unverifiedUrls } from "./unverified.ts";
