// The host names by which the pages below /_edge/ may be requested when no token protects them. Any
// web page can point its own name at the address of an Edge that only its visitor can reach (DNS
// rebinding). To the visitor's browser the two are then the same site, and only the name in the
// header Host tells them apart.

import { isIP } from "node:net";
import type { ListenTarget } from "../config/index.ts";

/** Nobody on the internet can have names below these (RFC 6761, 6762, 8375; ICANN for the last). */
const PRIVATE_SUFFIXES = [".localhost", ".local", ".home.arpa", ".internal"];

/**
 * Whether Edge goes by this name: an address, one word such as `localhost` or that of a container,
 * a name that is private by its ending, or one of `names`. `host`: as the header says it; null, as
 * browsers always send it, is no browser.
 */
export function isKnownHost(host: string | null, names: readonly string[]): boolean {
  if (host === null) return true;
  const name = nameOf(host);
  if (name === undefined) return false;
  if (isIP(name) !== 0 || !name.includes(".")) return true;
  if (PRIVATE_SUFFIXES.some((suffix) => name.endsWith(suffix))) return true;
  return names.some((known) => nameOf(known) === name);
}

/** What listeners are called. */
export function namesOf(...targets: readonly (ListenTarget | undefined)[]): readonly string[] {
  return targets.flatMap((target) => (target?.kind === "tcp" ? [target.host] : []));
}

/** Without the port, brackets and the dot that may end it, in lower case. */
function nameOf(host: string): string | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+?)\.?)(?::\d*)?$/.exec(host);
  const [, bracketed, name = bracketed] = match ?? [];
  // What is in brackets is an address; a zone, which Node takes for a part of one, may be a name.
  if (bracketed !== undefined && (isIP(bracketed) !== 6 || bracketed.includes("%"))) {
    return undefined;
  }
  return name?.toLowerCase();
}
