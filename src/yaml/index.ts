// YAML 1.2 to plain trees, within bounds whatever a text is: it need not be YAML. Says where each
// value stands, and of a text that is wrong its first fault. Must not know what documents mean.

export { readYaml, readYamlQuickly } from "./at-first-use.ts";
export { isJsonFile } from "./file-format.ts";
export type { YamlOptions } from "./options.ts";
