// Credentials as users of AWS's own clients expect them, in this order: TERO_S3_ variables, AWS_
// variables, a web identity (EKS service accounts), a profile of the shared files, the role of a
// container (ECS, EKS Pod Identity), the role of an instance (EC2). Each source is used as a whole,
// and credentials that expire are fetched again in time.

import { errorMessage } from "../../../core/errors.ts";
import { DUMP_CREDENTIALS_MARGIN_MS } from "../../../core/limits.ts";
import type { CredentialDeps, CredentialProvider, Credentials, Environment } from "./port.ts";
import { profileCredentials } from "./profile.ts";
import { containerCredentials, instanceCredentials } from "./role.ts";
import { webIdentityCredentials } from "./web-identity.ts";

const REMOTE: readonly CredentialProvider[] = [
  webIdentityCredentials,
  profileCredentials,
  containerCredentials,
  instanceCredentials,
];

class CredentialError extends Error {
  readonly code = "credentials";
  constructor(reason: string) {
    super(
      `no credentials: ${reason}; set TERO_S3_ACCESS_KEY_ID and TERO_S3_SECRET_ACCESS_KEY, or the AWS_ ones, or give this workload a role`,
    );
    this.name = "CredentialError";
  }
}

export class CredentialChain {
  readonly #deps: CredentialDeps;
  #known: Credentials | undefined;
  #asking: Promise<Credentials> | undefined;

  constructor(deps: CredentialDeps) {
    this.#deps = deps;
  }

  /** Rejects with CredentialError. If fetching fails, credentials that are still valid are used. */
  async get(): Promise<Credentials> {
    const { env, nowMs } = this.#deps;
    const own = variables(env, "TERO_S3_") ?? variables(env, "AWS_");
    if (own !== undefined) return own;
    const known = this.#known;
    const leftMs = (known?.expiresMs ?? Number.POSITIVE_INFINITY) - nowMs();
    if (known !== undefined && leftMs > DUMP_CREDENTIALS_MARGIN_MS) return known;
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    try {
      this.#known = await this.#asking;
      return this.#known;
    } catch (error) {
      if (known !== undefined && leftMs > 0) return known;
      throw error;
    }
  }

  /** A server has refused them: they are fetched again. */
  forget(): void {
    this.#known = undefined;
  }

  async #ask(): Promise<Credentials> {
    const reasons: string[] = [];
    for (const provider of REMOTE) {
      try {
        const found = await provider(this.#deps);
        if (found !== undefined) return found;
      } catch (error) {
        reasons.push(errorMessage(error));
      }
    }
    throw new CredentialError(reasons.length === 0 ? "there are none" : reasons.join("; "));
  }
}

function variables(env: Environment, prefix: string): Credentials | undefined {
  const accessKeyId = env[`${prefix}ACCESS_KEY_ID`];
  const secretAccessKey = env[`${prefix}SECRET_ACCESS_KEY`];
  if (!isSet(accessKeyId) || !isSet(secretAccessKey)) return undefined;
  const token = env[`${prefix}SESSION_TOKEN`];
  const sessionToken = isSet(token) ? token : undefined;
  return { accessKeyId, secretAccessKey, sessionToken, expiresMs: undefined };
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}
