// A process of the test of TLS: says whether it could connect to the store that it is given, or why
// not.

import { openRedisStore } from "../../../src/runtime/shared-limits/redis-store.ts";

const url = process.argv[2] ?? "";
try {
  (await openRedisStore({ url, keyPrefix: "test:", timeoutMs: 10_000 })).close();
  console.log("connected");
} catch (error) {
  console.log(error instanceof Error && "fault" in error ? error.fault : error);
}
