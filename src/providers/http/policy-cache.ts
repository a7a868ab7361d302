// Stores the last good response of a control plane on disk, for starts while the control plane is
// down. It is written to a temporary file and renamed, so it is whole or absent; it names its
// source, so that it is not used for another one.

import type { SyncEncoding } from "../../policy/wire/index.ts";
import { SYNC_RESPONSE_BYTES_MAX } from "../../core/limits.ts";
import { redactUrl } from "../../core/redact.ts";
import { encodeUtf8 } from "../../core/utf8.ts";
import { contentHash } from "../file/policy-file.ts";
import { readRegularFile } from "../../system/read-file.ts";
import { replaceFile } from "../../system/replace-file.ts";

export interface CachedResponse {
  readonly bytes: Uint8Array;
  readonly contentType: string | null;
  /** In which the request was sent. */
  readonly encoding: SyncEncoding;
}

interface CacheFile {
  readonly format: 1;
  readonly source: string;
  readonly content_type: string | null;
  readonly encoding: SyncEncoding;
  readonly sha256: string;
  readonly body: string;
}

/** Base64 is a third longer; the rest is the file's other members. */
const CACHE_BYTES_MAX = Math.ceil((SYNC_RESPONSE_BYTES_MAX * 4) / 3) + 65_536;

/**
 * What a cache is of: the address without its secrets. A query may name a tenant or hold a key, so
 * it counts and is not shown.
 */
export function cacheSource(url: string): string {
  const { search } = new URL(url);
  const shown = redactUrl(url);
  return search === "" ? shown : `${shown} (sha256 ${contentHash(encodeUtf8(search))})`;
}

/** The kept answer of `source`. Throws when there is none that can be used, with the reason. */
export async function readCache(path: string, source: string): Promise<CachedResponse> {
  const { bytes } = await readRegularFile(path, CACHE_BYTES_MAX);
  let file: Partial<CacheFile>;
  try {
    // Written by writeCache; each member is checked below.
    file = JSON.parse(new TextDecoder().decode(bytes)) as Partial<CacheFile>;
  } catch {
    throw new Error("is not a policy cache; remove it");
  }
  if (file?.format !== 1 || typeof file.body !== "string") {
    throw new Error("is not a policy cache of this version; remove it");
  }
  if (file.source !== source) throw new Error("is the cache of another control plane; remove it");
  const body = new Uint8Array(Buffer.from(file.body, "base64"));
  if (contentHash(body) !== file.sha256) throw new Error("is damaged; remove it");
  return {
    bytes: body,
    contentType: typeof file.content_type === "string" ? file.content_type : null,
    encoding: file.encoding === "protobuf" ? "protobuf" : "json",
  };
}

/**
 * Keeps `answer`, readable by its owner only. Throws when it cannot be written; the one before
 * stays then.
 */
export async function writeCache(
  path: string,
  source: string,
  response: CachedResponse,
): Promise<void> {
  const file: CacheFile = {
    format: 1,
    source,
    content_type: response.contentType,
    encoding: response.encoding,
    sha256: contentHash(response.bytes),
    body: Buffer.from(response.bytes).toString("base64"),
  };
  await replaceFile(path, `${JSON.stringify(file)}\n`);
}
