// Connections to exporters that are used again after large answers, read fast and slowly.

import { expect, test } from "bun:test";
import { RecordingBus } from "../../support/proxy-fakes.ts";
import { rawResponse, RecordingUpstream } from "../../support/recording-upstream.ts";
import { UpstreamClient } from "../../../src/upstream/upstream-client.ts";

const timeouts = { connectMs: 2000, firstByteMs: 2000, idleMs: 2000 };

test.each([1, 100_000, 300_000, 1_000_000, 1_100_000, 3_000_000])(
  "an answer of %d bytes that nobody reads yet leaves the connection fit for the next",
  async (size) => {
    const upstream = await RecordingUpstream.start();
    const body = "x".repeat(size);
    upstream.respond = () => rawResponse(200, {}, body);
    const client = new UpstreamClient({
      name: "own",
      url: upstream.url,
      timeouts,
      bus: new RecordingBus(),
      env: {},
    });
    for (let round = 0; round < 3; round++) {
      const answer = await client.send({
        method: "GET",
        target: "/metrics",
        headers: new Headers(),
        body: null,
        bodyBytesMax: 0,
        client: undefined,
      });
      // As much as is taken without a reader comes in meanwhile.
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
      expect((await answer.text()).length).toBe(size);
    }
    expect(upstream.connections).toBe(1);
    await upstream.stop();
  },
);
