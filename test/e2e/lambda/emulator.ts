// The Extensions API of AWS Lambda as documented, over real HTTP: one extension registers, asks for
// events, and is told of invocations and of the end. A test may make it fail or fall silent.

export interface LambdaCall {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What happens when the next event is asked for. */
export type NextFault = { readonly status: number } | "broken";

const ID = "3d9f5c3e-0000-4000-8000-000000000001";
const BASE = "/2020-01-01/extension";

export class LambdaEmulator implements AsyncDisposable {
  readonly calls: LambdaCall[] = [];
  /** Answers of the next questions for an event, before any event. */
  readonly faults: NextFault[] = [];
  /** Statuses of the next registrations. */
  readonly registerStatuses: number[] = [];
  /** Told when the extension registers, before it is answered. */
  onRegister: () => Promise<void> = () => Promise.resolve();
  /** Told at each question for an event. */
  onNext: () => Promise<void> = () => Promise.resolve();
  #events: object[] = [];
  #waiting: ((event: object) => void) | undefined;
  #changed: (() => void) | undefined;
  readonly #server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: (request) => this.#answer(request),
  });

  get address(): string {
    return `127.0.0.1:${this.#server.port}`;
  }

  callsOf(path: string): readonly LambdaCall[] {
    return this.calls.filter((call) => call.path === path);
  }

  /** Resolves when the extension has asked for an event so often. */
  async asked(times: number): Promise<void> {
    while (this.callsOf("/event/next").length < times) {
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
  }

  /** Resolves when it asks for the next event after this invocation. */
  async invoke(timeoutMs = 10_000): Promise<void> {
    const asked = this.callsOf("/event/next").length;
    this.#send({
      eventType: "INVOKE",
      deadlineMs: Date.now() + timeoutMs,
      requestId: crypto.randomUUID(),
      invokedFunctionArn: "arn:aws:lambda:us-east-1:1:function:f",
      tracing: { type: "X-Amzn-Trace-Id", value: "Root=1" },
    });
    await this.asked(asked + 1);
  }

  shutdown(reason = "spindown", timeoutMs = 2000): void {
    const deadlineMs = Date.now() + timeoutMs;
    this.#send({ eventType: "SHUTDOWN", shutdownReason: reason, deadlineMs });
  }

  /** Any event. */
  #send(event: object): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#events.push(event);
    else waiting(event);
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const path = pathname.startsWith(BASE) ? pathname.slice(BASE.length) : pathname;
    const headers = Object.fromEntries(request.headers);
    const call = { path, method: request.method, headers, body: await request.text() };
    this.calls.push(call);
    this.#changed?.();
    if (path === "/register") return this.#register(call);
    if (headers["lambda-extension-identifier"] !== ID) {
      return Response.json({ errorType: "Extension.UnknownIdentifier" }, { status: 403 });
    }
    if (path === "/event/next" && request.method === "GET") return this.#next();
    return Response.json({ status: "OK" }, { status: 202 });
  }

  async #register({ method, headers, body }: LambdaCall): Promise<Response> {
    await this.onRegister();
    const status = this.registerStatuses.shift() ?? 200;
    if (status !== 200) return Response.json({ errorType: "fault" }, { status });
    const isGood =
      method === "POST" &&
      headers["lambda-extension-name"] !== undefined &&
      headers["content-type"] === "application/json" &&
      body === '{"events":["INVOKE","SHUTDOWN"]}';
    if (!isGood) return Response.json({ errorType: "bad request" }, { status: 400 });
    return Response.json(
      { functionName: "f", functionVersion: "$LATEST", handler: "h" },
      { headers: { "Lambda-Extension-Identifier": ID } },
    );
  }

  async #next(): Promise<Response> {
    await this.onNext();
    const fault = this.faults.shift();
    if (fault === "broken") return new Response("{");
    if (fault !== undefined) return Response.json({ errorType: "fault" }, fault);
    const event =
      this.#events.shift() ??
      (await new Promise<object>((resolve) => {
        this.#waiting = resolve;
      }));
    return Response.json(event, { headers: { "Lambda-Extension-Event-Identifier": "e" } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}
