// The Extensions API when it answers what it never should.

import { describe, expect, test } from "bun:test";
import { LAMBDA_ANSWER_BYTES_MAX } from "../../src/core/limits.ts";
import { ExtensionsApi } from "../../src/lambda/extensions-api.ts";
import { shutdownTimeMs } from "../../src/lambda/shutdown-time.ts";

/** What `next` makes of an answer. */
async function next(answer: Response): Promise<unknown> {
  const api = new ExtensionsApi({
    address: "127.0.0.1:1",
    name: "edge",
    fetch: () => Promise.resolve(answer),
  });
  try {
    return await api.next();
  } catch (error) {
    return String(error);
  }
}

/** A body without end, and what became of it. */
function endless(): { readonly body: ReadableStream<Uint8Array>; pulled: number; isLeft: boolean } {
  const state = {
    pulled: 0,
    isLeft: false,
    body: new ReadableStream<Uint8Array>({
      pull(controller) {
        state.pulled += 1024;
        controller.enqueue(new Uint8Array(1024).fill(0x20));
      },
      cancel() {
        state.isLeft = true;
      },
    }),
  };
  return state;
}

describe("an answer to the question for an event", () => {
  test.each([200, 500])("without an end is left, with status %d", async (status) => {
    const state = endless();
    const what = status === 200 ? "an answer" : "event/next";
    expect(await next(new Response(state.body, { status }))).toBe(
      `ExtensionsApiError: ${what}: status ${status}: more than ${LAMBDA_ANSWER_BYTES_MAX} bytes`,
    );
    expect(state.isLeft).toBe(true);
    expect(state.pulled).toBeLessThan(2 * LAMBDA_ANSWER_BYTES_MAX);
  });

  test("may have as many bytes as it may, and no more", async () => {
    const event = JSON.stringify({ eventType: "INVOKE", requestId: "r", deadlineMs: 5 });
    const read = { kind: "invoke", requestId: "r", deadlineMs: 5 };
    expect(await next(new Response(event.padEnd(LAMBDA_ANSWER_BYTES_MAX)))).toEqual(read);
    const more = new Response(event.padEnd(LAMBDA_ANSWER_BYTES_MAX + 1));
    expect(await next(more)).toStartWith("ExtensionsApiError: an answer: status 200: more than");
  });

  test.each([
    ["", "SyntaxError"],
    ["null", "TypeError"],
    ["[]", "TypeError"],
    ["{", "SyntaxError"],
    ['{"eventType":"OTHER"}', "TypeError"],
    ['{"eventType":["INVOKE"]}', "TypeError"],
  ])("%j is none", async (text, error) => {
    expect(await next(new Response(text))).toStartWith(error);
  });

  test.each([
    ['{"eventType":"INVOKE"}', { kind: "invoke", requestId: "unknown", deadlineMs: undefined }],
    [
      '{"eventType":"SHUTDOWN","shutdownReason":5,"deadlineMs":"soon"}',
      { kind: "shutdown", reason: "unknown", deadlineMs: undefined },
    ],
  ])("%j is one", async (text, event) => {
    expect(await next(new Response(text))).toEqual(event);
  });
});

test.each([
  ["within the time that Lambda gives", 11_000, 650],
  ["the longest that Lambda gives", 12_000, 1300],
  ["that is over", 9_000, 0],
  ["long over", -1e300, 0],
  ["that is not told", undefined, 1300],
  ["that is nowhere near", 1e300, 1300],
] as const)("a deadline %s", (_, deadlineMs, timeMs) => {
  expect(shutdownTimeMs(deadlineMs, 10_000)).toBe(timeMs);
});
