// Reads YAML 1.2 into plain trees, within bounds that hold for any input, even if it is not YAML.
// Says where each value stands and, of an invalid text, what its first fault is. Must not know what
// documents mean.

export { readYaml, readYamlQuickly } from "./at-first-use.ts";
export { isJsonFile } from "./file-format.ts";
export type { YamlOptions } from "./options.ts";
