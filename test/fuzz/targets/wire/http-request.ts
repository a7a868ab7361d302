// HTTP/1.1 requests: the same wherever their bytes are cut.

import { RequestReader } from "../../../../src/server/http1/request-reader.ts";
import { expectSame, type FuzzTarget } from "../../fuzz-target.ts";

export const target: FuzzTarget = {
  seeds: [
    "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab\r\ncGET / HTTP/1.1\r\nHost: b\r\n\r\n",
    "POST /3 HTTP/1.1\r\nhost:a\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nab\r\na;x=y\r\n0\r\n\r\n12345\r\n0\r\nT: t\r\n\r\n",
    "\r\nPUT http://h/4?x HTTP/1.0\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  ],
  words: [
    "\r\n",
    "\r\n\r\n",
    "transfer-encoding: chunked\r\n",
    "Content-Length: ",
    "HTTP/1.1",
    ";",
  ],
  check(input) {
    const whole = read(input, [input.length]);
    expectSame("cut in pieces", read(input, [1 + ((input[0] ?? 0) % 9), 3, 1]), whole);
    expectSame("cut at each byte", read(input, [1]), whole);
  },
};

function read(input: Uint8Array, sizes: readonly number[]): unknown {
  const requests: unknown[] = [];
  let body = "";
  const reader = new RequestReader({
    head: (head) => {
      requests.push(head);
      body = "";
    },
    piece: (piece, start, end) => {
      if (end <= start) throw new Error("an empty piece");
      body += piece.toString("latin1", start, end);
    },
    end: () => requests.push(body),
  });
  for (let from = 0, i = 0; from < input.length && reader.refusal === undefined; i++) {
    const size = sizes[Math.min(i, sizes.length - 1)] ?? 1;
    const piece = Buffer.from(input.subarray(from, from + size));
    from += size;
    for (let at = 0; at < piece.length && reader.refusal === undefined;) {
      if (reader.isWhole) reader.next();
      const next = reader.feed(piece, at);
      if (next <= at && !reader.isWhole && reader.refusal === undefined) {
        throw new Error("nothing was taken");
      }
      at = next;
    }
  }
  // Of a body that is not whole, as much as has come is the same too.
  return { requests, body, refusal: reader.refusal };
}
