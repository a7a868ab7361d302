// The yardstick of the benchmark of scrapes, a process of its own: the least that a proxy on Bun
// can do, which is to fetch and to answer. Prints the port that it listens on.

const [, , upstream = ""] = process.argv;

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  idleTimeout: 0,
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const answer = await fetch(`http://127.0.0.1:${upstream}${pathname}`, {
      headers: { "accept-encoding": "identity" },
      decompress: false,
    });
    const reader = answer.body?.getReader();
    if (reader === undefined) return new Response(null, { status: 502 });
    const stream = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(stream);
  },
});
console.log(server.port);
