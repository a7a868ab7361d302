// Credentials of the role of a container or an instance, fetched from the platform that serves
// them.

import { askJson, askText, type CredentialDeps, type Credentials, credentialsOf } from "./port.ts";

const CONTAINER_BASE = "http://169.254.170.2";
const INSTANCE_BASE = "http://169.254.169.254";
const INSTANCE_ROLES = "/latest/meta-data/iam/security-credentials/";
const INSTANCE_TOKEN_SECONDS = "21600";

/**
 * ECS, Fargate and EKS Pod Identity:
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
export async function containerCredentials(deps: CredentialDeps): Promise<Credentials | undefined> {
  const { env } = deps;
  const relative = env["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"];
  const full = env["AWS_CONTAINER_CREDENTIALS_FULL_URI"];
  const url = relative ? `${CONTAINER_BASE}${relative}` : full;
  if (!url) return undefined;
  const file = env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"];
  const token = file
    ? (await deps.readFile(file)).trim()
    : env["AWS_CONTAINER_AUTHORIZATION_TOKEN"];
  const headers: Record<string, string> = token ? { authorization: token } : {};
  const what = "the container's credentials";
  return credentialsOf(what, await askJson(deps, what, url, { headers }), "Token");
}

/**
 * EC2, by IMDSv2:
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
 */
export async function instanceCredentials(deps: CredentialDeps): Promise<Credentials | undefined> {
  const { env } = deps;
  if (env["AWS_EC2_METADATA_DISABLED"]?.toLowerCase() === "true") return undefined;
  const base = (env["AWS_EC2_METADATA_SERVICE_ENDPOINT"] || INSTANCE_BASE).replace(/\/+$/, "");
  const what = "the instance's credentials";
  const token = await askText(deps, what, `${base}/latest/api/token`, {
    method: "PUT",
    headers: { "x-aws-ec2-metadata-token-ttl-seconds": INSTANCE_TOKEN_SECONDS },
  });
  const headers = { "x-aws-ec2-metadata-token": token };
  const roles = await askText(deps, what, `${base}${INSTANCE_ROLES}`, { headers });
  const [role = ""] = roles.split("\n");
  const url = `${base}${INSTANCE_ROLES}${encodeURIComponent(role.trim())}`;
  return credentialsOf(what, await askJson(deps, what, url, { headers }), "Token");
}
