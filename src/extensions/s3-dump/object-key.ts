// The key of an object: whose records it holds, of which hour, and who wrote it. It is fixed when
// the first record comes, so that sending the object again replaces it.

import type { Signal } from "../../policy/index.ts";
import type { DumpCompression } from "../../config/index.ts";

export interface KeyParts {
  readonly prefix: string;
  readonly signal: Signal;
  readonly policy: string;
  /** Unix milliseconds. */
  readonly openedMs: number;
  /** Grows by one with each object of this process. */
  readonly sequence: number;
  /** Distinguishes this process from others that write to the same place. */
  readonly instance: string;
  readonly compression: DumpCompression;
}

const ENDINGS: Readonly<Record<DumpCompression, string>> = {
  none: ".ndjson",
  gzip: ".ndjson.gz",
  zstd: ".ndjson.zst",
};
const ID_CHARS_MAX = 128;

/**
 * `{prefix}{signal}/{yyyy}/{mm}/{dd}/{hh}/{policy}-{unix ns}-{sequence}-{instance}.ndjson`, UTC.
 * Characters of ids that S3 does not list as safe become "_".
 */
export function objectKey(parts: KeyParts): string {
  const { prefix, signal, policy, openedMs, sequence, instance, compression } = parts;
  const hour = new Date(openedMs).toISOString().slice(0, 13).replaceAll(/[-T]/g, "/");
  const nanos = BigInt(openedMs) * 1_000_000n;
  const name = `${safe(policy)}-${nanos}-${sequence}-${safe(instance)}`;
  return `${prefix}${signal}/${hour}/${name}${ENDINGS[compression]}`;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html, "Safe characters". */
function safe(id: string): string {
  return id.slice(0, ID_CHARS_MAX).replaceAll(/[^A-Za-z0-9._-]/g, "_");
}
