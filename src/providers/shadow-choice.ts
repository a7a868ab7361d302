// Decides which policies the configuration puts in shadow, whatever they say themselves: those of
// providers that do not enforce, and those whose id or name matches a pattern.

import { inShadow, type Policy } from "../policy/index.ts";

/** What the configuration says about shadow mode. */
export interface ShadowSettings {
  /** Patterns of ids and names: `*` is any text, `?` any character. */
  readonly shadowPolicies: readonly string[];
  /** `enforce`: false puts all of its policies in shadow. */
  readonly providers: readonly { readonly id: string; readonly enforce?: false }[];
}

/** The policies of a provider as they are put in force. */
export type ShadowChoice = (provider: string, policies: readonly Policy[]) => readonly Policy[];

/** Undefined: nothing is put in shadow. */
export function shadowChoice(settings: ShadowSettings): ShadowChoice | undefined {
  const patterns = settings.shadowPolicies.map(patternOf);
  const tried = settings.providers.filter(({ enforce }) => enforce === false).map(({ id }) => id);
  if (patterns.length + tried.length === 0) return undefined;
  return (provider, policies) => {
    if (tried.includes(provider)) return policies.map(inShadow);
    if (patterns.length === 0) return policies;
    return policies.map((policy) => (isMeant(policy, patterns) ? inShadow(policy) : policy));
  };
}

function isMeant({ id, name }: Policy, patterns: readonly RegExp[]): boolean {
  return patterns.some((pattern) => pattern.test(id) || pattern.test(name));
}

function patternOf(text: string): RegExp {
  const parts = text.split(/(\*+|\?)/).map((part) => {
    if (part === "?") return ".";
    return part.startsWith("*") ? ".*" : RegExp.escape(part);
  });
  return new RegExp(`^${parts.join("")}$`, "su");
}
