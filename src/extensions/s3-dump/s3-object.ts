// Puts one object into a bucket over the REST API of S3, signed with Signature Version 4 and the
// hash of the content.

// Whoever imports this from outside the project has no tsconfig that includes the file.
// oxlint-disable-next-line triple-slash-reference -- it is no module that could be imported.
/// <reference path="./web-names.d.ts" />

import { AwsV4Signer } from "aws4fetch";
import type { DumpTarget } from "../../config/index.ts";
import { DUMP_ERROR_CHARS_MAX } from "../../core/limits.ts";
import { redactText } from "../../core/redact.ts";
import { retryAfterMs } from "../../system/index.ts";
import { VERSION } from "../../o11y/build-info.ts";
import type { Credentials } from "./credentials/port.ts";

export type S3Target = Extract<DumpTarget, { kind: "s3" }>;

export interface S3Object {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly contentType: string;
  /** Content-Encoding; undefined: none. */
  readonly coding: string | undefined;
}

export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

export interface PutOptions {
  readonly credentials: Credentials;
  /** Unix milliseconds, by the server's clock. */
  readonly nowMs: number;
  readonly signal: AbortSignal;
  readonly fetch: Fetch;
}

/** The response of a server that did not accept an object. */
export class S3Error extends Error {
  readonly code = "s3";
  readonly status: number;
  /** The server's name for the error, such as `SlowDown`. */
  readonly reason: string | undefined;
  /** How long the server asks to be left alone; 0: it does not ask. */
  readonly askedMs: number;
  /** The server's time in Unix milliseconds; undefined: it does not say. */
  readonly serverMs: number | undefined;
  constructor({ status, headers }: Response, body: string) {
    const text = redactText(body.slice(0, DUMP_ERROR_CHARS_MAX));
    const [code, message] = [elementOf(body, "Code"), elementOf(body, "Message")];
    super(`status ${status}: ${code === undefined ? text : `${code}: ${message ?? ""}`}`);
    this.name = "S3Error";
    this.status = status;
    this.reason = code;
    this.askedMs = retryAfterMs(headers);
    const serverMs = Date.parse(headers.get("date") ?? "");
    this.serverMs = Number.isNaN(serverMs) ? undefined : serverMs;
  }
}

/** Resolves when the server has the object. Rejects with S3Error, or with what `fetch` throws. */
export async function putObject(
  target: S3Target,
  { key, bytes, contentType, coding }: S3Object,
  { credentials, nowMs, signal, fetch }: PutOptions,
): Promise<void> {
  const body = new Uint8Array(bytes);
  const hash = new Bun.CryptoHasher("sha256").update(body).digest("hex");
  const signer = new AwsV4Signer({
    method: "PUT",
    url: objectUrl(target, key),
    headers: {
      "content-type": contentType,
      "x-amz-content-sha256": hash,
      "user-agent": `edge/${VERSION}`,
      ...(coding === undefined ? {} : { "content-encoding": coding }),
    },
    service: "s3",
    // In the form that signatures require: 20260102T030405Z.
    datetime: new Date(nowMs).toISOString().replaceAll(/[:-]|\.\d{3}/g, ""),
    region: target.region,
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secretAccessKey,
    ...(credentials.sessionToken === undefined ? {} : { sessionToken: credentials.sessionToken }),
  });
  const { url, headers } = await signer.sign();
  const response = await fetch(url, { method: "PUT", headers, body, signal, redirect: "manual" });
  if (response.ok) {
    await response.body?.cancel();
    return;
  }
  throw new S3Error(response, await response.text());
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html */
function objectUrl(target: S3Target, key: string): string {
  const { bucket, region, endpoint, isPathStyle } = target;
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const base = new URL(endpoint ?? `https://s3.${region}.${domain}`);
  if (!isPathStyle) base.hostname = `${bucket}.${base.hostname}`;
  const before = base.pathname.replace(/\/+$/, "");
  const path = key.split("/").map(encoded).join("/");
  return `${base.origin}${before}${isPathStyle ? `/${encoded(bucket)}` : ""}/${path}`;
}

/** Encodes everything but RFC 3986's unreserved characters, as signatures require. */
function encoded(segment: string): string {
  return encodeURIComponent(segment).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Text of the first element with this name in an XML error. */
function elementOf(xml: string, name: string): string | undefined {
  const match = new RegExp(`<${name}>([^<]{0,${DUMP_ERROR_CHARS_MAX}})`).exec(xml);
  return match?.[1];
}
