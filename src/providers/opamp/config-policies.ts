// Reads the policies of a configuration that an OpAMP server offers: which entries are read, and in
// which form. They are read like policy files and are one set; one bad entry fails the whole
// configuration.

import { shortened } from "../../core/printable.ts";
import { errorMessage } from "../../core/errors.ts";
import {
  POLICIES_PER_SET_MAX,
  POLICY_FILE_BYTES_MAX,
  SYNC_MESSAGE_CHARS_MAX,
} from "../../core/limits.ts";
import { MANY_POLICIES, type Policy } from "../../policy/index.ts";
import { type Pause, runInSteps } from "../../system/pause.ts";
import { contentHash, decodePolicyFile } from "../file/policy-file.ts";
import type { LocatedError, PolicySet } from "../provider-port.ts";
import type { ConfigEntry, RemoteConfig } from "./opamp-messages.ts";

/** Loaded by those that need it: with it come the schemas of all messages. */
const loadWire = () => import("../../policy/wire/index.ts");

/** Content types of entries that hold policies; an entry without one is read by its name. */
const FORMATS: ReadonlyMap<string, "json" | "yaml" | "protobuf" | "by name"> = new Map([
  ["", "by name"],
  ["application/json", "json"],
  ["text/json", "json"],
  ["application/yaml", "yaml"],
  ["application/x-yaml", "yaml"],
  ["text/yaml", "yaml"],
  ["text/x-yaml", "yaml"],
  ["application/protobuf", "protobuf"],
  ["application/x-protobuf", "protobuf"],
]);

/** What the server calls it; where it does not, a digest. */
export function nameOf({ hash, entries, refused }: RemoteConfig): string {
  if (hash.length > 0) return hash.toHex();
  if (refused !== undefined) return refused;
  const parts = entries.map(({ name, contentType, body }) => [
    name,
    contentType,
    contentHash(body),
  ]);
  return contentHash(new TextEncoder().encode(JSON.stringify(parts)));
}

/** The entries that are read. */
export function policyEntries({ entries }: RemoteConfig): readonly ConfigEntry[] {
  return entries.filter((entry) => formatOf(entry) !== undefined);
}

function formatOf({ contentType }: ConfigEntry) {
  return FORMATS.get((contentType.split(";", 1)[0] ?? "").trim().toLowerCase());
}

/**
 * The policies of all entries, bad ones included. Rejects, with the entry's name, when one of them
 * is no document of policies, and when there are entries but none that is read.
 */
export async function readPolicies(config: RemoteConfig, pause?: Pause): Promise<PolicySet> {
  if (config.refused !== undefined) throw new Error(config.refused);
  const entries = policyEntries(config);
  if (entries.length === 0) checkEmpty(config);
  const parts: Part[] = [];
  let start = 0;
  for (const entry of entries) {
    const read = await readEntry(entry, pause);
    parts.push({ ...read, start, name: shownName(entry) });
    start += read.policies.length;
    if (start > POLICIES_PER_SET_MAX) throw new Error(`holds policies, ${MANY_POLICIES}`);
  }
  return {
    policies: parts.flatMap(({ policies }) => policies),
    hash: nameOf(config),
    problems: parts.flatMap(({ problems = [] }) => problems),
    locate: (wanted) => locateIn(parts, wanted),
  };
}

/** Nothing at all switches every policy off, so it has to be said on purpose. */
function checkEmpty({ hash, entries }: RemoteConfig): void {
  if (entries.length > 0) {
    const all = entries.map(({ contentType }) => JSON.stringify(contentType)).join(", ");
    const types = shortened(all, SYNC_MESSAGE_CHARS_MAX);
    throw new Error(
      `no entry of the configuration holds policies; content types: ${types}; give application/json, application/yaml or application/protobuf`,
    );
  }
  if (hash.length === 0) throw new Error("the configuration holds no entries and no hash");
}

type Read = Pick<PolicySet, "policies" | "problems" | "locate">;

async function readEntry(entry: ConfigEntry, pause: Pause | undefined): Promise<Read> {
  const { body, contentType } = entry;
  const name = shownName(entry);
  if (body.length > POLICY_FILE_BYTES_MAX) {
    throw new Error(`${name}: is larger than ${POLICY_FILE_BYTES_MAX} bytes`);
  }
  if (formatOf(entry) !== "protobuf") return decodePolicyFile(body, name, pause);
  return { policies: await readMessages(body, contentType, name, pause) };
}

/** As a control plane's answer: policies in either dialect, or a PolicySet by its content type. */
async function readMessages(
  body: Uint8Array,
  contentType: string,
  name: string,
  pause: Pause | undefined,
): Promise<readonly Policy[]> {
  const { readSyncResponseSteps } = await loadWire();
  try {
    const steps = readSyncResponseSteps(body, contentType, "protobuf");
    const { policies, isPolicySet } = await runInSteps(steps, pause);
    if (policies.length === 0 && isPolicySet !== true) throw new Error("holds no policies");
    return policies;
  } catch (error) {
    throw new Error(`${name}: ${errorMessage(error)}`, { cause: error });
  }
}

/** An entry's name as that of a file, whose ending says the format. */
function shownName(entry: ConfigEntry): string {
  const name = entry.name === "" ? "config" : entry.name;
  const format = formatOf(entry);
  if (format === "json") return /\.json$/i.test(name) ? name : `${name}.json`;
  if (format === "yaml") return /\.ya?ml$/i.test(name) ? name : `${name}.yaml`;
  return name;
}

interface Part extends Read {
  readonly name: string;
  /** Where its policies begin in the set. */
  readonly start: number;
}

async function locateIn(
  parts: readonly Part[],
  wanted: readonly LocatedError[],
): Promise<readonly string[]> {
  const places: string[] = wanted.map(() => "");
  for (const { name, start, policies, locate } of parts) {
    const own = wanted.flatMap(({ index, error }, at) =>
      index >= start && index < start + policies.length
        ? [{ at, index: index - start, error }]
        : [],
    );
    // There are no lines in protobuf.
    const found = own.length === 0 || locate === undefined ? [] : await locate(own);
    for (const [i, { at }] of own.entries()) places[at] = found[i] ?? name;
  }
  return places;
}
