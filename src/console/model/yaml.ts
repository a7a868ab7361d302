// Prints policies as YAML, whatever they were typed in. Pure.

import { parse, stringify } from "yaml";

/** JSON becomes YAML; what is YAML already stays as it was typed. */
export function yamlOf(text: string): string {
  if (!/^\s*[{[]/.test(text)) return text;
  try {
    return stringify(parse(text, { intAsBigInt: true }), { lineWidth: 0 });
  } catch {
    return text;
  }
}
