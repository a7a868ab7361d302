// `status`, `reload` and `tap` against a running proxy, in a pipe and on a terminal, and against
// what is no proxy, is not there, or goes away.

import { describe, expect, test } from "bun:test";
import * as net from "node:net";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DROP_DEBUG, logRecord, otlpLogs, REDACT_MAIL } from "../support/admin-edge.ts";
import { expectGolden } from "../support/golden.ts";
import { RemoteEdge, steady, TOKEN } from "../support/remote-edge.ts";
import { CommandFolder, styled } from "../support/terminal.ts";

const POLICIES = [DROP_DEBUG, REDACT_MAIL];
const BODY = otlpLogs(
  logRecord("DEBUG", "noise"),
  logRecord("INFO", "to ada@example.com"),
  logRecord("INFO", "plain"),
);

describe("edge status", () => {
  test("prints how the proxy stands", async () => {
    await using remote = await RemoteEdge.start({}, POLICIES);
    const { code, out, err } = await remote.run("status");
    expect([code, err]).toEqual([1, ""]);
    expectGolden("status.txt", steady(out, remote.url));
    const coloured = await remote.onTerminal("status");
    expectGolden("status-coloured.txt", styled(steady(coloured.out, remote.url)));
  });

  test("prints the page's document with --json", async () => {
    await using remote = await RemoteEdge.start();
    const { out } = await remote.run("status", "--json");
    expect(JSON.parse(out)).toMatchObject({ ready: false, switches: { taps: false } });
  });
});

describe("edge reload", () => {
  test("has everything read again, and says what came of it", async () => {
    await using remote = await RemoteEdge.start({}, POLICIES);
    const { code, out, err } = await remote.run("reload");
    expect([code, err]).toEqual([0, ""]);
    expectGolden("reload.txt", steady(out));
  });
});

describe("edge tap", () => {
  /** Runs it, and sends the body as soon as it is there. */
  async function tapped(remote: RemoteEdge, args: readonly string[], how: "run" | "onTerminal") {
    const opened = remote.edge.bus.first("tap.opened");
    const done = remote[how]("tap", ...args);
    await opened;
    await remote.send("/v1/logs", BODY);
    return done;
  }

  test("shows records with what becomes of them", async () => {
    await using remote = await RemoteEdge.start({}, POLICIES);
    const { code, out, err } = await tapped(remote, ["--switch-on", "-n3"], "run");
    expect([code, err]).toEqual([0, "3 records, 0 missed\n"]);
    expectGolden("tap.txt", steady(out));
    await using other = await RemoteEdge.start({}, POLICIES);
    const coloured = await tapped(other, ["--switch-on", "-n3"], "onTerminal");
    expectGolden("tap-coloured.txt", styled(steady(coloured.out)));
    expect(
      await remote.run("status", "--json").then(({ out: text }) => JSON.parse(text)),
    ).toMatchObject({ switches: { taps: false, payloads: false } });
  });

  const filters: readonly (readonly [args: readonly string[], marks: readonly string[]])[] = [
    [["--outcome", "dropped", "-n1"], ["noise"]],
    [
      ["--outcome=drop", "--outcome=edited", "-n2"],
      ["noise", "ada@"],
    ],
    [["--policy", "redact-mail", "-n1"], ["ada@"]],
    [["--text", "plain", "-n1"], ["plain"]],
    [["--stage", "post", "--text", "ada@", "-n1"], ["[MAIL]"]],
    [["--signal", "log", "-n1"], ["noise"]],
  ];
  for (const [args, marks] of filters) {
    test(`shows what ${args.join(" ")} asks for`, async () => {
      await using remote = await RemoteEdge.start({}, POLICIES);
      const { out } = await tapped(remote, ["--switch-on", ...args], "run");
      const lines = out.trimEnd().split("\n");
      expect(lines.map((line, i) => line.includes(marks[i]!))).toEqual(marks.map(() => true));
    });
  }

  test("writes a capture that replay and explain judge as the proxy did", async () => {
    const resource = { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] };
    const policy = {
      id: "shop",
      name: "Shop",
      log: { match: [{ resource_attribute: "service.name", exact: "shop" }], keep: "none" },
    };
    const files = { "p.json": JSON.stringify({ policies: [policy] }) };
    await using remote = await RemoteEdge.start({}, [policy], files);
    const opened = remote.edge.bus.first("tap.opened");
    const done = remote.run("tap", "--switch-on", "-n2", "--write", "cap.jsonl");
    await opened;
    const scopeLogs = [{ logRecords: [logRecord("INFO", "x")] }];
    const resourceLogs = [{ resource, scopeLogs }, { scopeLogs }];
    await remote.send("/v1/logs", JSON.stringify({ resourceLogs }));
    expect(await done).toEqual({
      code: 0,
      out: "",
      err: "2 records, 0 missed; written to cap.jsonl\n",
    });
    const path = join(remote.folder.path, "cap.jsonl");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8").split("\n").length).toBe(5);
    const explained = await remote.run("explain", "-p", "p.json", "cap.jsonl");
    expect(explained.out).toEndWith("2 records: 1 dropped, 1 kept, 0 of them edited\n");
    const replayed = await remote.run("replay", "-p", "p.json", "--json", "cap.jsonl");
    expect(JSON.parse(replayed.out)).toMatchObject({
      records: 2,
      changes: { "newly-dropped": { records: 1, byService: { shop: { records: 1 } } } },
    });
  });

  test("prints a document a line with --json", async () => {
    await using remote = await RemoteEdge.start({}, POLICIES);
    const { out } = await tapped(remote, ["--switch-on", "-n3", "--json"], "run");
    const lines = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(lines).toMatchObject([
      { tap: "open" },
      { dropped_by: "drop-debug" },
      { decision: "edit" },
      { decision: "keep" },
      { tap: "end" },
    ]);
  });

  test("says that taps are off, and that payloads are hidden", async () => {
    await using off = await RemoteEdge.start();
    expect(await off.run("tap")).toEqual({
      code: 1,
      out: "",
      err: `edge: ${off.url}: taps are off; --switch-on has them on meanwhile\n`,
    });
    await using hidden = await RemoteEdge.start({ tap_enabled: true }, POLICIES);
    const { code, out, err } = await tapped(hidden, ["-n1"], "run");
    expect([code, steady(out)]).toEqual([0, 'CLOCK log dropped by "drop-debug" 55 B\n']);
    expect(err).toStartWith("payloads are hidden: ");
  });

  test("ends in order when it is told to, and puts the switches back", async () => {
    await using remote = await RemoteEdge.start({}, POLICIES);
    const opened = remote.edge.bus.first("tap.opened");
    const running = remote.folder.start(["tap", "--switch-on"], remote.env);
    await opened;
    expect(await running.stop()).toBe(0);
    expect(remote.edge.bus.of("admin.switched")).toEqual([
      { taps: true, payloads: true, seconds: 3660 },
      { taps: false, payloads: false },
    ]);
  });

  test("ends with its reader", async () => {
    await using remote = await RemoteEdge.start({}, POLICIES);
    const opened = remote.edge.bus.first("tap.opened");
    const child = remote.folder.shell("edge tap --switch-on | head -1", remote.env);
    await opened;
    // It is told with the first line that nobody takes.
    while (remote.edge.bus.of("tap.closed").length === 0) await remote.send("/v1/logs", BODY);
    expect(await child).toMatchObject({ code: 0, out: expect.stringContaining("noise") });
  });

  test("says when the proxy stops in the middle", async () => {
    await using remote = await RemoteEdge.start({}, POLICIES);
    const opened = remote.edge.bus.first("tap.opened");
    const done = remote.run("tap", "--switch-on");
    await opened;
    remote.edge.bus.emit("server.draining", { signal: "SIGTERM", timeoutMs: 1 });
    const { code, err } = await done;
    expect([code, err]).toEqual([1, `0 records, 0 missed\nedge: ${remote.url}: Edge stops\n`]);
  });

  test("cannot write where there is no folder", async () => {
    await using remote = await RemoteEdge.start({}, POLICIES);
    expect(await remote.run("tap", "--switch-on", "-w", "no/such/file")).toEqual({
      code: 1,
      out: "",
      err: "edge: no/such/file: cannot be written (ENOENT)\n",
    });
  });
});

describe("edge find", () => {
  const [kept, dropped, never] = ["1", "2", "3"].map((digit) => digit.repeat(32)) as [
    string,
    string,
    string,
  ];
  const on = { admin: { token: TOKEN, find: true, show_payloads: true } };

  async function filled(): Promise<RemoteEdge> {
    const remote = await RemoteEdge.start(on, POLICIES);
    const record = (severity: string, text: string, traceId: string): object => ({
      ...logRecord(severity, text),
      traceId,
    });
    await remote.send(
      "/v1/logs",
      otlpLogs(record("INFO", "a", kept), record("DEBUG", "b", dropped)),
    );
    return remote;
  }

  test("says where a trace or a text went", async () => {
    await using remote = await filled();
    const parts = await Promise.all(
      [kept, dropped, never, '"b"', "no such text"].map(async (wanted) => {
        const { code, out, err } = await remote.run("find", wanted);
        return `$ edge find '${wanted}'\n${steady(out)}${err}exit code ${code}\n`;
      }),
    );
    expectGolden("find.txt", parts.join("\n"));
    const coloured = await remote.onTerminal("find", dropped);
    expectGolden("find-coloured.txt", styled(steady(coloured.out)));
    const { out } = await remote.run("find", "--json", dropped);
    expect(JSON.parse(out)).toMatchObject({ verdict: "dropped", trace_id: dropped });
  });

  test("says why it does not know", async () => {
    await using remote = await filled();
    await remote.send("/v1/logs", "{broken");
    const { code, out } = await remote.run("find", never);
    expect([code, steady(out)]).toEqual([
      1,
      "not found; known since TIME\n  something went on unread 1 time\n",
    ]);
    await using off = await RemoteEdge.start();
    expect(await off.run("find", never)).toMatchObject({
      code: 1,
      err: `edge: ${off.url}: nothing is remembered; set admin.find to true and restart\n`,
    });
    expect(await off.run("find")).toMatchObject({
      code: 64,
      err: 'edge: find needs a trace id or a text\nTry "edge --help".\n',
    });
  });
});

describe("what is no running proxy", () => {
  /** Answers every connection with these bytes, then closes it. */
  async function server(answer: string) {
    const listener = net.createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end(answer));
    });
    await new Promise<void>((go) => void listener.listen(0, "127.0.0.1", () => go()));
    const { port } = listener.address() as net.AddressInfo;
    const close = (): void => void listener.close();
    return { url: `http://127.0.0.1:${port}`, [Symbol.dispose]: close, close };
  }
  const commands = ["status", "reload", "tap"];

  test("is told when nobody listens", async () => {
    using closed = await server("");
    closed.close();
    using folder = new CommandFolder({});
    for (const command of commands) {
      expect(await folder.inPipe([command, "--url", closed.url])).toEqual({
        code: 1,
        out: "",
        err: `edge: ${closed.url}: cannot be reached (ECONNREFUSED); is Edge running there? --url says where its pages are\n`,
      });
    }
  });

  const answers: readonly (readonly [what: string, answer: string, words: string])[] = [
    [
      "another server",
      "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
      "with something that Edge does not say; is it one?",
    ],
    [
      "another server's error",
      "HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\n\r\nhello",
      "answered status 404 with something that Edge does not say; is it one?",
    ],
    [
      "another server's JSON",
      'HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n{"hello": "x"}'.replace("13", "14"),
      "something that Edge does not say; is it one?",
    ],
    [
      "an answer that is cut off",
      'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"hello":',
      "went away in the middle of its answer",
    ],
    ["no answer at all", "", "cannot be reached ("],
  ];
  for (const [what, answer, words] of answers) {
    test(`is told: ${what}`, async () => {
      using other = await server(answer);
      using folder = new CommandFolder({});
      for (const command of ["status", "reload"]) {
        const { code, out, err } = await folder.inPipe([command, "--url", other.url]);
        expect([code, out]).toEqual([1, ""]);
        expect(err).toContain(words);
        expect(err).toStartWith(`edge: ${other.url}: `);
      }
    });
  }

  test("is told: a wrong token, and none", async () => {
    await using remote = await RemoteEdge.start();
    for (const [token, words] of [
      ["", "a token is needed"],
      ["t0kem", "the token is wrong"],
    ] as const) {
      const env = { EDGE_URL: remote.url, EDGE_ADMIN_TOKEN: token };
      for (const command of commands) {
        expect(await remote.folder.inPipe([command], "", env)).toEqual({
          code: 1,
          out: "",
          err: `edge: ${remote.url}: ${words}; set EDGE_ADMIN_TOKEN to the value of admin.token\n`,
        });
      }
    }
  });

  const addresses = ["foo://x", "http://", "/tmp", "./x", "a b", "http://h:99999"];
  for (const address of addresses) {
    test(`is refused as an address: ${address}`, async () => {
      using folder = new CommandFolder({});
      const { code, err } = await folder.inPipe(["status", "--url", address]);
      expect(code).toBe(64);
      expect(err).toStartWith(`edge: --url: ${JSON.stringify(address)} is no address; allowed: `);
    });
  }

  test("shows no password of its address", async () => {
    using folder = new CommandFolder({});
    const { err } = await folder.inPipe(["status", "--url", "http://me:secret@127.0.0.1:1"]);
    expect(err).toContain("http://***@127.0.0.1:1: cannot be reached");
  });

  test("takes no token that no header could carry", async () => {
    using folder = new CommandFolder({});
    const { code, err } = await folder.inPipe(["status"], "", { EDGE_ADMIN_TOKEN: "a b" });
    expect([code, err.split("\n")[0]]).toEqual([
      64,
      "edge: EDGE_ADMIN_TOKEN: is no token; it is printable ASCII without blanks.",
    ]);
  });
});

test("a unix socket is an address, too", async () => {
  await using remote = await RemoteEdge.start({}, POLICIES);
  const path = join(remote.folder.path, "edge.sock");
  using server = Bun.serve({
    unix: path,
    fetch: (request) =>
      fetch(remote.url + new URL(request.url).pathname + new URL(request.url).search, {
        headers: request.headers,
      }),
  });
  expect(server.url).toBeDefined();
  const env = { EDGE_ADMIN_TOKEN: TOKEN };
  const { code, out } = await remote.folder.inPipe(["status", "--url", `unix:${path}`], "", env);
  expect([code, out.split("\n")[1]]).toMatchObject([1, expect.stringContaining("not ready")]);
});
