// Loads the YAML readers with the first text that needs them: most programs read only JSON, and the
// parser's modules would otherwise slow every start.

import type { YamlOptions } from "./options.ts";
import type * as Quick from "./quick-yaml.ts";
import type * as Exact from "./read-yaml.ts";

/** See read-yaml.ts. */
export function readYaml(text: string, options: YamlOptions): Exact.YamlDocument {
  const exact = require("./read-yaml.ts") as typeof Exact;
  return exact.readYaml(text, options);
}

/** See quick-yaml.ts. */
export function readYamlQuickly(
  text: string,
  reasons: YamlOptions["reasons"] = {},
): Exact.YamlDocument {
  const quick = require("./quick-yaml.ts") as typeof Quick;
  return quick.readYamlQuickly(text, reasons);
}
