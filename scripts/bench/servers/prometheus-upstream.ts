// The exporter of the benchmark of scrapes, a process of its own: answers `GET /N` with its
// exposition N times over, as gzip when asked, and the port that it listens on is the line that it
// prints.

import { gzipSync } from "node:zlib";

const [, , file = ""] = process.argv;
const text = await Bun.file(file).bytes();
/** Members of gzip may follow each other. */
const packed = gzipSync(text, { level: 1 });
const PIECE_BYTES = 256 * 1024;

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  idleTimeout: 0,
  fetch(request) {
    const isGzip = request.headers.get("accept-encoding") === "gzip";
    const body: Uint8Array = isGzip ? packed : text;
    const times = Number(new URL(request.url).pathname.split("/").at(-1));
    let at = 0;
    let left = times * body.length;
    const stream = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const end = Math.min(body.length, at + PIECE_BYTES);
          controller.enqueue(body.subarray(at, end));
          left -= end - at;
          at = end === body.length ? 0 : end;
          if (left <= 0) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const coding = isGzip ? { "content-encoding": "gzip" } : {};
    return new Response(stream, { headers: { "content-type": "text/plain", ...coding } });
  },
});
console.log(server.port);
