// Writes the policies of proposals as people write them, in JSON and in YAML.

import { fnv32, spread } from "../../core/hash.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import type { Signal } from "../../policy/model.ts";
import type { AuthoredMatcher, AuthoredPolicy, AuthoredTarget } from "./proposal.ts";

const SLUG_CHARS_MAX = 40;

/** `what`: for the id; the same matchers have the same id. */
export function authored(
  signal: Signal,
  what: string,
  text: { readonly name: string; readonly description: string },
  target: AuthoredTarget,
): AuthoredPolicy {
  const bytes = encodeUtf8(JSON.stringify(target.match));
  const hash = (spread(fnv32(bytes, 0, bytes.length)) >>> 0).toString(16).padStart(8, "0");
  return { id: `suggest-${slug(what)}-${hash}`, ...text, [signal]: target };
}

function slug(text: string): string {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.join("-").slice(0, SLUG_CHARS_MAX);
}

/** Whose records they are. */
export function serviceMatcher(service: string): AuthoredMatcher {
  return service === ""
    ? { resource_attribute: "service.name", exists: false }
    : { resource_attribute: "service.name", equals: service };
}

/** A policy file. Texts are quoted as JSON quotes them, which YAML reads. */
export function yamlOf(policies: readonly AuthoredPolicy[]): string {
  return `${["policies:", ...policies.flatMap(policyLines)].join("\n")}\n`;
}

/** Of a list of policies. */
export function policyLines(policy: AuthoredPolicy): readonly string[] {
  const { id, name, description, ...targets } = policy;
  const lines = [
    `  - id: ${id}`,
    `    name: ${JSON.stringify(name)}`,
    `    description: ${JSON.stringify(description)}`,
  ];
  for (const [signal, target] of Object.entries(targets)) {
    if (target === undefined) continue;
    lines.push(`    ${signal}:`, "      match:");
    for (const matcher of target.match) {
      const [first, ...others] = Object.entries(matcher).map(
        ([key, value]) => `${key}: ${JSON.stringify(value)}`,
      );
      lines.push(`        - ${first ?? ""}`, ...others.map((other) => `          ${other}`));
    }
    lines.push(`      keep: ${JSON.stringify(target.keep)}`);
  }
  return lines;
}
