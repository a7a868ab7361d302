// Puts an object where its target says: into a bucket, with this workload's credentials, or into a
// folder.

import { readFile } from "node:fs/promises";
import type { DumpCompression, DumpTarget } from "../../config/index.ts";
import { codingOf, compressed } from "./compress.ts";
import { CredentialChain } from "./credentials/chain.ts";
import type { Environment } from "./credentials/port.ts";
import { writeObject } from "./file-object.ts";
import { type Fetch, putObject, S3Error } from "./s3-object.ts";

/** S3's error if the clocks of two machines differ by more than a quarter of an hour. */
const SKEWED = "RequestTimeTooSkewed";
const CONTENT_TYPE = "application/x-ndjson";

export interface DumpObject {
  readonly key: string;
  readonly lines: Uint8Array;
  readonly compression: DumpCompression;
}

export interface ObjectStore {
  /** Resolves, when the object has arrived, to the number of bytes that were sent. */
  put(target: DumpTarget, object: DumpObject, signal: AbortSignal): Promise<number>;
}

export interface ObjectStoreOptions {
  readonly env?: Environment;
  readonly fetch?: Fetch;
  readonly nowMs?: () => number;
}

export function createObjectStore(options: ObjectStoreOptions = {}): ObjectStore {
  const { env = process.env, fetch: send = fetch, nowMs = Date.now } = options;
  const chain = new CredentialChain({
    env,
    fetch: (url, init) => send(new URL(url), init),
    readFile: (path) => readFile(path, "utf8"),
    nowMs,
  });
  /** How far the server's clock is ahead of ours; signatures use the server's time. */
  let skewMs = 0;
  return {
    async put(target, { key, lines, compression }, signal) {
      const bytes = await compressed(lines, compression);
      if (target.kind === "file") {
        await writeObject(target, key, bytes);
        return bytes.length;
      }
      const credentials = await chain.get();
      const object = { key, bytes, contentType: CONTENT_TYPE, coding: codingOf(compression) };
      try {
        const serverMs = nowMs() + skewMs;
        await putObject(target, object, { credentials, nowMs: serverMs, signal, fetch: send });
      } catch (error) {
        if (!(error instanceof S3Error)) throw error;
        if (error.reason === SKEWED) skewMs = (error.serverMs ?? nowMs()) - nowMs();
        else if (error.status === 403) chain.forget();
        throw error;
      }
      return bytes.length;
    },
  };
}
