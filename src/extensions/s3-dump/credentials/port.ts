// What credentials are, and how they are fetched from a platform that serves them.

import { errorMessage } from "../../../core/errors.ts";
import { DUMP_CREDENTIALS_TIMEOUT_MS } from "../../../core/limits.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  /** Unix milliseconds; undefined: they do not expire. */
  readonly expiresMs: number | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What fetching credentials requires. */
export interface CredentialDeps {
  readonly env: Environment;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly readFile: (path: string) => Promise<string>;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
}

/** Undefined: this source does not apply here. Rejects if it applies but fails. */
export type CredentialProvider = (deps: CredentialDeps) => Promise<Credentials | undefined>;

/** Sends a request; rejects for error responses, too. `what` is for messages. */
export async function askText(
  { fetch }: CredentialDeps,
  what: string,
  url: string,
  init: RequestInit = {},
): Promise<string> {
  const signal = AbortSignal.timeout(DUMP_CREDENTIALS_TIMEOUT_MS);
  const response = await fetch(url, { ...init, signal }).catch((error: unknown) => {
    throw new Error(`${what}: ${errorMessage(error)}`);
  });
  if (!response.ok) throw new Error(`${what}: answered ${response.status}`);
  return response.text();
}

export async function askJson(
  deps: CredentialDeps,
  what: string,
  url: string,
  init: RequestInit = {},
): Promise<unknown> {
  return parseJson(what, await askText(deps, what, url, init));
}

export function parseJson(what: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${what}: its answer is no JSON`);
  }
}

/** Reads credentials from an AWS response; `names` are the names of its members. */
export function credentialsOf(
  what: string,
  tree: unknown,
  tokenName: "Token" | "SessionToken",
): Credentials {
  const members = (tree ?? {}) as Readonly<Record<string, unknown>>; // Checked below.
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = members;
  const sessionToken = members[tokenName];
  if (typeof accessKeyId !== "string" || typeof secretAccessKey !== "string") {
    throw new Error(`${what}: its answer holds no credentials`);
  }
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken: typeof sessionToken === "string" ? sessionToken : undefined,
    expiresMs: expiryOf(members["Expiration"]),
  };
}

/** ISO 8601 or, in JSON from STS, seconds since 1970. */
function expiryOf(value: unknown): number | undefined {
  if (typeof value === "number") return value * 1000;
  const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
