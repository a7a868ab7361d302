// Of requests that come together on a connection that cannot serve both, none leaves.

import { expect, test } from "bun:test";
import { ProxyHarness } from "../support/proxy-harness.ts";

const post = (path: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nkeep`;

for (const path of ["/lines", "/raw"]) {
  test(`two to ${path} in one write: the connection ends, and the upstream sees neither`, async () => {
    const harness = await ProxyHarness.start();
    try {
      expect(await harness.raw(post(path) + post(path))).toMatchObject({ text: "" });
      const { text } = await harness.raw(post(path), (seen) => seen.includes("200"));
      expect(text).toContain("200");
      expect(harness.upstream.requests.length).toBe(1);
    } finally {
      await harness.stop();
    }
  });
}
