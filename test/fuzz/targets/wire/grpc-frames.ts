// What gRPC has around messages: the one message of a call, wherever its bytes are cut, timeouts,
// and texts of statuses.

import { EventEmitter } from "node:events";
import type { ServerHttp2Stream } from "node:http2";
import {
  decodedText,
  encodedText,
  framed,
  timeoutMsOf,
  timeoutText,
} from "../../../../src/core/grpc/index.ts";
import { FramingError, readMessage } from "../../../../src/server/grpc/message-reader.ts";
import { expectSame, type FuzzTarget, inputOf } from "../../fuzz-target.ts";

export const target: FuzzTarget = {
  seeds: [
    framed(inputOf("message")),
    framed(inputOf("message"), true),
    framed(new Uint8Array()),
    new Uint8Array([...framed(inputOf("a")), ...framed(inputOf("b"))]),
    "100m",
    "message %C3%A9 %25",
  ],
  async check(input) {
    const whole = await read(input, input.length);
    expectSame("cut at each byte", await read(input, 1), whole);
    expectSame("cut in pieces", await read(input, 1 + ((input[0] ?? 0) % 7)), whole);
    const text = new TextDecoder().decode(input);
    const ms = timeoutMsOf(text);
    if (ms !== undefined && ms >= 1) {
      const again = timeoutMsOf(timeoutText(ms));
      if (again === undefined || Math.abs(again - ms) > Math.max(1000, ms * 1e-3)) {
        throw new Error(`a timeout of ${ms} ms is ${again} ms again`);
      }
    }
    const sent = encodedText(text);
    if (!/^[ -~]*$/.test(sent)) throw new Error("a header of other than printable ASCII");
    // Longer ones are cut.
    if (inputOf(text).length <= 1024) expectSame("the text", decodedText(sent), text);
  },
};

/** A stream of HTTP/2, as far as it is read. */
class FakeStream extends EventEmitter {
  aborted = false;
  rstCode = 0;
  resume(): void {}
  pause(): void {}
}

async function read(input: Uint8Array, size: number): Promise<unknown> {
  const stream = new FakeStream();
  const broken: string[] = [];
  const message = readMessage(stream as unknown as ServerHttp2Stream, {
    check: () => undefined,
    broken: (error) => broken.push(error.message),
  });
  const settled = message.then(
    ({ prefix }) => ({ prefix }),
    (error: unknown) => {
      if (!(error instanceof FramingError)) throw error;
      return error.message;
    },
  );
  for (let at = 0; at < input.length; at += Math.max(1, size)) {
    stream.emit("data", input.slice(at, at + size));
  }
  stream.emit("end");
  return { settled: await settled, broken };
}
