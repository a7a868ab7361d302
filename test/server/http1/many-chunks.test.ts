// Bodies in chunks of a byte, of which one read holds many thousand: they are read in several goes,
// and neither they nor what stands behind them change by that.

import { expect, test } from "bun:test";
import { listen } from "../../../src/server/listener.ts";
import { rawExchange } from "../../support/proxy-harness.ts";

/** Answers with the size of what it got. */
function sizes() {
  return listen({
    target: { kind: "tcp", host: "127.0.0.1", port: 0 },
    idleTimeoutMs: 60_000,
    fetch: async (request) => {
      const { length } = await request.bytes();
      return new Response(`size ${length}.`);
    },
  });
}

const bodies = ({ text }: { text: string }) =>
  [...text.matchAll(/size \d+\./g)].map(([one]) => one);
const POST = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n";

test.each([1, 3999, 4000, 4001, 100_000])(
  "%d chunks, and a request behind them",
  async (chunks) => {
    const listener = await sizes();
    try {
      const ones = `${POST}\r\n${"1\r\na\r\n".repeat(chunks)}0\r\n\r\n`;
      const last = `${POST}Connection: close\r\n\r\n2\r\nab\r\n0\r\n\r\n`;
      const got = await rawExchange(listener.port, ones + last, () => false);
      expect(bodies(got)).toEqual([`size ${chunks}.`, "size 2."]);
    } finally {
      await listener.abort();
    }
  },
);

test("chunks behind which something is no chunk are refused", async () => {
  const listener = await sizes();
  try {
    const text = `${POST}\r\n${"1\r\na\r\n".repeat(50_000)}none\r\n`;
    const got = await rawExchange(listener.port, text, () => false);
    expect([got.text.slice(0, 12), bodies(got)]).toEqual(["HTTP/1.1 400", []]);
  } finally {
    await listener.abort();
  }
});
