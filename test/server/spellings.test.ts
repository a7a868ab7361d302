// Paths that are not spelled as in the documents, on a real socket in front of a recording
// upstream: they are judged as any other, forwarded as they were written, and never forwarded when
// they are the program's own.

import { describe, expect, test } from "bun:test";
import * as http2 from "node:http2";
import { AdminEdge, DROP_DEBUG, JSON_HEADERS, logRecord, otlpLogs } from "../support/admin-edge.ts";
import { rawExchange } from "../support/proxy-harness.ts";

const DATADOG_DEBUG = JSON.stringify([{ message: "m", status: "DEBUG" }]);
const OTLP_DEBUG = otlpLogs(logRecord("DEBUG", "m"));
const OTLP_MIXED = otlpLogs(logRecord("DEBUG", "m"), logRecord("INFO", "kept"));

/** As it is written: no URL parser looks at the target. */
async function post(port: number, target: string, body: string): Promise<number> {
  const { text } = await rawExchange(
    port,
    `POST ${target} HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    () => false,
  );
  return Number(text.split(" ")[1]);
}

const portOf = (url: string): number => Number(new URL(url).port);

describe("a request is judged however its path is spelled", () => {
  test.each([
    ["/v1/logs/", OTLP_DEBUG],
    ["//v1/logs", OTLP_DEBUG],
    ["/otlp/v1/logs", OTLP_DEBUG],
    ["/a/b/v1/logs?x=1", OTLP_DEBUG],
    ["/v1/%6cogs", OTLP_DEBUG],
    ["/v1%2Flogs", OTLP_DEBUG],
    ["/v1/./logs", OTLP_DEBUG],
    ["/v1/x/../logs", OTLP_DEBUG],
    ["/v1/logs;a=b", OTLP_DEBUG],
    ["http://elsewhere/v1/logs/", OTLP_DEBUG],
    ["/api/v2/logs/", DATADOG_DEBUG],
    ["//api//v2/logs", DATADOG_DEBUG],
    ["/api/v2/%6Cogs?ddsource=x", DATADOG_DEBUG],
    ["/intake/api/v2/logs", DATADOG_DEBUG],
  ])("POST %s", async (target, body) => {
    await using edge = await AdminEdge.start({}, [DROP_DEBUG]);
    const status = await post(portOf(await edge.listen()), target, body);
    const isOtlp = body === OTLP_DEBUG;
    expect([status, edge.upstream.requests.length]).toEqual([isOtlp ? 200 : 202, 0]);
    expect(edge.bus.of("records.evaluated").map(({ dropped }) => dropped)).toEqual([1]);
    const path = isOtlp ? "v1_logs" : "api_v2_logs";
    expect(edge.bus.of("request.completed").map(({ knownPath }) => knownPath)).toEqual([path]);
  });

  test.each(["//v1/logs/", "/otlp//v1/%6cogs?a=%20", "/v1/logs;a=b"])(
    "%s is forwarded as it was written",
    async (target) => {
      await using edge = await AdminEdge.start({}, [DROP_DEBUG]);
      expect(await post(portOf(await edge.listen()), target, OTLP_MIXED)).toBe(200);
      expect(edge.upstream.requests.map((request) => request.target)).toEqual([target]);
      expect(edge.upstream.last.body.toString()).toBe(otlpLogs(logRecord("INFO", "kept")));
    },
  );

  test.each(["/v1/logsx", "/xv1/logs", "/v1/logs/x", "/V1/logs", "/v1/%256cogs"])(
    "%s is another path, and passes",
    async (target) => {
      await using edge = await AdminEdge.start({}, [DROP_DEBUG]);
      expect(await post(portOf(await edge.listen()), target, OTLP_DEBUG)).toBe(200);
      expect(edge.upstream.requests.map((request) => request.target)).toEqual([target]);
      expect(edge.upstream.last.body.toString()).toBe(OTLP_DEBUG);
    },
  );
});

describe("the program's own paths are never forwarded, however they are spelled", () => {
  const token = "t0ken-of-admin";
  test.each([
    "/_health/",
    "/_health/x",
    "//_health",
    "/_ready/x",
    "//_edge/metrics",
    "/%5fedge/metrics",
    "/_edge/../_edge/metrics",
    "/x/%2e%2e/_edge/metrics",
    "/x%2f..%2f_edge/metrics",
    "/_edge\\metrics",
    "/_edge;x=1/metrics",
    "/_edge/v1/logs",
    "/./_edge",
    "http://elsewhere/_edge/metrics",
  ])("%s", async (target) => {
    await using edge = await AdminEdge.start({ admin: { token } });
    const port = portOf(await edge.listen());
    await post(port, target, OTLP_DEBUG);
    for (const version of ["1.1\r\nHost: edge", "1.1\r\nHost: a b", "1.0"]) {
      const head = `GET ${target} HTTP/${version}\r\nConnection: close\r\n`;
      await rawExchange(port, `${head}Authorization: Bearer ${token}\r\n\r\n`, () => false);
    }
    expect(edge.upstream.requests).toEqual([]);
  });
});

describe("a target that is a URL says which host is meant, whatever Host says", () => {
  const [LOCAL, EVIL] = ["Host: localhost\r\n", "Host: evil.example\r\n"];
  test.each([
    ["http://evil.example/_edge/status", LOCAL, 403],
    ["HTTPS://EVIL.example:80/_edge/status", LOCAL, 403],
    ["http://localhost@evil.example/_edge/status", LOCAL, 403],
    ["http://localhost:x@evil.example/_edge/status", LOCAL, 403],
    ["http://[::1%evil.example]/_edge/status", LOCAL, 400],
    ["http://localhost:99999/_edge/status", LOCAL, 400],
    ["http:///_edge/status", LOCAL, 400],
    ["http://evil.example/_edge/none", LOCAL, 403],
    ["/_edge/status", EVIL, 403],
    ["/_edge/status", "Host: [::1%evil.example]\r\n", 403],
    ["http://localhost/_edge/status", LOCAL + LOCAL, 400],
    ["http://localhost/_edge/status", EVIL, 200],
    ["http://evil.example@localhost:1/_edge/status", EVIL, 200],
    ["http://[::1]:8080/_edge/status", EVIL, 200],
    ["http://evil.example/_edge/metrics", LOCAL, 200],
    ["/_edge/status", LOCAL, 200],
  ])("%s with %j: %d", async (target, host, status) => {
    await using edge = await AdminEdge.start({});
    const head = `GET ${target} HTTP/1.1\r\n${host}Connection: close\r\n\r\n`;
    const { text } = await rawExchange(portOf(await edge.listen()), head, () => false);
    expect(text).toStartWith(`HTTP/1.1 ${status} `);
  });

  test("and of HTTP/1.0, which need not have a Host", async () => {
    await using edge = await AdminEdge.start({});
    const head = "GET http://evil.example/_edge/status HTTP/1.0\r\n\r\n";
    const { text } = await rawExchange(portOf(await edge.listen()), head, () => false);
    expect(text).toStartWith("HTTP/1.1 403 ");
  });
});

describe("over HTTP/2 the authority says which host is meant", () => {
  const authority = async (fields: http2.OutgoingHttpHeaders): Promise<unknown> => {
    await using edge = await AdminEdge.start({});
    const session = http2.connect(await edge.listen());
    try {
      return await new Promise((resolve) => {
        const stream = session.request({ ":path": "/_edge/status", ...fields });
        stream.on("response", (head) => resolve(head[":status"]));
        stream.on("error", ({ message }) => resolve(message));
        session.on("error", ({ message }) => resolve(message));
        stream.resume().end();
      });
    } finally {
      session.close();
    }
  };

  test.each([
    ["localhost", 200],
    ["LOCALHOST.:80", 200],
    ["evil.example", 403],
    ["evil.example:8080", 403],
    ["localhost.evil.example", 403],
  ])("%s: %d", async (name, status) => {
    expect(await authority({ ":authority": name })).toBe(status);
  });

  test("and one that differs from Host is refused", async () => {
    const differing = { ":authority": "localhost", host: "evil.example" };
    expect(await authority(differing)).toContain("PROTOCOL_ERROR");
    expect(await authority({ ":authority": "evil.example", host: "localhost" })).not.toBe(200);
  });
});

describe("admin.token goes to no upstream", () => {
  const token = "t0ken-of-admin";
  test.each<[string, string, boolean]>([
    ["authorization", `Bearer ${token}`, true],
    ["authorization", `bearer   ${token}`, true],
    ["x-forwarded-authorization", `Bearer ${token}`, true],
    ["x-api-key", token, true],
    ["authorization", `Bearer another-${token}`, false],
    ["authorization", `Bearer ${token}x`, false],
  ])("%s: %s", async (name, value, isWithheld) => {
    await using edge = await AdminEdge.start({ admin: { token } });
    for (const path of ["/x", "/metrics", "/v1/logs"]) {
      await edge.ask(path, path === "/v1/logs" ? { method: "POST", body: "{}" } : {});
      const init = { headers: { [name]: value, ...JSON_HEADERS } };
      await edge.ask(path, path === "/v1/logs" ? { method: "POST", body: "{}", ...init } : init);
      const sent = edge.upstream.last.headers.filter(([key]) => key === name);
      expect(sent).toEqual(isWithheld ? [] : [[name, value]]);
    }
    expect(edge.bus.of("token.withheld").map(({ knownPath }) => knownPath)).toEqual(
      isWithheld ? ["other", "metrics", "v1_logs"] : [],
    );
  });
});
