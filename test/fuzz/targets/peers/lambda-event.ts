// What the Extensions API of Lambda answers: one of the two events, whole, or an error.

import { LAMBDA_ANSWER_BYTES_MAX } from "../../../../src/core/limits.ts";
import { ExtensionsApi, ExtensionsApiError } from "../../../../src/lambda/extensions-api.ts";
import { expectSame, type FuzzTarget } from "../../fuzz-target.ts";

export const target: FuzzTarget = {
  seeds: [
    '{"eventType":"INVOKE","deadlineMs":1700000000000,"requestId":"r","tracing":{}}',
    '{"eventType":"SHUTDOWN","shutdownReason":"spindown","deadlineMs":1700000000000}',
    '{"eventType":"INVOKE","deadlineMs":null,"requestId":7}',
    "null",
  ],
  words: ["eventType", "INVOKE", "SHUTDOWN", "shutdownReason", "deadlineMs", "requestId"],
  async check(input) {
    const answer = new Response(new Uint8Array(input));
    const api = new ExtensionsApi({ address: "api", name: "edge", fetch: async () => answer });
    const event = await api.next().catch((error: unknown) => {
      if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
      if (error instanceof ExtensionsApiError && input.length > LAMBDA_ANSWER_BYTES_MAX) return;
      throw error;
    });
    if (event === undefined) return;
    const isTold = event.deadlineMs === undefined || Number.isFinite(event.deadlineMs);
    expectSame("a deadline is a number, or not told", isTold, true);
    const told = event.kind === "invoke" ? event.requestId : event.reason;
    expectSame("its word", typeof told, "string");
  },
};
