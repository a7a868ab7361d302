// The programs of docs/library.md, word for word, as programs of somebody else.

import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Outside, shownFiles } from "./outside.ts";

const files = shownFiles();
const outside = new Outside(files);
afterAll(() => outside[Symbol.dispose]());

/** A command line of the document with what it prints, on both streams. */
function shownSession(): { readonly command: string; readonly printed: string } {
  const text = readFileSync(resolve(import.meta.dir, "../../docs/library.md"), "utf8");
  const [, command = "", printed = ""] = /^```console\n\$ (.*)\n([\s\S]*?)^```$/m.exec(text) ?? [];
  return { command, printed };
}

test("the document shows three programs, with what they need", () => {
  expect([...files.keys()]).toEqual([
    "tsconfig.json",
    "policies.json",
    "judge.ts",
    "proxy.json",
    "proxy.ts",
    "filter.ts",
  ]);
});

test("the types of the programs are right", async () => {
  const { code, out, err } = await outside.run(["check", "--no-script"]);
  expect([code, out + (code === 0 ? "" : err)]).toEqual([0, expect.not.stringContaining("error")]);
  writeWrong();
  const wrong = await outside.run(["check", "--no-script", "-p", "tsconfig.json"]);
  expect(wrong.code).not.toBe(0);
  expect(wrong.out + wrong.err).toContain("wrong.ts");
}, 60_000);

/** A check that finds nothing wrong with anything proves nothing. */
function writeWrong(): void {
  const text = 'import { startProxy } from "@edge/edge";\nvoid startProxy(1);\n';
  Bun.spawnSync(["sh", "-c", 'printf %s "$1" > wrong.ts', "sh", text], { cwd: outside.folder });
}

test("the engine judges an OTLP body, and prints what the document says", async () => {
  const { command, printed } = shownSession();
  const [, input = "", program = ""] = /^echo '(.*)' \| bun (\S+)$/.exec(command) ?? [];
  const { code, out, err } = await outside.run([program], `${input}\n`);
  expect({ code, printed: `${out.trimEnd()}\n${err}` }).toEqual({ code: 0, printed });
});

test("the streaming filter judges a file", async () => {
  const kept = "# TYPE http_requests_total counter\nhttp_requests_total 3\n";
  await Bun.write(
    join(outside.folder, "metrics.txt"),
    `# TYPE go_goroutines gauge\ngo_goroutines 12\n${kept}`,
  );
  expect(await outside.run(["filter.ts"])).toEqual({
    code: 0,
    out: kept,
    err: "1 of 2 samples dropped\n",
  });
});

interface Running extends AsyncDisposable {
  readonly url: string;
  readonly child: ReturnType<Outside["start"]>;
  readonly log: () => string;
  readonly out: () => string;
}

async function startProxy(place: Outside, program: string): Promise<Running> {
  const child = place.start(program);
  const texts = { out: "", err: "" };
  let wake = (): void => undefined;
  const collect = async (stream: ReadableStream<Uint8Array>, key: "out" | "err") => {
    for await (const piece of stream) {
      texts[key] += Buffer.from(piece).toString();
      wake();
    }
    texts[key] += "\nended";
    wake();
  };
  const ends = [collect(child.stdout, "out"), collect(child.stderr, "err")];
  const until = async (find: () => string | undefined): Promise<string> => {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (texts.err.includes("\nended")) throw new Error(texts.err);
      await new Promise<void>((resume) => (wake = resume));
    }
  };
  const url = await until(() => /"event":"server\.ready","url":"([^"]+)"/.exec(texts.err)?.[1]);
  await until(() => /"event":"policies\.complete"/.exec(texts.err)?.[0]);
  return {
    url,
    child,
    log: () => texts.err,
    out: () => texts.out,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await Promise.all([...ends, child.exited]);
    },
  };
}

/** Sends a log to be dropped and one to be redacted, and tells the program to stop. */
async function useProxy({ url, child, log, out }: Running): Promise<void> {
  const records = '{"severityText":"DEBUG"},{"body":{"stringValue":"from jo@example.com"}}';
  const body = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${records}]}]}]}`;
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${url}/acme/logs`, { method: "POST", headers, body });
  expect(answer.status).toBe(200);
  const metrics = await (await fetch(`${url}/_edge/metrics`)).text();
  expect(metrics).toContain('edge_policy_records_dropped_total{telemetry="acme_logs"} 1');
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
  expect(log().match(/"event":"server\.starting"/g)).toHaveLength(1);
  expect(log()).toContain('"event":"workers.starting","workers":2');
  expect(out()).toContain("from [MAIL]");
  expect(out()).not.toContain("DEBUG");
}

describe.skipIf(process.platform !== "linux")("a proxy with a protocol of its own", () => {
  test("serves in two workers, each of which runs the program's file", async () => {
    await using proxy = await startProxy(outside, "proxy.ts");
    await useProxy(proxy);
  }, 30_000);

  test("does so without serveIfWorker, too: startProxy starts no proxies in its workers", async () => {
    const program = files.get("proxy.ts")!.replace("await serveIfWorker(distribution);\n", "");
    await Bun.write(join(outside.folder, "plain.ts"), program.replace("  serveIfWorker,\n", ""));
    await using proxy = await startProxy(outside, "plain.ts");
    await useProxy(proxy);
  }, 30_000);

  test("a program that calls it in its main thread only is told what is missing", async () => {
    const program = files
      .get("proxy.ts")!
      .replace("await serveIfWorker(distribution);", "if (!Bun.isMainThread) process.exit(0);");
    await Bun.write(
      join(outside.folder, "main-only.ts"),
      program.replace("  serveIfWorker,\n", ""),
    );
    const { code, err } = await outside.run(["main-only.ts"]);
    expect(code).toBe(1);
    expect(err).toContain(
      "the program's file must call serveIfWorker or startProxy in its workers, too",
    );
  }, 30_000);
});
