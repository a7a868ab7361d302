// A compiled edge under a light load, with its console open in Chromium. Tests skip themselves,
// with the reason in their names, where there is no Chromium.

import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { type Program, startProgram } from "../support/e2e-program.ts";
import { logsRequest, POLICIES, spansRequest } from "./telemetry.ts";

const CHROMIUM = Bun.which("chromium") ?? Bun.which("google-chrome");
/** They take a minute: `bun run test:browser` runs them. */
const IS_ASKED_FOR = process.env["EDGE_TEST_BROWSER"] === "1";
export const RUNS = IS_ASKED_FOR && CHROMIUM !== null;
/** For the names of tests that do not run. */
export const WHY_NOT = RUNS
  ? ""
  : ` (${IS_ASKED_FOR ? "there is no Chromium" : "EDGE_TEST_BROWSER=1 runs it"})`;
export const TOKEN = "a-token-for-tests";
const AXE = readFileSync(Bun.resolveSync("axe-core/axe.min.js", import.meta.dir), "utf8");
const SHOTS = join(import.meta.dir, "../../dist/console");
const RECORDS_PER_REQUEST = 40;
const PAUSE_MS = 100;

export interface ConsoleEdgeOptions {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly admin?: Readonly<Record<string, unknown>>;
  /** Default: requests of logs and spans, some 800 records a second. */
  readonly hasLoad?: boolean;
  /** Status of the upstream. */
  readonly upstreamStatus?: number;
}

export class ConsoleEdge implements AsyncDisposable {
  readonly url: string;
  readonly upstream: { status: number };
  readonly #program: Program;
  readonly #server: Bun.Server<undefined>;
  readonly #load: AbortController;
  readonly #loading: Promise<void>;

  private constructor(
    url: string,
    program: Program,
    server: Bun.Server<undefined>,
    upstream: { status: number },
    hasLoad: boolean,
  ) {
    this.url = url;
    this.#program = program;
    this.#server = server;
    this.upstream = upstream;
    this.#load = new AbortController();
    this.#loading = hasLoad ? this.#send() : Promise.resolve();
  }

  static async start(options: ConsoleEdgeOptions = {}): Promise<ConsoleEdge> {
    const { config = {}, admin = {}, hasLoad = true, upstreamStatus = 200 } = options;
    const upstream = { status: upstreamStatus };
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: async (request) => {
        await request.arrayBuffer();
        return Response.json({}, { status: upstream.status });
      },
    });
    const file = {
      listen_address: "127.0.0.1",
      listen_port: 0,
      log_level: "info",
      log_format: "json",
      upstream_url: `http://127.0.0.1:${server.port}`,
      policy_providers: [{ id: "files", type: "file", path: "policies.json" }],
      admin: { console: true, token: TOKEN, ...admin },
      ...config,
    };
    const files = {
      "config.json": JSON.stringify(file),
      "policies.json": JSON.stringify(POLICIES),
    };
    const program = await startProgram("edge", { files, args: ["config.json"] });
    return new ConsoleEdge(await program.url(), program, server, upstream, hasLoad);
  }

  async #send(): Promise<void> {
    const headers = { "content-type": "application/json" };
    for (let first = 0; !this.#load.signal.aborted; first += RECORDS_PER_REQUEST + 1) {
      const posts = [
        ["/v1/logs", logsRequest(first, RECORDS_PER_REQUEST)],
        ["/v1/traces", spansRequest(first, RECORDS_PER_REQUEST)],
      ] as const;
      for (const [path, body] of posts) {
        const response = await fetch(this.url + path, { method: "POST", headers, body });
        await response.arrayBuffer();
      }
      await Bun.sleep(PAUSE_MS);
    }
  }

  /** Answers of a page below /_edge/. */
  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${TOKEN}` };
    return fetch(`${this.url}/_edge/${path}`, { headers, ...init });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#load.abort();
    await this.#loading;
    await this.#program[Symbol.asyncDispose]();
    await this.#server.stop(true);
  }
}

let browser: Promise<Browser> | undefined;

/** One for all tests of a file. */
function openBrowser(): Promise<Browser> {
  // Chromium's own sandbox asks for rights that containers lack.
  browser ??= chromium.launch({ executablePath: CHROMIUM ?? "", args: ["--no-sandbox"] });
  return browser;
}

export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
  browser = undefined;
}

/** A page, what went wrong in it, and what it asked for. */
export class Tab implements AsyncDisposable {
  readonly page: Page;
  readonly faults: string[] = [];
  readonly urls: string[] = [];
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    page.on("pageerror", (error) => this.faults.push(String(error)));
    page.on("console", (message) => {
      // Browsers log every status of 400 and above; what is meant by one, tests say.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
        this.faults.push(message.text());
      }
    });
    page.on("request", (request) => this.urls.push(request.url()));
  }

  static async open(url: string, scheme: "light" | "dark" = "light", width = 1360): Promise<Tab> {
    const context = await (
      await openBrowser()
    ).newContext({
      viewport: { width, height: 900 },
      colorScheme: scheme,
    });
    const tab = new Tab(context, await context.newPage());
    await tab.page.goto(url);
    return tab;
  }

  async signIn(): Promise<void> {
    await this.page.getByLabel("Token").fill(TOKEN);
    await this.page.getByRole("button", { name: "Sign in" }).click();
    await this.page.getByRole("link", { name: "Overview" }).waitFor();
  }

  /** To look at: dist/console/NAME.png. */
  async shot(name: string): Promise<void> {
    mkdirSync(SHOTS, { recursive: true });
    await this.page.screenshot({ path: join(SHOTS, `${name}.png`) });
  }

  /** What axe finds that is serious, by its rules for WCAG 2.2 at level AA. */
  async seriousFaults(): Promise<readonly string[]> {
    // Run in the page's own world apart: its rules allow no other script.
    const session = await this.#context.newCDPSession(this.page);
    const { frameTree } = await session.send("Page.getFrameTree");
    const { executionContextId } = await session.send("Page.createIsolatedWorld", {
      frameId: frameTree.frame.id,
      worldName: "axe",
    });
    const run = `${AXE}; axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })
      .then(({ violations }) => JSON.stringify(violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ": " + target.join(" ")))))`;
    const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
      expression: run,
      contextId: executionContextId,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text);
    return JSON.parse(String(result.value)) as string[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }
}
