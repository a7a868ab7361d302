// What failures of upstreams become, and what is said of them.

import { expect, test } from "bun:test";
import { redactText } from "../../src/core/redact.ts";
import { MalformedResponseError } from "../../src/upstream/http1/response-reader.ts";
import { UpstreamError, upstreamErrorOf } from "../../src/pipeline/upstream-error.ts";

const ORIGIN = "http://upstream.example:4318";

function coded(code: string): Error {
  return Object.assign(new Error("a reason"), { code });
}

const CASES: readonly [Error, string, string][] = [
  [coded("ECONNREFUSED"), "connect", `cannot connect to ${ORIGIN} (ECONNREFUSED)`],
  [
    coded("ERR_PROXY_TUNNEL"),
    "connect",
    `the proxy that the environment names does not lead to ${ORIGIN} (ERR_PROXY_TUNNEL)`,
  ],
  [coded("ERR_TLS_HANDSHAKE"), "connect", `no trusted TLS with ${ORIGIN} (ERR_TLS_HANDSHAKE)`],
  [
    coded("UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
    "connect",
    `no trusted TLS with ${ORIGIN} (UNABLE_TO_VERIFY_LEAF_SIGNATURE)`,
  ],
  [coded("INVALID_CA"), "connect", `no trusted TLS with ${ORIGIN} (INVALID_CA)`],
  [coded("ETIMEDOUT"), "connect", `connecting to ${ORIGIN} took too long`],
  [coded("ECONNRESET"), "first_byte", `${ORIGIN} closed the connection before answering`],
  [coded("EPARTIAL"), "receive", `${ORIGIN} ended its answer half-way`],
  [
    new MalformedResponseError("no status line"),
    "receive",
    `${ORIGIN} sent a malformed answer: no status line`,
  ],
  [
    coded("InvalidContentLength"),
    "receive",
    `${ORIGIN} sent a malformed answer: InvalidContentLength`,
  ],
  [coded("EODD"), "send", `${ORIGIN} failed: EODD`],
  [new Error("a reason"), "send", `${ORIGIN} failed: a reason`],
];

for (const [error, phase, message] of CASES) {
  test(`${message}: phase ${phase}, and the log says the same`, () => {
    const ours = upstreamErrorOf(error, ORIGIN);
    expect(ours).toBeInstanceOf(UpstreamError);
    expect(ours).toMatchObject({ phase, message });
    expect(redactText(message)).toBe(message);
  });
}

test("what may be about the proxy of the environment says so, and nothing else does", () => {
  const messageOf = (code: string) => upstreamErrorOf(coded(code), ORIGIN, true).message;
  expect(["ECONNREFUSED", "ECONNRESET"].map((code) => messageOf(code))).toEqual([
    `cannot connect to ${ORIGIN}, or to the proxy that the environment names (ECONNREFUSED)`,
    `${ORIGIN} closed the connection before answering`,
  ]);
});
