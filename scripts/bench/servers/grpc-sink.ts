// An upstream that speaks gRPC, takes everything and answers at once; its port is printed. Ends
// with the benchmark that started it.

import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { endWithParent } from "./end-with-parent.ts";

const EMPTY = new Uint8Array(5);
const server = http2.createServer({ settings: { initialWindowSize: 4 * 1024 * 1024 } });
server.on("stream", (stream: http2.ServerHttp2Stream) => {
  stream.on("error", () => undefined);
  stream.resume();
  stream.on("end", () => {
    // A load generator that stops leaves streams behind.
    if (stream.destroyed) return;
    stream.respond(
      { ":status": 200, "content-type": "application/grpc" },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(EMPTY);
  });
});
// `address` is no string on a TCP port.
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
endWithParent();
