// Where credentials come from, in which order, and when they are asked for again.

import { describe, expect, test } from "bun:test";
import { CredentialChain } from "../../../src/extensions/s3-dump/credentials/chain.ts";
import type { Environment } from "../../../src/extensions/s3-dump/credentials/port.ts";

const NOW = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;
const OWN = { TERO_S3_ACCESS_KEY_ID: "tero", TERO_S3_SECRET_ACCESS_KEY: "s" };
const AWS = {
  AWS_ACCESS_KEY_ID: "aws",
  AWS_SECRET_ACCESS_KEY: "s",
  AWS_SESSION_TOKEN: "token",
};

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function chainOf(
  env: Environment,
  answer: (asked: Asked) => Response | Error,
  files: Record<string, string> = {},
) {
  const asked: Asked[] = [];
  const at = { nowMs: NOW };
  const chain = new CredentialChain({
    env,
    fetch: (url, init) => {
      const headers = Object.fromEntries(new Headers(init.headers));
      const body = init.body instanceof URLSearchParams ? init.body.toString() : "";
      const one = { method: init.method ?? "GET", url, headers, body };
      asked.push(one);
      const given = answer(one);
      return given instanceof Error ? Promise.reject(given) : Promise.resolve(given);
    },
    readFile: (path) => {
      const text = path.includes("/.aws/") ? files[path] : `content of ${path}\n`;
      return text === undefined ? Promise.reject(new Error("ENOENT")) : Promise.resolve(text);
    },
    nowMs: () => at.nowMs,
  });
  return { chain, asked, at };
}

async function failureOf(chain: CredentialChain): Promise<string> {
  try {
    await chain.get();
    return "none";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const none = (): Error => new Error("no route");
const roleResponse = (id: string, expiresMs: number): Response =>
  Response.json({
    AccessKeyId: id,
    SecretAccessKey: "s",
    Token: "t",
    Expiration: new Date(expiresMs).toISOString(),
  });
const role = (id: string, expiresMs: number) => ({
  accessKeyId: id,
  secretAccessKey: "s",
  sessionToken: "t",
  expiresMs,
});

describe("credentials", () => {
  test("are the program's own variables, then AWS's, each set as a unit", async () => {
    const get = (env: Environment) => chainOf(env, none).chain.get();
    expect(await get({ ...AWS, ...OWN })).toEqual({
      accessKeyId: "tero",
      secretAccessKey: "s",
      sessionToken: undefined,
      expiresMs: undefined,
    });
    const aws = { accessKeyId: "aws", secretAccessKey: "s", sessionToken: "token" };
    expect(await get({ ...AWS, TERO_S3_ACCESS_KEY_ID: "half" })).toEqual({
      ...aws,
      expiresMs: undefined,
    });
  });

  test("come from a web identity, asked of STS in the region", async () => {
    const env = {
      AWS_WEB_IDENTITY_TOKEN_FILE: "/token",
      AWS_ROLE_ARN: "arn:aws:iam::1:role/r",
      AWS_REGION: "eu-central-1",
    };
    const { chain, asked } = chainOf(env, () =>
      Response.json({
        AssumeRoleWithWebIdentityResponse: {
          AssumeRoleWithWebIdentityResult: {
            Credentials: {
              AccessKeyId: "web",
              SecretAccessKey: "s",
              SessionToken: "t",
              Expiration: (NOW + HOUR_MS) / 1000,
            },
          },
        },
      }),
    );
    expect(await chain.get()).toEqual(role("web", NOW + HOUR_MS));
    const [{ body, ...request } = { body: "" }] = asked;
    expect(request).toMatchObject({
      method: "POST",
      url: "https://sts.eu-central-1.amazonaws.com",
      headers: { accept: "application/json" },
    });
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: env.AWS_ROLE_ARN,
      RoleSessionName: "edge",
      WebIdentityToken: "content of /token",
    });
  });

  test.each([
    [{ AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/v2/x" }, "http://169.254.170.2/v2/x", undefined],
    [
      {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.23/v1/credentials",
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/pod",
      },
      "http://169.254.170.23/v1/credentials",
      "content of /pod",
    ],
  ])("come from a container's role: %j", async (env, url, token) => {
    const { chain, asked } = chainOf(env, () => roleResponse("container", NOW + HOUR_MS));
    expect(await chain.get()).toEqual(role("container", NOW + HOUR_MS));
    expect(asked.map((one) => [one.url, one.headers["authorization"]])).toEqual([[url, token]]);
  });

  test("come from an instance's role, by a token", async () => {
    const { chain, asked } = chainOf({}, ({ method, url }) => {
      if (method === "PUT") return new Response("token");
      return url.endsWith("/") ? new Response("my role\n") : roleResponse("ec2", NOW + HOUR_MS);
    });
    expect(await chain.get()).toEqual(role("ec2", NOW + HOUR_MS));
    expect(asked.map(({ url, headers }) => [url, headers["x-aws-ec2-metadata-token"]])).toEqual([
      ["http://169.254.169.254/latest/api/token", undefined],
      ["http://169.254.169.254/latest/meta-data/iam/security-credentials/", "token"],
      ["http://169.254.169.254/latest/meta-data/iam/security-credentials/my%20role", "token"],
    ]);
  });

  test("that expire are asked for again five minutes before; old ones hold if that fails", async () => {
    let answer = (): Response | Error => roleResponse("first", NOW + HOUR_MS);
    const env = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/x", AWS_EC2_METADATA_DISABLED: "true" };
    const { chain, asked, at } = chainOf(env, () => answer());
    const id = async (): Promise<string> => (await chain.get()).accessKeyId;
    expect([await id(), await id(), asked.length]).toEqual(["first", "first", 1]);
    answer = none;
    at.nowMs = NOW + HOUR_MS - 5 * 60_000;
    expect([await id(), asked.length]).toEqual(["first", 2]);
    answer = () => roleResponse("second", NOW + 2 * HOUR_MS);
    expect([await id(), asked.length]).toEqual(["second", 3]);
    chain.forget();
    expect([await id(), asked.length]).toEqual(["second", 4]);
    answer = none;
    at.nowMs = NOW + 3 * HOUR_MS;
    expect(await failureOf(chain)).toMatch(
      /^no credentials: the container's credentials: no route; set TERO_S3_ACCESS_KEY_ID/,
    );
  });

  test("that are nowhere are told of with all reasons", async () => {
    const { chain } = chainOf({}, () => new Response("no", { status: 404 }));
    expect(await failureOf(chain)).toMatch(
      /^no credentials: the instance's credentials: answered 404; set/,
    );
    const { chain: off } = chainOf({ AWS_EC2_METADATA_DISABLED: "TRUE" }, none);
    expect(await failureOf(off)).toMatch(/^no credentials: there are none; set/);
  });
});

describe("credentials of a profile", () => {
  const OFF = { AWS_EC2_METADATA_DISABLED: "true", HOME: "/h" };
  const KEYS = `# keys
[default]
aws_access_key_id = d
aws_secret_access_key=ds   ; of the default
[ other ]
AWS_ACCESS_KEY_ID = o
aws_secret_access_key = a=b#c
aws_session_token = t
  nested = x
aws_half = 1
`;
  const CONFIG = `[profile here]\r
aws_access_key_id = h\r
aws_secret_access_key = hs\r
[profile web]
role_arn = arn:aws:iam::1:role/r
web_identity_token_file = /token
role_session_name = me
region = eu-west-1
[profile process]
credential_process = /bin/x
[profile half]
aws_access_key_id = only
`;
  const FILES = { "/h/.aws/credentials": KEYS, "/h/.aws/config": CONFIG };
  const keys = (accessKeyId: string, secretAccessKey: string, sessionToken?: string) => ({
    accessKeyId,
    secretAccessKey,
    sessionToken,
    expiresMs: NOW + 360_000,
  });

  test.each([
    ["", keys("d", "ds")],
    ["default", keys("d", "ds")],
    ["other", keys("o", "a=b#c", "t")],
    ["here", keys("h", "hs")],
  ])("%p are its keys in the shared files", async (profile, expected) => {
    const { chain } = chainOf({ ...OFF, AWS_PROFILE: profile }, none, FILES);
    expect(await chain.get()).toEqual(expected);
  });

  test("are found behind long runs of blanks, in files and in XML", async () => {
    const blanks = " ".repeat(300_000);
    const settings = `[${blanks}x${blanks}\n[${blanks}web${blanks}]\na${blanks}b\n`;
    const CREDENTIALS = `${settings}role_arn${blanks}=${blanks}r\nweb_identity_token_file=/token\n`;
    const { chain, asked } = chainOf(
      { ...OFF, AWS_PROFILE: "web" },
      () =>
        new Response(
          `<a><AccessKeyId>${blanks}${"<AccessKeyId>".repeat(1000)}${blanks}k${blanks}</AccessKeyId>` +
            `<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>` +
            `<Expiration>${new Date(NOW + HOUR_MS).toISOString()}</Expiration></a>`,
        ),
      { "/h/.aws/credentials": CREDENTIALS },
    );
    expect(await chain.get()).toMatchObject({ accessKeyId: "k", secretAccessKey: "s" });
    expect(asked.map(({ body }) => new URLSearchParams(body).get("RoleArn"))).toEqual(["r"]);
  });

  test("are in the files that variables name", async () => {
    const env = {
      ...OFF,
      AWS_SHARED_CREDENTIALS_FILE: "/x/.aws/k",
      AWS_CONFIG_FILE: "/x/.aws/c",
      AWS_PROFILE: "p",
    };
    const text = "aws_access_key_id = 1\naws_secret_access_key = 2\n";
    for (const files of [
      { "/x/.aws/k": `[p]\n${text}` },
      { "/x/.aws/c": `[profile p]\n${text}` },
    ]) {
      const { chain } = chainOf(env, none, { ...FILES, ...files });
      expect(await chain.get()).toEqual(keys("1", "2"));
    }
  });

  test("are read again after a minute, and for every attempt from then on", async () => {
    const files: Record<string, string> = { ...FILES };
    const { chain, at } = chainOf(OFF, none, files);
    await chain.get();
    files["/h/.aws/credentials"] = KEYS.replace("= d", "= renewed");
    at.nowMs += 59_999;
    expect((await chain.get()).accessKeyId).toBe("d");
    at.nowMs += 1;
    expect((await chain.get()).accessKeyId).toBe("renewed");
  });

  test("are those of its web identity, in XML as well", async () => {
    const { chain, asked } = chainOf(
      { ...OFF, AWS_PROFILE: "web" },
      () =>
        new Response(
          "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>" +
            "<AccessKeyId>k</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\n" +
            `<SessionToken>t</SessionToken><Expiration>${new Date(NOW + HOUR_MS).toISOString()}</Expiration>` +
            "</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>",
        ),
      FILES,
    );
    expect(await chain.get()).toEqual({
      accessKeyId: "k",
      secretAccessKey: "s",
      sessionToken: "t",
      expiresMs: NOW + HOUR_MS,
    });
    expect(
      asked.map(({ url, body }) => [url, new URLSearchParams(body).get("RoleSessionName")]),
    ).toEqual([["https://sts.eu-west-1.amazonaws.com", "me"]]);
  });

  test.each([
    ["process", 'the profile "process": credential_process is not supported'],
    ["half", 'the profile "half": there are no keys of it'],
    ["nobody", 'the profile "nobody": there are no keys of it'],
  ])("%p are none, and why is told", async (profile, reason) => {
    const { chain } = chainOf({ ...OFF, AWS_PROFILE: profile }, none, FILES);
    expect(await failureOf(chain)).toContain(reason);
  });

  test("come before those of a container, and after variables", async () => {
    const env = { ...OFF, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/r" };
    const answer = () => roleResponse("role", NOW + HOUR_MS);
    expect((await chainOf(env, answer, FILES).chain.get()).accessKeyId).toBe("d");
    expect((await chainOf(env, answer).chain.get()).accessKeyId).toBe("role");
    expect((await chainOf({ ...env, ...AWS }, answer, FILES).chain.get()).accessKeyId).toBe("aws");
  });
});
