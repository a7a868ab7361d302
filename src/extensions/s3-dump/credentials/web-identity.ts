// Credentials of a role that a workload may assume with a token from its platform, as EKS service
// accounts do. Source: AWS STS API reference, AssumeRoleWithWebIdentity.

import {
  askText,
  type CredentialDeps,
  type Credentials,
  credentialsOf,
  parseJson,
} from "./port.ts";

const STS_VERSION = "2011-06-15";

/** The role to assume, and the token for it. */
export interface AssumedRole {
  /** What it is called in messages. */
  readonly what: string;
  /** The file that contains the token. */
  readonly file: string;
  readonly role: string;
  readonly session?: string | undefined;
  /** Default: the region of the environment. */
  readonly region?: string | undefined;
}

/** Uses the variables that EKS sets. */
export async function webIdentityCredentials(
  deps: CredentialDeps,
): Promise<Credentials | undefined> {
  const { env } = deps;
  const [file, role] = [env["AWS_WEB_IDENTITY_TOKEN_FILE"], env["AWS_ROLE_ARN"]];
  if (!file || !role) return undefined;
  const session = env["AWS_ROLE_SESSION_NAME"];
  return assumedCredentials(deps, { what: "the web identity's credentials", file, role, session });
}

export async function assumedCredentials(
  deps: CredentialDeps,
  { what, file, role, session, ...own }: AssumedRole,
): Promise<Credentials> {
  const { env } = deps;
  const region = env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || own.region || "us-east-1";
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const endpoint = env["AWS_ENDPOINT_URL_STS"] || `https://sts.${region}.${domain}`;
  const body = new URLSearchParams({
    Action: "AssumeRoleWithWebIdentity",
    Version: STS_VERSION,
    RoleArn: role,
    RoleSessionName: session || "edge",
    WebIdentityToken: (await deps.readFile(file)).trim(),
  });
  const text = await askText(deps, what, endpoint, {
    method: "POST",
    headers: { accept: "application/json" },
    body,
  });
  return credentialsOf(what, credentialsIn(what, text), "SessionToken");
}

const RESULT = "AssumeRoleWithWebIdentityResult";
const MEMBERS = ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"];

/** The request asks for JSON, but servers that only resemble STS may answer only in XML. */
function credentialsIn(what: string, text: string): unknown {
  if (text.trimStart().startsWith("<")) {
    const values = MEMBERS.map((name) => [
      name,
      new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1]?.trim(),
    ]);
    return Object.fromEntries(values);
  }
  const result = member(member(parseJson(what, text), "AssumeRoleWithWebIdentityResponse"), RESULT);
  return member(result, "Credentials");
}

function member(tree: unknown, key: string): unknown {
  if (typeof tree !== "object" || tree === null) return undefined;
  return (tree as Readonly<Record<string, unknown>>)[key]; // Any object has members by name.
}
