// The policy providers of a configuration: checks what must hold between their keys, and fills in
// what they leave out.

import { resolve } from "node:path";
import {
  FILE_INTERVAL_MS_DEFAULT,
  OPAMP_INTERVAL_MS_DEFAULT,
  SYNC_INTERVAL_MS_DEFAULT,
  SYNC_TIMEOUT_MS_DEFAULT,
} from "../core/limits.ts";
import { type Problem, quote } from "./draft.ts";
import type { KeyPath } from "./keys.ts";
import type { HttpProviderConfig, ProviderConfig } from "./model.ts";
import type { ProviderEntry } from "./schema.ts";

/** A provider of a list without problems. `folder`: where relative paths begin. */
export function providerOf(
  entry: ProviderEntry,
  index: number,
  context: { readonly folder: string },
): ProviderConfig {
  const type = typeOf(entry);
  const id = idOf(entry, index);
  const enforce = entry.enforce ? {} : ({ enforce: false } as const);
  const seconds = entry.poll_interval ?? entry.poll_interval_secs;
  const pollIntervalMs = seconds === undefined ? INTERVALS_MS[type] : seconds * 1000;
  if (type === "file") {
    const path = resolve(context.folder, entry.path ?? "");
    return { type, id, ...enforce, path, pollIntervalMs };
  }
  const server = {
    id,
    ...enforce,
    url: entry.url ?? "",
    headers: entry.headers,
    pollIntervalMs,
    timeoutMs: entry.timeout_ms ?? SYNC_TIMEOUT_MS_DEFAULT,
    cachePath: entry.cache_path && resolve(context.folder, entry.cache_path),
  };
  if (type === "opamp") return { type, ...server };
  return {
    type,
    ...server,
    encoding: type === "grpc" ? "protobuf" : encodingOf(entry.content_type),
  };
}

const INTERVALS_MS: Readonly<Record<ProviderConfig["type"], number>> = {
  file: FILE_INTERVAL_MS_DEFAULT,
  http: SYNC_INTERVAL_MS_DEFAULT,
  grpc: SYNC_INTERVAL_MS_DEFAULT,
  opamp: OPAMP_INTERVAL_MS_DEFAULT,
};

function encodingOf(contentType: string | undefined): HttpProviderConfig["encoding"] {
  return contentType?.toLowerCase().includes("protobuf") === true ? "protobuf" : "json";
}

function typeOf(entry: ProviderEntry): ProviderConfig["type"] {
  const type = entry.type.toLowerCase();
  return type === "http" || type === "grpc" || type === "opamp" ? type : "file";
}

function idOf(entry: ProviderEntry, index: number): string {
  return entry.id ?? `${typeOf(entry)}-${index + 1}`;
}

const OF_SERVERS = ["url", "timeout_ms", "content_type", "cache_path"] as const;

/** What does not hold between the keys of providers. */
export function providerProblems(entries: readonly ProviderEntry[]): readonly Problem[] {
  const problems: Problem[] = [];
  const seen = new Map<string, number>();
  for (const [index, entry] of entries.entries()) {
    const add: Add = (path, reason, at = "value") =>
      problems.push({ path: ["policy_providers", index, ...path], at, reason });
    const id = idOf(entry, index);
    const first = seen.get(id);
    if (first === undefined) seen.set(id, index);
    else {
      const path = entry.id === undefined ? [] : ["id"];
      add(path, `${quote(id)} is the id of policy_providers[${first}] too; give each its own.`);
    }
    if (entry.poll_interval !== undefined && entry.poll_interval_secs !== undefined) {
      add(["poll_interval_secs"], "is poll_interval by another name; give one.", "key");
    }
    const type = typeOf(entry);
    if (type === "file") fileProblems(entry, add);
    else serverProblems(type, entry, add);
  }
  return problems;
}

type Add = (path: KeyPath, reason: string, at?: Problem["at"]) => void;

const SCHEMES = {
  http: /^https?:/i,
  grpc: /^grpcs?:/i,
  opamp: /^(?:https?|wss?):/i,
} as const satisfies Record<Exclude<ProviderConfig["type"], "file">, RegExp>;

function serverProblems(type: keyof typeof SCHEMES, entry: ProviderEntry, add: Add): void {
  if (entry.url === undefined) {
    const what = type === "opamp" ? "the server's" : "the sync";
    add(["url"], `is missing; a provider of type ${type} needs ${what} address.`);
  } else if (!SCHEMES[type].test(entry.url)) {
    add(["url"], `is none of type ${type}; give one that is, or change "type".`);
  }
  if (type === "grpc" && encodingOf(entry.content_type ?? "protobuf") === "json") {
    add(["content_type"], "is not spoken over gRPC; leave it out.");
  }
  if (type === "opamp" && entry.content_type !== undefined) {
    add(["content_type"], "is not chosen by OpAMP clients; leave it out.", "key");
  }
  if (entry.path !== undefined) {
    add(["path"], 'only a provider of type file has it; remove it or use "url".', "key");
  }
}

function fileProblems(entry: ProviderEntry, add: Add): void {
  if (entry.path === undefined) {
    add(["path"], "is missing; a provider of type file needs the policy file.");
  }
  for (const key of OF_SERVERS) {
    if (entry[key] !== undefined) add([key], OF_SERVERS_REASON, "key");
  }
  if (entry.headers.length > 0) add(["headers"], OF_SERVERS_REASON, "key");
}

const OF_SERVERS_REASON =
  'only providers of type http, grpc and opamp have it; remove it or set "type" to one of them.';
