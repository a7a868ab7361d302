// Credentials of a profile in the files that AWS's own clients share: either plain keys or a web
// identity. Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files".

import { DUMP_PROFILE_READ_MS, DUMP_CREDENTIALS_MARGIN_MS } from "../../../core/limits.ts";
import type { CredentialDeps, Credentials } from "./port.ts";
import { assumedCredentials } from "./web-identity.ts";

type Section = ReadonlyMap<string, string>;

/** Settings that refer to credentials from elsewhere, which are not supported. */
const UNSUPPORTED = ["credential_process", "sso_session", "sso_account_id", "source_profile"];

export async function profileCredentials(deps: CredentialDeps): Promise<Credentials | undefined> {
  const { env } = deps;
  const named = env["AWS_PROFILE"] || env["AWS_DEFAULT_PROFILE"];
  const home = env["HOME"] || env["USERPROFILE"] || "";
  const name = named || "default";
  const keys = await sectionOf(
    deps,
    env["AWS_SHARED_CREDENTIALS_FILE"] || `${home}/.aws/credentials`,
    [name],
  );
  const settings = await sectionOf(
    deps,
    env["AWS_CONFIG_FILE"] || `${home}/.aws/config`,
    name === "default" ? ["default", "profile default"] : [`profile ${name}`],
  );
  const found = keysOf(keys, deps) ?? keysOf(settings, deps);
  if (found !== undefined) return found;
  const what = `the profile ${JSON.stringify(name)}`;
  const all = new Map([...(settings ?? []), ...(keys ?? [])]);
  const [file, role] = [all.get("web_identity_token_file"), all.get("role_arn")];
  if (file !== undefined && role !== undefined) {
    return assumedCredentials(deps, {
      what,
      file,
      role,
      session: all.get("role_session_name"),
      region: all.get("region"),
    });
  }
  const unsupported = UNSUPPORTED.find((key) => all.has(key));
  if (unsupported !== undefined) throw new Error(`${what}: ${unsupported} is not supported`);
  if (named !== undefined && named !== "") throw new Error(`${what}: there are no keys of it`);
  return undefined;
}

/** They are read again after a while, because they are renewed by rewriting the file. */
function keysOf(section: Section | undefined, { nowMs }: CredentialDeps): Credentials | undefined {
  const accessKeyId = section?.get("aws_access_key_id");
  const secretAccessKey = section?.get("aws_secret_access_key");
  if (!accessKeyId || !secretAccessKey) return undefined;
  const sessionToken = section?.get("aws_session_token") || undefined;
  const expiresMs = nowMs() + DUMP_CREDENTIALS_MARGIN_MS + DUMP_PROFILE_READ_MS;
  return { accessKeyId, secretAccessKey, sessionToken, expiresMs };
}

/** The first of these sections that the file has; undefined if it has none or does not exist. */
async function sectionOf(
  { readFile }: CredentialDeps,
  path: string,
  names: readonly string[],
): Promise<Section | undefined> {
  const text = await readFile(path).catch(() => "");
  const sections = sectionsOf(text);
  const name = names.find((one) => sections.has(one));
  return name === undefined ? undefined : sections.get(name);
}

function sectionsOf(text: string): ReadonlyMap<string, Section> {
  const sections = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    const head = /^\[([^\]]*)\]/.exec(line)?.[1]?.trim().replaceAll(/\s+/g, " ");
    if (head !== undefined) {
      current = sections.get(head) ?? new Map<string, string>();
      sections.set(head, current);
      continue;
    }
    // Indented lines belong to the setting above, and no such setting is needed here.
    const equals = line.indexOf("=");
    if (equals < 1 || /^[\s#;]/.test(line)) continue;
    const value = line.slice(equals + 1).replace(/\s[#;].*$/, "");
    current?.set(line.slice(0, equals).trim().toLowerCase(), value.trim());
  }
  return sections;
}
