// Policy providers of a configuration: what must hold between their keys, and what is left out.

import { resolve } from "node:path";
import {
  FILE_INTERVAL_MS_DEFAULT,
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
  const defaultMs = type === "file" ? FILE_INTERVAL_MS_DEFAULT : SYNC_INTERVAL_MS_DEFAULT;
  const seconds = entry.poll_interval ?? entry.poll_interval_secs;
  const pollIntervalMs = seconds === undefined ? defaultMs : seconds * 1000;
  if (type === "file") {
    const path = resolve(context.folder, entry.path ?? "");
    return { type, id, ...enforce, path, pollIntervalMs };
  }
  return {
    type,
    id,
    ...enforce,
    url: entry.url ?? "",
    headers: entry.headers,
    encoding: type === "grpc" ? "protobuf" : encodingOf(entry.content_type),
    pollIntervalMs,
    timeoutMs: entry.timeout_ms ?? SYNC_TIMEOUT_MS_DEFAULT,
    cachePath: entry.cache_path && resolve(context.folder, entry.cache_path),
  };
}

function encodingOf(contentType: string | undefined): HttpProviderConfig["encoding"] {
  return contentType?.toLowerCase().includes("protobuf") === true ? "protobuf" : "json";
}

function typeOf(entry: ProviderEntry): ProviderConfig["type"] {
  const type = entry.type.toLowerCase();
  return type === "http" || type === "grpc" ? type : "file";
}

function idOf(entry: ProviderEntry, index: number): string {
  return entry.id ?? `${typeOf(entry)}-${index + 1}`;
}

const ONLY_HTTP = ["url", "timeout_ms", "content_type", "cache_path"] as const;

/** What does not hold between the keys of providers. */
export function providerProblems(entries: readonly ProviderEntry[]): readonly Problem[] {
  const problems: Problem[] = [];
  const seen = new Map<string, number>();
  const add = (path: KeyPath, reason: string, at: Problem["at"] = "value") =>
    problems.push({ path: ["policy_providers", ...path], at, reason });
  for (const [index, entry] of entries.entries()) {
    const id = idOf(entry, index);
    const first = seen.get(id);
    if (first === undefined) seen.set(id, index);
    else {
      const path = entry.id === undefined ? [index] : [index, "id"];
      add(path, `${quote(id)} is the id of policy_providers[${first}] too; give each its own.`);
    }
    if (entry.poll_interval !== undefined && entry.poll_interval_secs !== undefined) {
      add([index, "poll_interval_secs"], "is poll_interval by another name; give one.", "key");
    }
    const type = typeOf(entry);
    if (type !== "file") {
      if (entry.url === undefined) {
        add([index, "url"], `is missing; a provider of type ${type} needs the sync address.`);
      } else if (/^grpc/i.test(entry.url) !== (type === "grpc")) {
        add([index, "url"], `is none of type ${type}; give one that is, or change "type".`);
      }
      if (type === "grpc" && encodingOf(entry.content_type ?? "protobuf") === "json") {
        add([index, "content_type"], "is not spoken over gRPC; leave it out.");
      }
      if (entry.path !== undefined) {
        add([index, "path"], 'only a provider of type file has it; remove it or use "url".', "key");
      }
      continue;
    }
    if (entry.path === undefined) {
      add([index, "path"], "is missing; a provider of type file needs the policy file.");
    }
    for (const key of ONLY_HTTP) {
      if (entry[key] !== undefined) add([index, key], ONLY_HTTP_REASON, "key");
    }
    if (entry.headers.length > 0) add([index, "headers"], ONLY_HTTP_REASON, "key");
  }
  return problems;
}

const ONLY_HTTP_REASON =
  'only providers of type http and grpc have it; remove it or set "type" to "http".';
