// The last answer of a connection says that it is the last: a proxy in front that is not told keeps
// the connection, and loses its next request on it.

import { expect, test } from "bun:test";
import { asksToClose } from "../../src/pipeline/hop-by-hop.ts";
import { AdminEdge } from "../support/admin-edge.ts";
import { rawExchange } from "../support/proxy-harness.ts";

test.each([
  ["close", true],
  ["Close", true],
  ["te, close ,x", true],
  ["keep-alive", false],
  ["closed, x-close", false],
  ["", false],
])("a client that says %j asks to close: %p", (connection, asks) => {
  expect(asksToClose(new Headers({ connection }))).toBe(asks);
});

test("a client that says nothing asks for nothing", () => {
  expect(asksToClose(new Headers())).toBe(false);
});

const close = "Host: e\r\nConnection: close\r\n";
const body = "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
test.each([
  ["telemetry over HTTP/1.0, as nginx sends it", `POST /v1/logs HTTP/1.0\r\n${close}${body}`],
  ["telemetry over HTTP/1.1", `POST /v1/logs HTTP/1.1\r\n${close}${body}`],
  ["what is passed through", `GET /x HTTP/1.1\r\n${close}\r\n`],
  ["a scrape", `GET /metrics HTTP/1.1\r\n${close}\r\n`],
  ["an own page", `GET /_health HTTP/1.1\r\n${close}\r\n`],
  ["an error", `TRACE /x HTTP/1.1\r\n${close}\r\n`],
])("%s is answered with Connection: close, once", async (_, request) => {
  await using edge = await AdminEdge.start();
  const port = Number(new URL(await edge.listen()).port);
  const { text } = await rawExchange(port, request, () => false);
  expect(text.match(/^connection: .*$/gim)).toEqual(["Connection: close"]);
});
