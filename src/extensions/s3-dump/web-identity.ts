// Credentials of a role that a workload may assume with a token from its platform, as service
// accounts of EKS have. Source: AWS STS API reference, AssumeRoleWithWebIdentity.

import {
  askJson,
  type CredentialDeps,
  type Credentials,
  credentialsOf,
} from "./credential-port.ts";

const STS_VERSION = "2011-06-15";

export async function webIdentityCredentials(
  deps: CredentialDeps,
): Promise<Credentials | undefined> {
  const { env } = deps;
  const [file, role] = [env["AWS_WEB_IDENTITY_TOKEN_FILE"], env["AWS_ROLE_ARN"]];
  if (!file || !role) return undefined;
  const region = env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || "us-east-1";
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const endpoint = env["AWS_ENDPOINT_URL_STS"] || `https://sts.${region}.${domain}`;
  const body = new URLSearchParams({
    Action: "AssumeRoleWithWebIdentity",
    Version: STS_VERSION,
    RoleArn: role,
    RoleSessionName: env["AWS_ROLE_SESSION_NAME"] || "edge",
    WebIdentityToken: (await deps.readFile(file)).trim(),
  });
  const what = "the web identity's credentials";
  const tree = await askJson(deps, what, endpoint, {
    method: "POST",
    headers: { accept: "application/json" },
    body,
  });
  const result = member(member(tree, "AssumeRoleWithWebIdentityResponse"), RESULT);
  return credentialsOf(what, member(result, "Credentials"), "SessionToken");
}

const RESULT = "AssumeRoleWithWebIdentityResult";

function member(tree: unknown, key: string): unknown {
  if (typeof tree !== "object" || tree === null) return undefined;
  return (tree as Readonly<Record<string, unknown>>)[key]; // Any object has members by name.
}
