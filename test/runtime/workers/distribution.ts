// The distribution that workers run in tests: OTLP, and paths that show and break the thread which
// answers.

import { threadId } from "node:worker_threads";
import type { ModuleRegistration, Plan, RequestHead } from "../../../src/protocols/index.ts";
import { otlp } from "../../../src/protocols/otlp/index.ts";
import { passthrough } from "../../../src/protocols/passthrough/index.ts";
import { recordingKind } from "../../extensions/recording-extension.ts";
import type { ProxyDistribution } from "../../../src/runtime/index.ts";

const answer = (body: string): Plan => ({ kind: "respond", status: 200, headers: {}, body });

function planOf({ path }: RequestHead): Plan {
  switch (path) {
    case "/test/throw":
      setTimeout(() => {
        throw new Error("thrown by a test");
      });
      return answer("soon");
    case "/test/reject":
      void Promise.reject(new Error("rejected by a test"));
      return answer("soon");
    case "/test/hang":
      for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
    default:
      return answer(String(threadId));
  }
}

/** Answers which thread it is, but for `/test/throw`, `/test/reject` and `/test/hang`. */
const test: ModuleRegistration = {
  name: "test",
  create: () => ({
    name: "test",
    routes: [
      { match: { kind: "prefix", path: "/test/" }, knownPath: "other", routeKind: "passthrough" },
    ],
    plan: planOf,
  }),
};

/** Notes what it is given, in the main thread. */
export const COPIES = recordingKind("com.example/copy");

export const DISTRIBUTION: ProxyDistribution = {
  label: "test",
  modules: [otlp, test, passthrough],
  extensions: [COPIES],
};
