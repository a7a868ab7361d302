// A configuration as a file with these members gives it.

import { loadConfig, type ProxyConfig } from "../../src/config/index.ts";

export function configOf(
  members: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>> = {},
): ProxyConfig {
  const { config } = loadConfig({
    path: "/c.json",
    env,
    readFile: () => new TextEncoder().encode(JSON.stringify(members)),
  });
  return config;
}
