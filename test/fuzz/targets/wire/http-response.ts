// HTTP/1.1 responses: the same wherever their bytes are cut.

import {
  MalformedResponseError,
  ResponseReader,
} from "../../../../src/upstream/http1/response-reader.ts";
import { chosen, expectSame, type FuzzTarget } from "../../fuzz-target.ts";

const METHODS = ["GET", "HEAD", "POST"] as const;

export const target: FuzzTarget = {
  seeds: chosen(
    [
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: t\r\n\r\n",
      "HTTP/1.0 200\r\nConnection: keep-alive, x\r\nX: 1\r\nX: 2\r\n\r\nuntil close",
    ],
    [0, 1],
  ),
  words: ["\r\n", "\r\n\r\n", "transfer-encoding: chunked\r\n", "Content-Length: ", "HTTP/1.1 "],
  check(input) {
    const method = METHODS[(input[0] ?? 0) % 3] ?? "GET";
    const bytes = input.subarray(1);
    const whole = read(bytes, method, [bytes.length]);
    expectSame("cut at each byte", read(bytes, method, [1]), whole);
    expectSame("cut in pieces", read(bytes, method, [1 + ((input[1] ?? 0) % 9), 3, 1]), whole);
  },
};

function read(input: Uint8Array, method: string, sizes: readonly number[]): unknown {
  const seen: unknown[] = [];
  let body = "";
  const reader = new ResponseReader({
    head: (head) => seen.push(head),
    piece: (bytes, start, end) => {
      if (end <= start) throw new Error("an empty piece");
      body += Buffer.from(bytes.subarray(start, end)).toString("latin1");
    },
    end: () => seen.push("end"),
  });
  reader.begin(method);
  try {
    for (let from = 0, i = 0; from < input.length; i++) {
      const size = sizes[Math.min(i, sizes.length - 1)] ?? 1;
      if (!reader.feed(Buffer.from(input.subarray(from, from + size)))) {
        return { seen, body, isBehind: true };
      }
      from += size;
    }
    return { seen, body, ended: reader.close(), isReusable: reader.isReusable };
  } catch (error) {
    if (!(error instanceof MalformedResponseError)) throw error;
    // How far it came before that was seen depends on the cuts.
    return "malformed";
  }
}
