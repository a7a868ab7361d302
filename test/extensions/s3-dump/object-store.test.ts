// Objects on their last step: what servers answer, and what follows from it; folders as targets.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createObjectStore } from "../../../src/extensions/s3-dump/object-store.ts";
import { S3Error } from "../../../src/extensions/s3-dump/s3-object.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const TARGET = {
  kind: "s3",
  name: "archive",
  bucket: "b",
  region: "us-east-1",
  endpoint: "http://s3.test",
  isPathStyle: true,
  prefix: "",
  redacts: false,
} as const;
const OBJECT = {
  key: "log/2026/p ü-1.ndjson",
  lines: new TextEncoder().encode("{}\n"),
  compression: "none",
} as const;

interface Sent {
  readonly url: string;
  readonly time: string | null;
  readonly key: string | undefined;
}

function storeOf(answers: readonly (() => Response)[]) {
  const sent: Sent[] = [];
  const left = [...answers];
  let ids = 0;
  const store = createObjectStore({
    env: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://role.test/",
      AWS_EC2_METADATA_DISABLED: "true",
    },
    nowMs: () => NOW,
    fetch: (url, init) => {
      if (url.hostname === "role.test") {
        const Expiration = new Date(NOW + 3_600_000).toISOString();
        return Promise.resolve(
          Response.json({ AccessKeyId: `key-${++ids}`, SecretAccessKey: "s", Expiration }),
        );
      }
      const headers = new Headers(init.headers);
      const key = /Credential=([^/]+)/.exec(headers.get("authorization") ?? "")?.[1];
      sent.push({ url: url.href, time: headers.get("x-amz-date"), key });
      return Promise.resolve(left.shift()?.() ?? new Response());
    },
  });
  const put = async (): Promise<unknown> => {
    try {
      return await store.put(TARGET, OBJECT, new AbortController().signal);
    } catch (error) {
      return error;
    }
  };
  return { put, sent };
}

function refusal(status: number, code: string, headers: Record<string, string> = {}) {
  const xml = `<Error><Code>${code}</Code><Message>m</Message></Error>`;
  return () => new Response(xml, { status, headers });
}

describe("a server", () => {
  test("gets the time of the signature and a key without characters of its own", async () => {
    const { put, sent } = storeOf([]);
    expect(await put()).toBe(3);
    expect(sent).toEqual([
      {
        url: "http://s3.test/b/log/2026/p%20%C3%BC-1.ndjson",
        time: "20260102T030405Z",
        key: "key-1",
      },
    ]);
  });

  test("whose clock differs much gets its own time from then on, with the same keys", async () => {
    const date = new Date(NOW + 3_600_000).toUTCString();
    const { put, sent } = storeOf([refusal(403, "RequestTimeTooSkewed", { date })]);
    expect(await put()).toMatchObject({ status: 403, reason: "RequestTimeTooSkewed" });
    expect(await put()).toBe(3);
    expect(sent.map(({ time, key }) => [time, key])).toEqual([
      ["20260102T030405Z", "key-1"],
      ["20260102T040405Z", "key-1"],
    ]);
  });

  test("that does not say its time is asked with ours", async () => {
    const { put, sent } = storeOf([refusal(403, "RequestTimeTooSkewed")]);
    await put();
    await put();
    expect(sent.map(({ time }) => time)).toEqual(["20260102T030405Z", "20260102T030405Z"]);
  });

  test("that refuses the keys gets others", async () => {
    const { put, sent } = storeOf([refusal(403, "ExpiredToken"), refusal(404, "NoSuchBucket")]);
    const failures = [await put(), await put(), await put()];
    expect(failures.map(String)).toEqual([
      "S3Error: status 403: ExpiredToken: m",
      "S3Error: status 404: NoSuchBucket: m",
      "3",
    ]);
    expect(sent.map(({ key }) => key)).toEqual(["key-1", "key-2", "key-2"]);
  });

  test.each([
    ["7", 7000],
    [undefined, 0],
  ])("that is too busy says when to come again: %p", async (seconds, askedMs) => {
    const headers: Record<string, string> = seconds === undefined ? {} : { "retry-after": seconds };
    const { put } = storeOf([refusal(503, "SlowDown", headers)]);
    const error = await put();
    expect(error).toBeInstanceOf(S3Error);
    expect(error).toMatchObject({ status: 503, reason: "SlowDown", askedMs });
  });
});

describe("a folder", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "edge-folder-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const folder = (path: string) => ({ kind: "file", name: "local", path, redacts: false }) as const;
  const signal = new AbortController().signal;

  test("gets whole files below it", async () => {
    const store = createObjectStore({ env: {} });
    await store.put(folder(join(root, "new")), OBJECT, signal);
    expect(readFileSync(join(root, "new", OBJECT.key), "utf8")).toBe("{}\n");
    expect(existsSync(join(root, "new", `${OBJECT.key}.part`))).toBe(false);
  });

  test.each(["../x.ndjson", "a/../../x.ndjson", ".", ""])(
    "gets nothing beside it: %p",
    async (key) => {
      const store = createObjectStore({ env: {} });
      const put = store.put(folder(join(root, "own")), { ...OBJECT, key }, signal);
      expect(put).rejects.toThrow("leads out of the target's folder");
      expect(existsSync(join(root, "x.ndjson"))).toBe(false);
    },
  );

  test("that is none is an error", () => {
    writeFileSync(join(root, "file"), "");
    const store = createObjectStore({ env: {} });
    const put = store.put(folder(join(root, "file")), OBJECT, signal);
    expect(put).rejects.toThrow(dirname(join(root, "file")));
  });
});
