// What platforms answer that are asked for credentials, and the files that AWS's own clients
// share: keys that can be used, or an error that says whose answer it was. The first byte chooses.

import { containerCredentials } from "../../../../src/extensions/s3-dump/credentials/role.ts";
import type {
  CredentialDeps,
  Credentials,
} from "../../../../src/extensions/s3-dump/credentials/port.ts";
import { profileCredentials } from "../../../../src/extensions/s3-dump/credentials/profile.ts";
import { webIdentityCredentials } from "../../../../src/extensions/s3-dump/credentials/web-identity.ts";
import { chosen, expectSame, type FuzzTarget } from "../../fuzz-target.ts";

const PROVIDERS = [
  { of: containerCredentials, what: "the container's credentials: " },
  { of: webIdentityCredentials, what: "the web identity's credentials: " },
  { of: profileCredentials, what: 'the profile "p": ' },
] as const;
const ENV = {
  AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://platform/",
  AWS_WEB_IDENTITY_TOKEN_FILE: "/token",
  AWS_ROLE_ARN: "arn:aws:iam::1:role/r",
  AWS_PROFILE: "p",
};
const KEYS = { AccessKeyId: "a", SecretAccessKey: "s", Expiration: "2030-01-01T00:00:00Z" };
const STS = { ...KEYS, SessionToken: "t", Expiration: 1_900_000_000 };

export const target: FuzzTarget = {
  get seeds() {
    const assumed = { AssumeRoleWithWebIdentityResult: { Credentials: STS } };
    const json = JSON.stringify({ AssumeRoleWithWebIdentityResponse: assumed });
    const xml = "<R><AccessKeyId>a</AccessKeyId><SecretAccessKey> s </SecretAccessKey></R>";
    const file = "[p]\naws_access_key_id = a\naws_secret_access_key=s # why\n[profile p]\nregion=r";
    return [
      ...chosen([JSON.stringify({ ...KEYS, Token: "t" })], [0]),
      ...chosen([json, xml], [1]),
      ...chosen([file, "[p]\nsso_session = s", "[default]\n"], [2]),
    ];
  },
  async check(input) {
    const { of, what } = PROVIDERS[(input[0] ?? 0) % PROVIDERS.length] ?? PROVIDERS[0];
    const text = new TextDecoder().decode(input.subarray(1));
    const deps: CredentialDeps = {
      env: ENV,
      fetch: async () => new Response(text),
      readFile: async () => text,
      nowMs: () => 0,
    };
    const found = await of(deps).catch((error: unknown) => {
      if (!String(error).startsWith(`Error: ${what}`)) throw error;
      return undefined;
    });
    if (found !== undefined) usable(found);
  },
};

function usable({ accessKeyId, secretAccessKey, sessionToken, expiresMs }: Credentials): void {
  expectSame("keys", [typeof accessKeyId, typeof secretAccessKey], ["string", "string"]);
  expectSame("token", ["string", "undefined"].includes(typeof sessionToken), true);
  expectSame("when they expire", Number.isNaN(expiresMs), false);
}
