// The values of `upstream_headers` as a thread sees them: those in files are read, and all are
// treated as secrets.

import { readFileSync } from "node:fs";
import type { UpstreamHeaderValues, ProxyConfig, ReadFile } from "../../config/index.ts";
import { keepSecrets } from "../../config/secrets.ts";
import { readHeaderValues } from "../../config/upstream-headers/values.ts";

/** Throws HeaderFileError. `readFile`: the disk by default. */
export function headerValuesNow(
  config: ProxyConfig,
  readFile: ReadFile = (path) => readFileSync(path),
): UpstreamHeaderValues {
  const values = readHeaderValues(config.upstreamHeaders, readFile);
  keepSecrets(config, values);
  return values;
}
