// Where credentials come from, in which order, and when they are asked for again.

import { describe, expect, test } from "bun:test";
import { CredentialChain } from "../../../src/extensions/s3-dump/credentials.ts";
import type { Environment } from "../../../src/extensions/s3-dump/credential-port.ts";

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

function chainOf(env: Environment, answer: (asked: Asked) => Response | Error) {
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
    readFile: (path) => Promise.resolve(`content of ${path}\n`),
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
