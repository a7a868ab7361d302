// The exporter of the benchmark of scrapes, a process of its own: answers `GET /N` with its
// exposition N times over, and the port that it listens on is the line that it prints.

const [, , file = ""] = process.argv;
const body = await Bun.file(file).bytes();
const PIECE_BYTES = 256 * 1024;

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  idleTimeout: 0,
  fetch(request) {
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
    return new Response(stream, { headers: { "content-type": "text/plain; version=0.0.4" } });
  },
});
console.log(server.port);
