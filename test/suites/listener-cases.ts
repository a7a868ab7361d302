// Requests byte for byte for the suite of listeners: those that come together, those that are
// refused; and bodies of responses that take their time.

export const HOST = "Host: a\r\n";
export const post = (path: string, body: string, more = ""): string =>
  `POST ${path} HTTP/1.1\r\n${HOST}${more}Content-Length: ${body.length}\r\n\r\n${body}`;
export const get = (path: string, more = ""): string =>
  `GET ${path} HTTP/1.1\r\n${HOST}${more}\r\n`;
export const chunked = (path: string, chunks: string): string =>
  `POST ${path} HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n${chunks}`;
export const CHUNKS = "1\r\nc\r\n2;x=y\r\nhk\r\n0\r\nT: t\r\n\r\n";

/** Requests that are sent together, and what each is read as. */
export const PIPELINES: readonly [string, readonly string[], readonly string[]][] = [
  ["two without a body", [get("/1"), get("/2")], ["GET /1 ", "GET /2 "]],
  ["two with bodies", [post("/1", "aaa"), post("/2", "bbb")], ["POST /1 aaa", "POST /2 bbb"]],
  ["behind an empty body", [post("/1", ""), get("/2")], ["POST /1 ", "GET /2 "]],
  ["behind chunks and trailers", [chunked("/1", CHUNKS), get("/2")], ["POST /1 chk", "GET /2 "]],
  [
    "three of several kinds",
    [post("/1", "a"), get("/2"), post("/3", "c".repeat(100_000))],
    ["POST /1 a", "GET /2 ", `POST /3 ${"c".repeat(100_000)}`],
  ],
  [
    "behind a large body",
    [post("/1", "x".repeat(3_000_000)), get("/2")],
    [`POST /1 ${"x".repeat(3_000_000)}`, "GET /2 "],
  ],
  [
    "a hundred, with more bytes than are read ahead",
    Array.from({ length: 100 }, (_, at) => post(`/${at}`, "y".repeat(5000))),
    Array.from({ length: 100 }, (_, at) => `POST /${at} ${"y".repeat(5000)}`),
  ],
];

export const REFUSED: readonly [string, string, number][] = [
  ["a length and chunks", chunked("/", CHUNKS).replace("Host", "Content-Length: 1\r\nHost"), 400],
  ["a length behind a no-break space", post("/", "a").replace(": 1", ": \xa01"), 400],
  ["a length before a no-break space", post("/", "a").replace(": 1", ": 1\xa0"), 400],
  ["a head without an end that is too long", `GET /${"x".repeat(70_000)}`, 431],
  ["trailers without an end", chunked("/", `0\r\n${"T: t\r\n".repeat(3000)}`), 431],
  ["a trailer that is none", chunked("/", "0\r\nGET / HTTP/1.1\r\n\r\n"), 400],
  ["a chunk's line without an end", chunked("/", `1;${"x".repeat(10_000)}`), 400],
  ["a chunk's line with a line feed in it", chunked("/", "1;\nx\r\na\r\n0\r\n\r\n"), 400],
  ["a chunk without its line end", chunked("/", "1\r\naX\r\n0\r\n\r\n"), 400],
  ["a space behind a chunk's size", chunked("/", "1 \r\na\r\n0\r\n\r\n"), 400],
  ["line feeds alone", "GET / HTTP/1.1\nHost: a\n\n", 505],
  ["no HTTP", "hello\r\n\r\n", 400],
  ["a byte that begins nothing", "\0", 400],
  ["two empty lines first", `\r\n\r\n${get("/")}`, 400],
  ["a target that is none", get("x"), 400],
  ["HTTP/2 behind a request", `${get("/1")}PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`, 505],
];

/** A body whose pieces come a turn of the event loop apart. */
export function later(...pieces: readonly (string | Error)[]): ReadableStream<Uint8Array> {
  const left = [...pieces];
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await new Promise((go) => void setImmediate(go));
        const piece = left.shift();
        if (piece === undefined) controller.close();
        else if (typeof piece === "string") controller.enqueue(Buffer.from(piece));
        else controller.error(piece);
      },
    },
    { highWaterMark: 0 },
  );
}
