// `top`: shows what a running program is doing, and refreshes it again and again. Loaded when it is
// called.

import { z } from "zod";
import { printable, printableJson } from "../../core/printable.ts";
import { TOP_INTERVAL_MS, TOP_SAMPLES_PER_SECOND } from "../../core/limits.ts";
import { type CommandContext, ExitCode, type Invocation, valueOf } from "../command.ts";
import { JSON_FLAG } from "../policies/flags.ts";
import { COLOR_FLAG, type Paint, paintFor } from "../terminal/paint.ts";
import { type AdminClient, RemoteError } from "./admin-client.ts";
import { TOP_FLAGS } from "./flags.ts";
import { untilInterrupted } from "./interrupt.ts";
import { shaped, withClient } from "./remote-command.ts";
import { lookAtSavings } from "./savings-look.ts";
import { Screen } from "./screen.ts";
import { ServiceSample } from "./service-sample.ts";
import { type Frame, frameOf, type Look, printFrame } from "./top-frame.ts";

const POLICIES = z.looseObject({
  policies: z.array(
    z.looseObject({
      id: z.string(),
      hits: z.number(),
      dropped: z.number(),
      sampled: z.number(),
      rate_limited: z.number(),
      budgeted: z.number().default(0),
      dropped_bytes: z.number(),
      sampled_bytes: z.number(),
      rate_limited_bytes: z.number(),
      budgeted_bytes: z.number().default(0),
      removed_bytes: z.number(),
      added_bytes: z.number(),
    }),
  ),
});
const SWITCHES = z.looseObject({ taps: z.boolean(), payloads: z.boolean() });
/** A line of the text format: a name, labels, a value. */
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{.*\})? (\S+)$/;

export function top(invocation: Invocation, context: CommandContext): Promise<number> {
  return withClient(invocation, context, (client) =>
    untilInterrupted(async (signal) => {
      const first = await lookAt(client);
      const view = new TopView(client, invocation, context, signal);
      return view.run(first);
    }),
  );
}

async function lookAt(client: AdminClient): Promise<Look> {
  const policies = shaped(client, POLICIES, await client.document("/_edge/policies?format=json"));
  const metrics = new Map<string, number>();
  for (const line of (await client.text("/_edge/metrics")).split("\n")) {
    const [, name = "", value = ""] = SAMPLE.exec(line) ?? [];
    if (name !== "") metrics.set(name, (metrics.get(name) ?? 0) + Number(value));
  }
  const savings = await lookAtSavings(client);
  return { atMs: Date.now(), metrics, policies: policies.policies, savings };
}

class TopView {
  readonly #client: AdminClient;
  readonly #context: CommandContext;
  readonly #signal: AbortSignal;
  readonly #paint: Paint;
  readonly #isJson: boolean;
  readonly #intervalMs: number;
  readonly #framesMax: number;
  readonly #isLive: boolean;
  readonly #sample = new ServiceSample();
  readonly #stop = new AbortController();
  #hint = "none seen yet";

  constructor(
    client: AdminClient,
    invocation: Invocation,
    context: CommandContext,
    signal: AbortSignal,
  ) {
    const { io, env } = context;
    this.#client = client;
    this.#context = context;
    this.#signal = AbortSignal.any([signal, this.#stop.signal]);
    this.#paint = paintFor(io, env, valueOf(invocation, COLOR_FLAG));
    this.#isJson = valueOf(invocation, JSON_FLAG) === true;
    this.#isLive = io.isTerminal === true && !this.#isJson;
    this.#intervalMs = valueOf(invocation, TOP_FLAGS.interval) ?? TOP_INTERVAL_MS;
    const fallback = this.#isLive ? Number.POSITIVE_INFINITY : 1;
    this.#framesMax = valueOf(invocation, TOP_FLAGS.count) ?? fallback;
  }

  async run(first: Look): Promise<number> {
    const sampling = this.#sampleServices();
    using screen = this.#isLive
      ? new Screen(this.#context.io, () => this.#stop.abort())
      : undefined;
    screen?.draw([`edge top ${this.#client.where}`, "", "looking…"]);
    let before = first;
    try {
      for (let frames = 0; frames < this.#framesMax; frames++) {
        if (!(await this.#pause())) break;
        before = await this.#show(before, screen);
      }
    } finally {
      this.#stop.abort();
      await sampling;
    }
    return ExitCode.ok;
  }

  /** The look that the next one is held against. */
  async #show(before: Look, screen: Screen | undefined): Promise<Look> {
    try {
      const now = await lookAt(this.#client);
      this.#print(frameOf(before, now, this.#sample.shares()), screen);
      return now;
    } catch (error) {
      // A screen stays: the program may come back.
      if (screen === undefined || !(error instanceof RemoteError)) throw error;
      screen.draw([this.#paint("red", printable(error.message)), "", "looking again…"]);
      return before;
    }
  }

  #print(frame: Frame, screen: Screen | undefined): void {
    const { io } = this.#context;
    if (this.#isJson) {
      io.out(printableJson(frame, 0));
      return;
    }
    const lines = printFrame(frame, this.#client.where, this.#hint, this.#paint);
    if (screen === undefined) io.out(`${lines.join("\n")}\n`);
    else screen.draw(lines);
  }

  /** False when somebody has ended it. */
  async #pause(): Promise<boolean> {
    if (this.#signal.aborted) return false;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#intervalMs);
    this.#signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
    return !this.#signal.aborted;
  }

  /** For as long as the view goes on; what goes wrong with it is no fault of the view. */
  async #sampleServices(): Promise<void> {
    try {
      const state = SWITCHES.parse(await this.#client.document("/_edge/switches"));
      if (!state.taps || !state.payloads) {
        this.#hint = "shown while taps and payloads are on (edge tap --switch-on)";
        return;
      }
      const query = `format=capture&n=1000000&seconds=3600&per_second=${TOP_SAMPLES_PER_SECOND}`;
      for await (const line of this.#client.lines(`/_edge/tap/pre?${query}`, this.#signal)) {
        if (!line.startsWith('{"tap"')) this.#sample.add(line, line.includes('"decision":"drop"'));
      }
    } catch (error) {
      if (!this.#signal.aborted) this.#hint = error instanceof Error ? error.message : "unknown";
    }
  }
}
