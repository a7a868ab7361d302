// Two recording servers on loopback ports of the system's choice: an upstream that notes what it
// receives, and a relay in front of the proxy that notes what a client sends.

import { gunzipSync } from "node:zlib";

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** As it came over the wire. */
  readonly raw: Uint8Array;
  /** Without its gzip coding. */
  readonly body: Uint8Array;
}

export interface Recorder extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
}

async function note(request: Request, into: Received[]): Promise<Received> {
  const raw = new Uint8Array(await request.arrayBuffer());
  const headers = Object.fromEntries(request.headers);
  const body = headers["content-encoding"] === "gzip" ? new Uint8Array(gunzipSync(raw)) : raw;
  const path = new URL(request.url).pathname;
  const entry = { method: request.method, path, headers, raw, body };
  into.push(entry);
  return entry;
}

function serve(fetch: (request: Request) => Promise<Response>): Bun.Server<undefined> {
  return Bun.serve({ port: 0, hostname: "127.0.0.1", fetch });
}

/** Answers 200 with an empty body of the request's type, as a collector does. */
export function startUpstream(): Recorder {
  const received: Received[] = [];
  const server = serve(async (request) => {
    const { headers } = await note(request, received);
    const type = headers["content-type"] ?? "application/json";
    return new Response(type.includes("json") ? "{}" : "", { headers: { "content-type": type } });
  });
  return recorder(server, received);
}

/** Notes each request and sends it on, byte for byte, to `target`. */
export function startRelay(target: string): Recorder {
  const received: Received[] = [];
  const server = serve(async (request) => {
    const { method, path, headers, raw } = await note(request, received);
    const answer = await fetch(new URL(path, target), {
      method,
      headers: { ...headers, host: new URL(target).host },
      body: raw,
      decompress: false,
    });
    return new Response(await answer.arrayBuffer(), {
      status: answer.status,
      headers: answer.headers,
    });
  });
  return recorder(server, received);
}

function recorder(server: Bun.Server<undefined>, received: readonly Received[]): Recorder {
  return {
    url: `http://127.0.0.1:${server.port}`,
    received,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}
